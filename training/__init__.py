"""Training data, training, evaluation and annotation."""
