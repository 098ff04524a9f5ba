"""Segmenters and classifiers."""
