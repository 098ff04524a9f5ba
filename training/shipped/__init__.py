"""How the shipped model and the figures in docs are made."""
