"""What is a checkpoint on disk: which files, which digest, may it be used, how is it loaded?

Light: the modules import numpy, safetensors or torch themselves.
"""
