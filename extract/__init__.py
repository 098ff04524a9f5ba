"""Mentions, indicators, join, checks, and the path from a file to a joined result."""
