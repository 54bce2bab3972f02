"""Claims about the dimension rule: how many dimensions were needed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from evaluators.claims.judging.claim import Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import needs

VIEW = "dimension_law"
FEWEST_TASKS = 5
"""Different N that a law over several tasks needs."""
TASKS_IN_WORDS = (
    " Where the N are those of several tasks, the points weigh the same, and fewer than"
    f" {FEWEST_TASKS} N decide nothing: texts differ by more than their number."
)
GROUPS = ("experiment", "subject", "setting", "criterion")
LAWS = {
    "experiment": ("retrieval", "embeddings", "words", "attention", "kept"),
    "criterion": ("recall *", "??% of *", "attention within *"),
}
"""The experiments and criteria to which laws are fitted; "all of the best score" is noise."""
RULE = 8.33
"""The coefficient as published; 2 / 0.24."""


class Needed(NamedTuple):
    """What one cell of an experiment found.

    Attributes:
        items: N.
        task: On what.
        n: Dimensions needed; None where none that was tried is enough.
        low: Lower end of its 95% interval, None without.
        high: Upper end.
        beyond: Where n is None: it is larger than this.
        predicted: What theory predicts for the cell, None without.
    """

    items: int
    task: str
    n: float | None
    low: float | None
    high: float | None
    beyond: float | None
    predicted: float | None

    @property
    def rule(self) -> int:
        """8.33 ln N, as a whole number of dimensions."""
        return math.ceil(RULE * math.log(self.items))


class Points(NamedTuple):
    """What a law can be fitted to.

    Attributes:
        items: N of each.
        dimensions: n* of each.
        errors: Standard error of each; None where one is not known, and where the points are of
            several tasks: what texts differ by is in no interval of a cell.
        beyond: How many cells are left out because no n that was tried is enough.
        doubt: Why no law should be read off them, in words; empty where there is no reason.
    """

    items: tuple[int, ...]
    dimensions: tuple[float, ...]
    errors: tuple[float, ...] | None
    beyond: int
    doubt: str


def needed(evidence: RowEvidence) -> tuple[Needed, ...]:
    """Return the cells by N.

    Where the best score was still rising at the largest n, a share of it is reached too soon: n*
    lies beyond what was found. A cell that was measured several times with the same seed (with
    more trials, say) draws the same numbers again and counts once: the one with most trials, the
    newest of several.

    Raises:
        NotTestable: There is none, or a row holds what is no number of dimensions.
    """
    chosen: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in evidence.rows:
        if row["items"] is None or row["items"] < 2:
            continue
        if row["n_star"] is None and row["beyond"] is None:
            continue  # enough at the first n already: nothing is known of n*
        place = (int(row["items"]), str(row.get("task")), str(row.get("seed")))
        if place not in chosen or _weight(row) > _weight(chosen[place]):
            chosen[place] = row
    if not chosen:
        raise NotTestable("no cell has a number of dimensions")
    return tuple(
        Needed(
            place[0],
            place[1],
            *_smallest(row),
            _dimensions(row, "predicted"),
        )
        for place, row in sorted(chosen.items())
    )


def points(cells: Sequence[Needed]) -> Points:
    """Return the cells that have an n; errors as normal intervals give them.

    Raises:
        NotTestable: Fewer than three different N have one: no law can be fitted.
    """
    found = [cell for cell in cells if cell.n is not None]
    different = len({cell.items for cell in found})
    if different < 3:
        raise NotTestable(f"n* is known at {different} different N: a law needs three")
    errors = tuple(_error(cell) for cell in found)
    tasks = len({cell.task for cell in found})
    beyond = sum(cell.n is None for cell in cells)
    doubt = ""
    if beyond:
        left = "1 cell is" if beyond == 1 else f"{beyond} cells are"
        doubt = f"; {left} left out, where n* lies beyond what was tried: widen the grid"
    elif tasks > 1 and different < FEWEST_TASKS:
        doubt = f"; each N is another task: {different} N cannot tell N from texts"
    return Points(
        tuple(cell.items for cell in found),
        tuple(float(cell.n) for cell in found if cell.n is not None),
        tuple(e for e in errors if e is not None) if all(errors) and tasks == 1 else None,
        beyond,
        doubt,
    )


def parameter(evidence: RowEvidence, name: str) -> float | None:
    """Return a number among the parameters that all rows share; None where they do not."""
    found = set()
    for row in evidence.rows:
        given = row.get("parameters") or {}
        found.add((json.loads(given) if isinstance(given, str) else given).get(name))
    value = found.pop() if len(found) == 1 else None
    return float(value) if isinstance(value, int | float) else None


def _error(cell: Needed) -> float | None:
    if cell.low is None or cell.high is None or not cell.high > cell.low:
        return None
    return (cell.high - cell.low) / (2 * 1.959964)


def _weight(row: Mapping[str, Any]) -> tuple[float, str]:
    return (float(row.get("trials") or 0), str(row.get("finished_at") or ""))


def _smallest(
    row: Mapping[str, Any],
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return n* with both ends of its interval, and what it lies beyond where it is not known."""
    n = _dimensions(row, "n_star")
    if row.get("still_rising") and n is not None:
        return None, None, None, n
    return n, *_interval(row), _dimensions(row, "beyond")


