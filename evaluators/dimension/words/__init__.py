"""Skip-gram word vectors: held-out cross-entropy against n, on exact counts."""

from evaluators.dimension.words.cooccurrence import PairCounts, count_pairs
from evaluators.dimension.words.curve import LEVELS, WordCurve, grid_of, rule_of, sweep
from evaluators.dimension.words.fitting import fit
from evaluators.dimension.words.objective import Objective
from evaluators.dimension.words.pairs import pairs_of
from evaluators.dimension.words.tokens import Tokens, read_tokens, tokenise
from evaluators.dimension.words.training import Fits, Training

__all__ = [
    "LEVELS",
    "Fits",
    "Objective",
    "PairCounts",
    "Tokens",
    "Training",
    "WordCurve",
    "count_pairs",
    "fit",
    "grid_of",
    "pairs_of",
    "read_tokens",
    "rule_of",
    "sweep",
    "tokenise",
]
