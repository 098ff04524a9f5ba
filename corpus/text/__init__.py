"""Canonical text, headings and sections, folding of characters, numerals, who and when."""
