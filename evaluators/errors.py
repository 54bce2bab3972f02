"""The errors of evaluators; each message says what to do next."""

from __future__ import annotations


class EvaluatorError(Exception):
    """Base of everything this package raises on purpose."""


class CheckpointError(EvaluatorError):
    """A checkpoint cannot be used: names the file and what to do about it."""


class DatasetError(EvaluatorError):
    """A dataset cannot be used: names the file, the row where there is one, and what to do."""


class TreatmentError(EvaluatorError):
    """A leaderboard cannot be ranked as asked: names the treatment or the column."""


class ScoreError(EvaluatorError):
    """A score came out as NaN, infinite or undefined: such a value is an error, never a score."""


class DimensionError(EvaluatorError):
    """An experiment on the dimension rule cannot be run as asked: says what would be possible."""


class MethodError(EvaluatorError):
    """A method, head or post-processing cannot be used as asked: says why and what would do."""


class TrainingError(EvaluatorError):
    """Training cannot start or go on: names the example, the split or the setting."""
