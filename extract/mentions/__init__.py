"""Quantities in prose: where they stand, what they count, how they are qualified."""
