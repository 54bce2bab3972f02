"""Texts to train on: the docstrings of the standard library, and lines of files."""
