"""Checkpoints on disk: their files and digest, their validation, and loading.

Importing this package is fast: its modules import numpy, safetensors or torch themselves.
"""
