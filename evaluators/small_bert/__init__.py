"""A small BERT with a vocabulary of Chinese characters and seeded random weights.

CLUE can be run with it where no checkpoint can be downloaded; its scores after fine-tuning come
from the task's own training set only.
"""
