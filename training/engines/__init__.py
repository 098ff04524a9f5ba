"""Training of every engine."""
