"""Two runs on the same examples, from what they kept: differences paired by example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from evaluators.errors import ScoreError
from evaluators.sts import similarities
from evaluators.trainer import predictions as clue_kept

if TYPE_CHECKING:
    from evaluators.result import Table
    from evaluators.statistics import McNemar

KEPT = {"clue": clue_kept.NAME, "sts": similarities.NAME}
"""The table of single answers that each evaluator keeps."""


class PairedMetric(NamedTuple):
    """One metric of two runs.

    Attributes:
        name: `accuracy`, `spearman` …
        arm: The arm's.
        base: The base's.
        value: Arm less base.
        low: Lower end of its 95% interval, paired by example.
        high: Upper end.
    """

    name: str
    arm: float
    base: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """Two runs on the same examples.

    Attributes:
        task: What both answered.
        split: Its split.
        n: How many examples.
        metrics: Every metric, the one its leaderboard shows first.
        resamples: Bootstrap samples behind each interval.
        mcnemar: Where exactly one of them is right; None where no answer is right or wrong.
    """

    task: str
    split: str
    n: int
    metrics: tuple[PairedMetric, ...]
    resamples: int
    mcnemar: McNemar | None


def paired(arm: Table, base: Table, *, seed: int, metric: str | None = None) -> Paired:
    """Compare two runs by what each kept of every example.

    Args:
        arm: Predictions of a CLUE run, or similarities of an STS run.
        base: The same of the run that it is compared with.
        seed: Of the resampling.
        metric: Only this one; None for all.

    Raises:
        ScoreError: They are no such tables, of two tasks or splits, of different examples, or
            there is no such metric or no interval.
    """
    if arm.name != base.name or arm.name not in _COMPARE:
        raise ScoreError(f"{arm.name} and {base.name} cannot be paired: compare runs of one task")
    of = [(str(each.about.get("task")), str(each.about.get("split"))) for each in (arm, base)]
    if of[0] != of[1]:
        raise ScoreError(
            f"one run is about {'/'.join(of[0])}, the other about {'/'.join(of[1])}: compare runs"
            " of one task and split"
        )
    try:
        found = _COMPARE[arm.name](arm, base, seed, metric)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise ScoreError(
            f"the {arm.name} of {'/'.join(of[0])} are not answers: {error!r}"
        ) from error
    if not found.metrics:
        raise ScoreError(f"{found.task}: {metric} is not a metric of single examples")
    return found


def _predictions(arm: Table, base: Table, seed: int, metric: str | None) -> Paired:
    from evaluators.clue import metrics, tasks
    from evaluators.clue.metrics import RESAMPLES, difference
    from evaluators.statistics import mcnemar

    one, other = clue_kept.from_table(arm), clue_kept.from_table(base)
    same = one.ids == other.ids and one.gold == other.gold and one.labels == other.labels
    _validate_same(same and one.family == other.family, arm)
    task = tasks.find(arm.about["task"])
    sides = zip(metrics.metrics_of(task, one), metrics.metrics_of(task, other), strict=True)
    found = tuple(
        PairedMetric(a.name, *difference(a, b, seed=seed))
        for a, b in sides
        if metric in (None, a.name)
    )
    test = mcnemar(metrics.right(one), metrics.right(other))
    return Paired(task.name, str(arm.about["split"]), len(one), found, RESAMPLES, test)


def _similarities(arm: Table, base: Table, seed: int, metric: str | None) -> Paired:
    import numpy as np

    from evaluators.sts.bootstrap import METRICS, RESAMPLES, difference

    one, other = similarities.from_table(arm), similarities.from_table(base)
    same = one.dataset_digest == other.dataset_digest and np.array_equal(one.gold, other.gold)
    _validate_same(same, arm)
    found = tuple(
        PairedMetric(
            name,
            *difference(
                one.similarity,
                other.similarity,
                one.gold,
                rng=np.random.default_rng(seed),
                metric=name,
            ),
        )
        for name in METRICS
        if metric in (None, name)
    )
    return Paired(one.task, one.split, len(one), found, RESAMPLES, None)


def _validate_same(same: bool, arm: Table) -> None:
    if not same:
        raise ScoreError(
            f"the two runs were scored on different examples of {arm.about['task']}/"
            f"{arm.about['split']} (the data changed in between): run one of them again"
        )


_COMPARE: dict[str, Callable[[Table, Table, int, str | None], Paired]] = {
    clue_kept.NAME: _predictions,
    similarities.NAME: _similarities,
}
