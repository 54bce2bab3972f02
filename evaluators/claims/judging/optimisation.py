"""Claims about optimisation: identities that must hold to rounding, and differences of arms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import POINTS, SETTING, by_seed, differences
from evaluators.claims.judging.claim import Finding, Fresh, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import Interval, mean_interval

EXACT = 1e-9
"""A relative error up to here is rounding in float64."""

WRONG = 1e-3
"""From here on it is none."""

BENCHES: Mapping[str, Fresh] = {
    bench: Fresh(bench, "the bench was chosen after a look at seeds below 1000", seeds_from=1000)
    for bench in ("conflicting_tasks", "learning_rate_range", "common_descent")
} | {
    "two_task_digits": Fresh(
        "two_task_digits",
        "steps were doubled after a look at seeds below 1010, with which equal weights improved",
        seeds_from=1010,
    )
}


def rows_of_bench(evaluator: str, *metrics: str, settings: Sequence[str] = ("*",)) -> RowsOf:
    """Return the rows of one experiment, one group a setting.

    Args:
        evaluator: The experiment.
        metrics: Those that the claim needs.
        settings: Shell patterns, one of which a setting must match.
    """
    among = {
        "evaluator": (evaluator,),
        "metric": (*metrics, LATE_IMPROVEMENT),
        "setting": tuple(settings),
    }
    return RowsOf("arm_scores", by=SETTING, among=among)


def setting_of(evidence: RowEvidence) -> str:
    """Return the setting of the rows, which all have the same."""
    return str(evidence.rows[0]["setting"]) if evidence.rows else ""


def number_in(evidence: RowEvidence, name: str) -> float:
    """Return a number that the setting names: 0.01 for `scale` in `scale 0.01, shift 0`.

    Raises:
        NotTestable: The setting does not name it.
    """
    found = re.search(rf"(?:^|, ){re.escape(name)} ([-+.e\d]+)(?:,|$)", setting_of(evidence))
    if found is None:
        raise NotTestable(f"the setting does not say its {name}")
    return float(found[1])


def largest(evidence: RowEvidence, metric: str, *arms: str) -> float:
    """Return the largest value of some arms over seeds.

    Raises:
        NotTestable: An arm was not measured.
    """
    return max(max(by_seed(evidence, metric, arm).values()) for arm in arms)


def smallest(evidence: RowEvidence, metric: str, arm: str) -> float:
    """Return the smallest value of an arm over seeds.

    Raises:
        NotTestable: It was not measured.
    """
    return min(by_seed(evidence, metric, arm).values())


def seeds_of(evidence: RowEvidence) -> str:
    """Return how many seeds there are, in words."""
    return f"{len({row['seed'] for row in evidence.rows})} seeds"


def exact(evidence: RowEvidence, error: float, detail: str) -> Finding:
    """Return what a judge says of an error that must be rounding.

    Args:
        evidence: Rows of one setting.
        error: The largest relative error.
        detail: One sentence for people.
    """
    word: Word = "holds" if error <= EXACT else "refuted" if error > WRONG else "inconclusive"
    return Finding(
        word,
        f"{detail}; {seeds_of(evidence)}",
        statistic=error,
        threshold=EXACT,
        rests_on=seeds_of(evidence),
    )


EXACT_RULE = (
    f" Holds when it is at most {EXACT:g}, refuted when above {WRONG:g}, inconclusive in between."
)


def lead_in_units(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean of arm less base in the metric's own unit, paired by seed.

    Raises:
        NotTestable: Too few seeds are common.
    """
    return mean_interval([each / POINTS for each in differences(evidence, metric, arm, base)])


def made_up_values(
    values: Mapping[tuple[str, str], Sequence[float]], setting: str = "made up"
) -> RowEvidence:
    """Return rows of these values, for controls.

    Args:
        values: By metric and arm, one for each seed.
        setting: Of all rows.
    """
    rows = [
        {"setting": setting, "metric": metric, "arm": arm, "seed": seed, "value": value}
        for (metric, arm), each in values.items()
        for seed, value in enumerate(each)
    ]
    return RowEvidence(rows, {"setting": setting})
