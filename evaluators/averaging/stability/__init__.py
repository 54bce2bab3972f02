"""Stability of ranks: bootstrap, leave one task out, other weights, agreement of rankings.

from evaluators.averaging.stability import bootstrap
bootstrap(board, TREATMENTS["per-task"], seed=0)["arithmetic"].rank_intervals()
"""

from evaluators.averaging.stability.agreement import Agreement, agreement, rank_agreement
from evaluators.averaging.stability.bootstrap import RankBootstrap, bootstrap
from evaluators.averaging.stability.contest import Contest, contest, contests
from evaluators.averaging.stability.leave_one_out import LeaveOneOut, leave_one_out
from evaluators.averaging.stability.weights import WeightChange, smallest_change

__all__ = [
    "Agreement",
    "Contest",
    "LeaveOneOut",
    "RankBootstrap",
    "WeightChange",
    "agreement",
    "bootstrap",
    "contest",
    "contests",
    "leave_one_out",
    "rank_agreement",
    "smallest_change",
]
