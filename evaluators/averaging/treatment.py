"""Treatments of cells before ranking: a few choices, the same for every row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal

from evaluators.errors import TreatmentError
from evaluators.names import nearest

Metrics = Literal["mean", "each", "main"]
Splits = Literal["once", "twice"]
Diagnostics = Literal["out", "in", "mixed"]
Missing = Literal["unranked", "drop-column", "available-only", "any-available"]
Lower = Literal["refuse", "complement", "inverse", "rank-only"]
NonPositive = Literal["undefined", "shift", "floor"]
Suspect = Literal["missing", "as-printed"]
Nesting = Literal["flat", "by-type"]

MEANINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "metrics": {
            "mean": "the metrics of a task are averaged (arithmetically) first",
            "each": "each metric is a column of its own",
            "main": "only the first metric of each task counts",
        },
        "splits": {
            "once": "sub-splits of a task (MNLI-m, MNLI-mm) are averaged and count once",
            "twice": "each sub-split counts as a task of its own",
        },
        "diagnostics": {
            "out": "diagnostic columns do not count",
            "in": "diagnostic columns count",
            "mixed": "diagnostic columns count for p <= 0 only, and one that is missing in a"
            " human row is skipped for that row: NOT the same for every row and mean",
        },
        "missing": {
            "unranked": "a row with a gap is not ranked",
            "drop-column": "a column with a gap in any row does not count",
            "available-only": "a row that has at least 80% of the columns is averaged over those it"
            " has (flagged); with fewer it is not ranked",
            "any-available": "each row is averaged over the columns it has, however few (flagged):"
            " for reproducing a board that does so, not for comparing models",
        },
        "lower": {
            "refuse": "columns of which less is better are refused",
            "complement": "where less is better, unit - x counts in place of x; what nothing bounds"
            " is refused",
            "inverse": "where less is better, 1/x of the number as printed counts in place of x, as"
            " a proportion of the unit; a value <= 0 has none and is missing",
            "rank-only": "where less is better, only the order counts, reversed: for rules of order"
            " such as borda, not for means",
        },
        "nonpositive": {
            "undefined": "a value <= 0 leaves the means with p <= 0 undefined",
            "shift": "the unit (100) is added to every value before the mean and taken off after",
            "floor": "every value below one hundredth of the unit is raised to it",
        },
        "suspect": {
            "missing": "cells flagged suspect count as missing",
            "as-printed": "cells flagged suspect count as printed",
        },
        "nesting": {
            "flat": "every task counts once",
            "by-type": "the tasks of a type are averaged (arithmetically) first, and every type"
            " counts once",
        },
    }
)
"""What each value of each choice means, in words; the first of each is the default."""

_BASES = {"mean": "per-task", "each": "per-metric", "main": "main-metric"}
_MODIFIERS: Mapping[str, tuple[str, str]] = {
    "diagnostics": ("diagnostics", "in"),
    "mixed": ("diagnostics", "mixed"),
    "splits-twice": ("splits", "twice"),
    "drop-column": ("missing", "drop-column"),
    "available-only": ("missing", "available-only"),
    "any-available": ("missing", "any-available"),
    "complement": ("lower", "complement"),
    "inverse": ("lower", "inverse"),
    "rank-only": ("lower", "rank-only"),
    "shift": ("nonpositive", "shift"),
    "floor": ("nonpositive", "floor"),
    "as-printed": ("suspect", "as-printed"),
    "by-type": ("nesting", "by-type"),
}


@dataclass(frozen=True)
class Treatment:
    """The choices; the name is derived from them, so that it always matches them.

    Attributes:
        metrics: How the several metrics of one task combine.
        splits: Whether the sub-splits of one task count once.
        diagnostics: Whether diagnostic columns count.
        missing: Effect of a missing cell.
        lower: What becomes of columns of which less is better.
        nonpositive: Treatment of values ≤ 0, which leave some means undefined.
        suspect: Whether cells flagged suspect count.
        nesting: Whether tasks are averaged by type before the mean.
        selection: Which models and tasks count and what tasks weigh, in words, where not all count
            alike: see `Selection`.
        weights: Weight by task or type, above 0; what is not named weighs 1.

    Raises:
        TreatmentError: If a choice is not in `MEANINGS`, or a weight is not a number above 0.
    """

    metrics: Metrics = "mean"
    splits: Splits = "once"
    diagnostics: Diagnostics = "out"
    missing: Missing = "unranked"
    lower: Lower = "refuse"
    nonpositive: NonPositive = "undefined"
    suspect: Suspect = "missing"
    nesting: Nesting = "flat"
    selection: str = ""
    weights: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for choice, meanings in MEANINGS.items():
            if getattr(self, choice) not in meanings:
                raise TreatmentError(
                    f"{choice} must be one of {', '.join(meanings)}, got {getattr(self, choice)!r}"
                )
        for name, weight in self.weights:
            if not (math.isfinite(weight) and weight > 0):
                raise TreatmentError(f"the weight of {name} must be above 0, got {weight:g}")

    @property
    def name(self) -> str:
        """The base and the choices that differ from the defaults, `per-metric+diagnostics`."""
        parts = [_BASES[self.metrics]]
        parts += [m for m, (choice, value) in _MODIFIERS.items() if getattr(self, choice) == value]
        name = "+".join(parts).replace("per-task+mixed", "paper-mixed")
        return f"{name} ({self.selection})" if self.selection else name

    @property
    def mixed(self) -> bool:
        """Whether it treats rows or means differently, which every output must then show."""
        return self.diagnostics == "mixed"

    def choices(self) -> dict[str, str]:
        """Return the choices by name, as plain strings, and the selection if there is one."""
        names = [f.name for f in fields(self) if f.name != "weights"]
        return {name: value for name in names if (value := getattr(self, name))}

    def describe(self) -> tuple[str, ...]:
        """Return one sentence for each choice."""
        meanings = tuple(MEANINGS[choice][getattr(self, choice)] for choice in MEANINGS)
        return (
            (*meanings, f"not everything counts alike: {self.selection}")
            if self.selection
            else meanings
        )


def find_treatment(name: str) -> Treatment:
    """Return the treatment of a name: a base and any modifiers, `per-task+diagnostics+floor`.

    Raises:
        TreatmentError: If a part of the name is unknown, with the nearest known one.
    """
    base, *modifiers = name.replace("paper-mixed", "per-task+mixed").split("+")
    metrics = {base_name: value for value, base_name in _BASES.items()}
    if base not in metrics:
        raise TreatmentError(_unknown(name, base, [*metrics, "paper-mixed"]))
    choices: dict[str, str] = {"metrics": metrics[base]}
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise TreatmentError(_unknown(name, modifier, [*_MODIFIERS]))
        choice, value = _MODIFIERS[modifier]
        if choice in choices:
            raise TreatmentError(f"treatment {name!r} chooses {choice} twice")
        choices[choice] = value
    return Treatment(**choices)  # type: ignore[arg-type]  # checked against MEANINGS on creation


def _unknown(name: str, part: str, known: list[str]) -> str:
    return f"treatment {name!r}: {part!r} is unknown{nearest(part, known)}"


_ALWAYS = (
    "per-task",
    "per-metric",
    "per-task+diagnostics",
    "per-metric+diagnostics",
    "paper-mixed",
)

TREATMENTS: Mapping[str, Treatment] = MappingProxyType(
    {name: find_treatment(name) for base in _ALWAYS for name in (base, f"{base}+as-printed")}
)
"""The treatments that always exist, each also with suspect cells counted as printed."""
