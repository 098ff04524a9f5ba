"""Readers, sections, statutory tables, codebook data and the store of plain rows."""
