"""Audit a leaderboard against its own published averages, its copies and other boards.

from evaluators.averaging.audit import audit
audit(board).best
"""

from evaluators.averaging.audit.explain import Disagreement, Explanation, explain
from evaluators.averaging.audit.inference import Inference, infer
from evaluators.averaging.audit.recompute import (
    TOLERANCE,
    Agreement,
    best_fit,
    recompute,
    recompute_all,
)
from evaluators.averaging.audit.report import Audit, audit
from evaluators.averaging.audit.rule import Rule
from evaluators.averaging.audit.suspicion import KINDS, Suspicion

__all__ = [
    "KINDS",
    "TOLERANCE",
    "Agreement",
    "Audit",
    "Disagreement",
    "Explanation",
    "Inference",
    "Rule",
    "Suspicion",
    "audit",
    "best_fit",
    "explain",
    "infer",
    "recompute",
    "recompute_all",
]
