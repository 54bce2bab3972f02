"""Bytes from anybody: what reads files and requests answers with a sentence, whatever it is given.

`make fuzz` looks for bytes that do something else, guided by coverage; what it found once is kept
in `corpus/`, which the ordinary tests read.
"""
