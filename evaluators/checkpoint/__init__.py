"""Checkpoints on disk: which files they are, their digest, whether they may be used, loading.

Light: the modules import numpy, safetensors or torch themselves.
"""
