"""Scanned pages and pictures as pages of characters."""
