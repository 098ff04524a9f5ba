"""Coding in the browser: samples that are drawn, coded blind, compared, settled, and handed on to compare and train."""
