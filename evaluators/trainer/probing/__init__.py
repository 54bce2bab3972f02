"""Frozen encoders: linear models on their vectors, and a threshold on their cosines."""
