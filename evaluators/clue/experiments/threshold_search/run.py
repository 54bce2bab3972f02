"""Both searches on the same random cases."""

from __future__ import annotations

from collections.abc import Callable

from evaluators.clue.experiments.threshold_search.cases import NEW, draw
from evaluators.clue.threshold import METRICS, SEARCHES, worth_at
from evaluators.result import Result, Score


def compare(
    spread: str, pairs: int, cases: int, report: Callable[[int, int], None] | None = None
) -> Result:
    """Return for each case and search what its threshold is worth.

    `accuracy` and `f1` are what it reaches where it was found, `accuracy_new` and `f1_new` on
    10,000 new pairs of the same distribution.

    Args:
        spread: `wide` or `crowded`.
        pairs: Pairs on which a threshold is found.
        cases: How many, seeds 0, 1, …
        report: Told how many are done, of how many.
    """
    setting = f"{pairs} pairs, {spread} cosines"
    scores = []
    for seed in range(cases):
        if report is not None and seed % 20 == 0:
            report(seed, cases)
        case = draw(spread, pairs, seed)
        for arm, search in SEARCHES.items():
            variant = {"arm": arm, "setting": setting, "seed": seed}
            for metric in METRICS:
                found = search(case.scores, case.labels, metric)
                after = worth_at(case.new_scores, case.new_labels, found.value, metric)
                scores.append(Score(metric, found.score, pairs, variant))
                scores.append(Score(f"{metric}_new", after, NEW, variant))
    return Result(tuple(scores))
