"""Samples for coders, what they coded, labelling functions."""
