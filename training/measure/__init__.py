"""Scores against gold, intervals, calibration, agreement."""
