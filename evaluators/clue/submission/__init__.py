"""Submission files in CLUE's own formats: written from predictions, and checked.

A file is one of three forms, which the task decides: a JSON object a line (classes, choices,
entities), or one JSON object from id to answer (spans, and ChID's gaps).
"""

from __future__ import annotations

from evaluators.clue.submission.checking import Problem, problems
from evaluators.clue.submission.formats import file_name
from evaluators.clue.submission.writing import written

__all__ = ["Problem", "file_name", "problems", "written"]
