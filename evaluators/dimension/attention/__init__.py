"""How large a head attention over N positions needs: recall by training, and low-rank scores."""

from evaluators.dimension.attention.low_rank import Rank, random_logits, smallest_rank
from evaluators.dimension.attention.recall import LEVELS, SIZES, RecallCurve, recall
from evaluators.dimension.attention.task import Task

__all__ = [
    "LEVELS",
    "SIZES",
    "Rank",
    "RecallCurve",
    "Task",
    "random_logits",
    "recall",
    "smallest_rank",
]
