"""Compare two runs on the same examples by their stored answers, paired by example."""

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
"""Name of the table of answers that each evaluator stores."""


_INDEPENDENT = (
    "Both runs are from before the sentences of each pair were kept, so the intervals take pairs as"
    " independent: they are too narrow where pairs share sentences."
)


class PairedMetric(NamedTuple):
    """One metric of two runs.

    Attributes:
        name: `accuracy`, `spearman` …
        arm: Value of the arm.
        base: Value of the base.
        value: Arm − base.
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
    """Comparison of two runs on the same examples.

    Attributes:
        task: Task of both runs.
        split: Its split.
        n: Number of examples.
        metrics: Every metric, the leaderboard's metric first.
        resamples: Number of bootstrap samples behind each interval.
        mcnemar: Examples that exactly one run gets right; None if answers are not right or wrong.
        note: What the intervals leave out, as a sentence; empty if there is nothing to say.
        contexts: Number of contexts, where they were drawn with all their examples; None where
            examples were drawn.
    """

    task: str
    split: str
    n: int
    metrics: tuple[PairedMetric, ...]
    resamples: int
    mcnemar: McNemar | None
    note: str = ""
    contexts: int | None = None


def paired(arm: Table, base: Table, *, seed: int, metric: str | None = None) -> Paired:
    """Compare two runs by their stored answers to every example.

    Args:
        arm: Predictions of a CLUE run, or similarities of an STS run.
        base: The same of the run that it is compared with.
        seed: Seed of the resampling.
        metric: Name of the only metric to compare; None for all.

    Raises:
        ScoreError: The tables are of another kind, of two tasks or splits, or of different
            examples, or the metric is unknown, or it has no interval.
    """
    if arm.name != base.name or arm.name not in _COMPARE:
        raise ScoreError(f"{arm.name} and {base.name} cannot be paired: compare runs of one task")
    sides = [(str(each.about.get("task")), str(each.about.get("split"))) for each in (arm, base)]
    if sides[0] != sides[1]:
        raise ScoreError(
            f"one run is about {'/'.join(sides[0])}, the other about {'/'.join(sides[1])}: compare"
            " runs of one task and split"
        )
    try:
        compared = _COMPARE[arm.name](arm, base, seed, metric)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise ScoreError(
            f"the {arm.name} of {'/'.join(sides[0])} are not answers: {error!r}"
        ) from error
    if not compared.metrics:
        raise ScoreError(f"{compared.task}: {metric} is not a metric of single examples")
    return compared


def _predictions(arm: Table, base: Table, seed: int, metric: str | None) -> Paired:
    from evaluators.clue import metrics, tasks
    from evaluators.clue.metrics import RESAMPLES, difference
    from evaluators.statistics import mcnemar

    left, right = clue_kept.from_table(arm), clue_kept.from_table(base)
    same = left.ids == right.ids and left.gold == right.gold and left.labels == right.labels
    _validate_same(same and left.family == right.family, arm)
    # Runs of older versions kept no contexts; those of the other side are of the same examples.
    clusters = right.clusters if left.clusters is None else left.clusters
    task = tasks.find(arm.about["task"])
    # Runs of older versions lack some metrics: those of both are compared.
    of_base = {each.name: each for each in metrics.metrics_of(task, right)}
    metric_rows = tuple(
        PairedMetric(each.name, *difference(each, of_base[each.name], seed=seed, clusters=clusters))
        for each in metrics.metrics_of(task, left)
        if each.name in of_base and metric in (None, each.name)
    )
    test = mcnemar(metrics.right(left), metrics.right(right), clusters)
    return Paired(
        task.name,
        str(arm.about["split"]),
        len(left),
        metric_rows,
        RESAMPLES,
        test,
        contexts=None if clusters is None else len(set(clusters)),
    )


def _similarities(arm: Table, base: Table, seed: int, metric: str | None) -> Paired:
    import numpy as np

    from evaluators.sts.bootstrap import METRICS, RESAMPLES, difference

    left, right = similarities.from_table(arm), similarities.from_table(base)
    same = left.dataset_digest == right.dataset_digest and np.array_equal(left.gold, right.gold)
    _validate_same(same, arm)
    shared = left.shared or right.shared  # the same, as they are of the same rows
    metric_rows = tuple(
        PairedMetric(
            name,
            *difference(
                left.similarity,
                right.similarity,
                left.gold,
                rng=np.random.default_rng(seed),
                metric=name,
                shared=shared,
            ),
        )
        for name in METRICS
        if metric in (None, name)
    )
    note = "" if shared else _INDEPENDENT
    return Paired(left.task, left.split, len(left), metric_rows, RESAMPLES, None, note)


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
