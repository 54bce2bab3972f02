"""Claims about formulas: how far a computed number is from what a theorem says it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluators.claims.judging.claim import FEWEST_SEEDS, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval

EPSILON: Mapping[str, float] = {"float64": 2.0**-52, "float32": 2.0**-23, "bfloat16": 2.0**-7}
"""Distance from 1 to the next number of each precision."""


class Largest(NamedTuple):
    """The largest of some numbers.

    Attributes:
        value: It.
        arm: Whose it is.
        metric: Of what.
        setting: Where.
        n: Among how many numbers.
    """

    value: float
    arm: str
    metric: str
    setting: str
    n: int

    def __str__(self) -> str:
        return f"{self.value:.2g} ({self.arm}, {self.metric.replace('_', ' ')}, {self.setting})"


def largest(evidence: RowEvidence, arms: Sequence[str], *metrics: str) -> Largest:
    """Return the largest number of some arms in some metrics, over settings and seeds.

    Raises:
        NotTestable: An arm was not measured in one of them.
    """
    rows = [row for row in evidence.rows if row["arm"] in arms and row["metric"] in metrics]
    missing = {(arm, metric) for arm in arms for metric in metrics}
    missing -= {(row["arm"], row["metric"]) for row in rows}
    if missing:
        raise NotTestable(f"{min(missing)[0]} was not measured in {min(missing)[1]}")
    top = max(rows, key=lambda row: float(row["value"]))
    return Largest(float(top["value"]), top["arm"], top["metric"], top["setting"], len(rows))


def by_setting(evidence: RowEvidence, metric: str, arm: str) -> Mapping[str, Interval]:
    """Return the mean over seeds of an arm with its 95% interval, by setting.

    Raises:
        NotTestable: It was not measured, or with too few seeds.
    """
    found: dict[str, dict[int, float]] = {}
    for row in evidence.rows:
        if row["metric"] == metric and row["arm"] == arm:
            found.setdefault(row["setting"], {})[int(row["seed"])] = float(row["value"])
    if not found:
        raise NotTestable(f"the arm {arm!r} was not measured in {metric}")
    fewest = min(len(values) for values in found.values())
    if fewest < FEWEST_SEEDS:
        raise NotTestable(f"{arm} has {fewest} seeds: an interval needs {FEWEST_SEEDS}")
    return {setting: mean_interval(list(values.values())) for setting, values in found.items()}


def number_in(setting: str, name: str) -> float:
    """Return a number that a setting names, as 64 in `dimension 64, dtype float32`.

    Raises:
        NotTestable: It names none.
    """
    match = re.search(rf"(?:^|, ){re.escape(name)} ([0-9.e+-]+)(?:,|$)", setting)
    if not match:
        raise NotTestable(f"the setting {setting!r} does not say its {name}")
    return float(match[1])


def dtype_of(evidence: RowEvidence) -> str:
    """Return the precision that the task of a group ends with, as in `random pairs, float32`.

    Raises:
        NotTestable: It names none.
    """
    task = str(evidence.group.get("task", ""))
    for name in EPSILON:
        if task.endswith(name):
            return name
    raise NotTestable(f"the task {task!r} does not say its precision")


def measured(
    values: Mapping[tuple[str, str, str], Sequence[float]], *, task: str = "made up"
) -> RowEvidence:
    """Return rows of arms, for controls.

    Args:
        values: By setting, arm and metric, one number a seed.
        task: Of all rows.
    """
    rows: list[Mapping[str, Any]] = [
        {"task": task, "setting": setting, "arm": arm, "metric": metric, "seed": seed, "value": one}
        for (setting, arm, metric), each in values.items()
        for seed, one in enumerate(each)
    ]
    return RowEvidence(rows, {"task": task})
