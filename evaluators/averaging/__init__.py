"""Rank leaderboards under any power mean and an explicit treatment of their cells.

from evaluators.averaging import TREATMENTS, rank
rank(board, TREATMENTS["per-task"], p=-1).ranked
"""

from evaluators.averaging.board import Board, Column, board_from_tables
from evaluators.averaging.compare import ComparedRow, Comparison, compare
from evaluators.averaging.matrix import Matrix, treat
from evaluators.averaging.means import MEANS, mean_name, power_mean, power_means
from evaluators.averaging.ranking import Ranking, RankRow, rank, ranks_of
from evaluators.averaging.treatment import MEANINGS, TREATMENTS, Treatment, find_treatment

__all__ = [
    "MEANINGS",
    "MEANS",
    "TREATMENTS",
    "Board",
    "Column",
    "ComparedRow",
    "Comparison",
    "Matrix",
    "RankRow",
    "Ranking",
    "Treatment",
    "board_from_tables",
    "compare",
    "find_treatment",
    "mean_name",
    "power_mean",
    "power_means",
    "rank",
    "ranks_of",
    "treat",
]