def _interval(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    low, high = _finite(row, "ci_low"), _finite(row, "ci_high")
    if low is not None and high is not None and high < low:
        raise NotTestable(f"the interval {low:g} … {high:g} at N = {row['items']} is reversed")
    return low, high


def _dimensions(row: Mapping[str, Any], name: str) -> float | None:
    number = _finite(row, name)
    if number is not None and number < 1:
        raise NotTestable(f"{name} is {number:g} at N = {row['items']}: dimensions are 1 or more")
    return number


def _finite(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    if value is None:
        return None
    if not math.isfinite(value):
        raise NotTestable(f"{name} is {value} at N = {row['items']}: it must be a finite number")
    return float(value)


FEWEST = 3
"""Cells without intervals that must agree."""

RULE_IN_WORDS = (
    "In each cell n95, the smallest n that keeps 95% of the gain (of the full score, of the"
    " accuracy), is set beside ⌈8.33 ln N⌉: 5% or less is lost at the rule's n where n95 is no"
    " larger. The number is the largest n95 / ⌈8.33 ln N⌉, with its interval, widened"
    " (Bonferroni) for the number of cells. Holds when the whole interval of every cell lies at 1"
    " or below, refuted when that of one cell lies above 1. Cells without intervals (one curve,"
    f" not repeated) decide only where all cells, {FEWEST} at least, lie on one side, and a cell"
    " whose n95 lies beyond the grid counts as one without. Inconclusive otherwise."
)

Place = Literal["within", "over", "unclear"]


class Ratio(NamedTuple):
    """n95 over the rule's n in one cell; a lower bound without interval where it is censored."""

    items: int
    n: float
    rule: int
    low: float | None
    high: float | None
    censored: bool

    @property
    def value(self) -> float:
        """n95 / ⌈8.33 ln N⌉."""
        return self.n / self.rule

    @property
    def place(self) -> Place:
        """Where the interval lies; where the number does, if there is none."""
        if self.low is None and self.high is None:
            if self.censored:
                return "over" if self.value >= 1 else "unclear"
            return "over" if self.value > 1 else "within"
        if self.low is not None and self.low > 1:
            return "over"
        return "within" if self.high is not None and self.high <= 1 else "unclear"


def judge_enough(evidence: RowEvidence) -> Finding:
    """Judge n95 against the rule at each N.

    Raises:
        NotTestable: No cell has an n.
    """
    cells = needed(evidence)
    if all(cell.n is None for cell in cells) and len(cells) < FEWEST:
        raise NotTestable("n95 lies beyond every n that was tried: widen the grid")
    ratios = [_ratio(cell, len(cells)) for cell in cells]
    worst = max(ratios, key=lambda ratio: ratio.value)
    over = [ratio for ratio in ratios if ratio.place == "over"]
    sure = [ratio for ratio in over if ratio.low is not None]
    measured = all(ratio.low is not None or ratio.high is not None for ratio in ratios)
    verdict: Word = "inconclusive"
    if sure:
        verdict, worst = "refuted", max(sure, key=lambda ratio: ratio.value)
    elif measured or len(ratios) >= FEWEST:
        if all(ratio.place == "within" for ratio in ratios):
            verdict = "holds"
        elif len(over) == len(ratios):
            verdict = "refuted"
    return Finding(
        verdict,
        "; ".join(_said(ratio) for ratio in ratios)
        + ("" if measured else "; not all have intervals"),
        statistic=worst.value,
        ci_low=worst.low,
        ci_high=worst.high,
        threshold=1.0,
        rests_on=f"{len(ratios)} N",
    )


def _ratio(cell: Needed, cells: int) -> Ratio:
    from scipy.special import ndtri

    if cell.n is None:
        assert cell.beyond is not None  # noqa: S101 - needed() keeps no cell with neither
        return Ratio(cell.items, cell.beyond, cell.rule, None, None, True)
    wider = float(ndtri(1 - 0.025 / cells) / ndtri(0.975))
    low, high = (
        None if end is None else max(0.0, (cell.n + wider * (end - cell.n)) / cell.rule)
        for end in (cell.low, cell.high)
    )
    return Ratio(cell.items, cell.n, cell.rule, low, high, False)


def _said(ratio: Ratio) -> str:
    sign = ">" if ratio.censored else ""
    return f"N = {ratio.items:,}: n95 {sign}{ratio.n:.3g}, rule {ratio.rule}"


def enough_controls() -> Sequence[Control[RowEvidence]]:
    """n95 well below the rule, well above it, about it, and beyond the grid."""
    items = (100, 300, 1000)  # ⌈8.33 ln N⌉: 39, 48, 58
    return (
        Control("n95 at half the rule", needs(items, (20, 24, 29), 2), "holds"),
        Control("the same without intervals", needs(items, (20, 24, 29)), "holds"),
        Control("n95 at twice the rule", needs(items, (78, 96, 116), 5), "refuted"),
        Control("above the rule at one N", needs(items, (20, 48, 96), 5), "refuted"),
        Control("above it without intervals", needs(items, (60, 70, 96)), "refuted"),
        Control("the largest N beyond the grid", needs(items, (60, 70, None)), "refuted"),
        Control("wide intervals", needs(items, (30, 40, 50), 12), "inconclusive"),
        Control("both sides without intervals", needs(items, (20, 40, 90)), "inconclusive"),
        Control("too few N without intervals", needs(items[:2], (20, 24)), "inconclusive"),
        Control("scores still rising", needs(items, (20, 24, 29), 2, rising=True), "inconclusive"),
        Control("nothing reached", needs(items[:1], (None,)), "not testable here"),
    )
