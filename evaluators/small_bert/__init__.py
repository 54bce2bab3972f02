"""A small BERT made from nothing: a Chinese character vocabulary and seeded random weights.

It is the checkpoint that CLUE can be run with where none can be downloaded: what it scores after
fine-tuning it has learned from the task's own training set alone.
"""
