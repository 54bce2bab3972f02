"""Infer the rule by which a board averages: candidates, ranked by the evidence for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.integers import robust_weights, whole_numbers
from evaluators.averaging.audit.recompute import (
    FURTHER,
    TOLERANCE,
    published_factor,
    rounding_bound,
)
from evaluators.averaging.audit.rule import Rule, formula_of, make_rule
from evaluators.averaging.board import Board, unit_of
from evaluators.averaging.matrix import WITH_GAPS
from evaluators.averaging.treatment import TREATMENTS
from evaluators.errors import TreatmentError


def misses(rows: int) -> int:
    """Return how many rows a rule may miss, since some may be corrupt."""
    return 0 if rows < 6 else max(1, rows // 10)


def bits_of(columns: int, denominator: int) -> float:
    """Return the bits that describe whole weights that add up to a denominator."""
    return math.log2(math.comb(denominator + columns - 1, columns - 1)) + 2 * math.log2(
        denominator + 1
    )


def interchangeable(
    x: NDArray[np.float64], rule: Rule, tolerance: float
) -> tuple[tuple[str, str], ...]:
    """Return pairs of columns between which weight could move without changing any row."""
    pairs = []
    k = np.array(rule.numerators)
    for a in range(len(k)):
        for b in range(a + 1, len(k)):
            share = max(k[a], k[b]) / rule.denominator
            if share and np.abs(x[:, a] - x[:, b]).max() * share <= tolerance / 2:
                pairs.append((rule.columns[a], rule.columns[b]))
    return tuple(pairs)


def enough(
    board: Board, usable: Sequence[int], published: NDArray[np.float64]
) -> tuple[list[int], list[int]]:
    """Return columns and the rows that have all of them; fewer columns if rows are too few."""
    published_rows = ~np.isnan(published)
    gaps = np.isnan(board.values)
    main = [j for j in usable if board.columns[j].role == "main"]
    complete = [j for j in usable if not gaps[published_rows, j].any()]
    choices = [list(usable), main, [j for j in main if j in complete], complete]
    sets = [
        (
            columns,
            [int(i) for i in np.flatnonzero(published_rows & ~np.any(gaps[:, columns], axis=1))],
        )
        for columns in choices
        if columns
    ]
    for columns, rows in sets:
        if len(rows) >= 2 * len(columns) or len(columns) < len(rows) >= 0.8 * published_rows.sum():
            return columns, rows
    return max(sets, key=lambda s: (len(s[1]) > len(s[0]), len(s[1])))


def named_means(
    board: Board, columns: Sequence[int]
) -> dict[tuple[Fraction, ...], tuple[str, ...]]:
    """Return the arithmetic means of the named treatments as weights of these columns."""
    named: dict[tuple[Fraction, ...], tuple[str, ...]] = {}
    unit = unit_of(board.columns[j] for j in columns)
    for treatment in (*TREATMENTS.values(), *FURTHER):
        try:
            formula = formula_of(board, treatment, 1.0)
        except TreatmentError:
            continue
        if treatment.mixed or not set(formula.cells) <= set(columns):
            continue
        # Convert to weights of columns that are already in the common unit.
        weights = formula.column_weights(len(board.columns))
        parts = tuple(
            Fraction(float(weights[j]) * board.columns[j].unit_max / unit).limit_denominator(10_000)
            for j in columns
        )
        if treatment.missing not in WITH_GAPS:
            named[parts] = (*named.get(parts, ()), treatment.name)
    return named


MAX_DENOMINATOR = 60
"""The largest denominator that is tried, or twice the columns where that is more."""

_AS_GOOD = 6.0
_NO_MEAN = 12.0
_SMALL = 12
_SHOWN = 4

Verdict = Literal["found", "underdetermined", "none", "nothing-published"]


@dataclass(frozen=True)
class Inference:
    """The rule behind the published averages, as far as they determine it.

    Attributes:
        verdict: `found`; `underdetermined` where rules fit but the rows cannot single one out;
            `none` where no rule with small whole weights fits; `nothing-published`.
        rules: The rules that fit, simplest first; exactly one where the verdict is `found`.
        why: The verdict in words.
        rows: Number of rows that could be used.
        columns: Number of columns that could be used.
        fitted: Real weights by column, fitted without asking for whole numbers.
    """

    verdict: Verdict
    rules: tuple[Rule, ...]
    why: str
    rows: int
    columns: int
    fitted: Mapping[str, float]

    @property
    def rule(self) -> Rule | None:
        """The rule, or the simplest of those that fit; None where there is none."""
        return self.rules[0] if self.rules else None


def infer(
    board: Board,
    tolerance: float | None = TOLERANCE,
    max_denominator: int | None = None,
    generator: np.random.Generator | None = None,
) -> Inference:
    """Find small whole weights that give a board's published averages.

    Every treatment's arithmetic mean is tried, and for each denominator the whole numbers nearest
    to a robust non-negative least squares fit. Of the rules that fit, the one with the shortest
    description counts as the simplest: a named one before others, then the smallest denominator;
    every row that a rule misses costs the description of that row's average.

    Args:
        board: The board with its published averages.
        tolerance: For a unit of 100; None for what the printed digits allow.
        max_denominator: The largest denominator tried; default 60, or twice the columns.
        generator: For samples of rows, needed where some are corrupt; default: seeded with 0, so
            that a board always gets the same answer.
    """
    usable = [j for j, column in enumerate(board.columns) if column.higher_is_better]
    published = board.published * published_factor(board)
    if np.isnan(published).all():
        return _no_rule("nothing-published", "the board publishes no averages")
    if not usable:
        return _no_rule("none", "every column is a cost (lower is better)")
    columns, rows = enough(board, usable, published)
    unit = unit_of(board.columns[j] for j in columns)
    scale = np.array([board.columns[j].factor(unit) for j in columns])
    x, y = board.values[np.ix_(rows, columns)] * scale, published[rows]
    allowed = _allowed(board, tolerance, unit, len(columns))
    if not len(rows):
        return _no_rule("underdetermined", "no row has both a published average and every cell")
    weights, inliers = robust_weights(x, y, allowed, generator or np.random.default_rng(0))
    max_denominator = max_denominator or max(MAX_DENOMINATOR, 2 * len(columns))
    spread = float(y.max() - y.min())
    named = named_means(board, columns)
    tried: dict[tuple[Fraction, ...], float] = {parts: math.log2(1 + len(named)) for parts in named}
    for denominator in range(1, max_denominator + 1):
        k = whole_numbers(x[inliers], y[inliers], weights, denominator)
        if k.any():
            parts = tuple(Fraction(int(n), denominator) for n in k)
            bits = bits_of(len(columns), denominator) + (0 if k.sum() == denominator else _NO_MEAN)
            tried.setdefault(parts, bits)
    fits: list[tuple[float, Rule]] = []
    for parts, bits in tried.items():
        rule = make_rule(board, columns, parts, published, allowed, named.get(parts, ()))
        if rule.compared and rule.compared - rule.agree <= misses(rule.compared):
            bits_of_miss = math.log2(max(rule.compared, 2)) + math.log2(
                max(spread / (2 * allowed), 2)
            )
            fits.append((bits + (rule.compared - rule.agree) * bits_of_miss, rule))
    fits.sort(key=lambda pair: (pair[0], pair[1].denominator))
    fitted = {
        board.columns[j].name: float(w * s) for j, w, s in zip(columns, weights, scale, strict=True)
    }
    misfits = np.abs(x @ weights - y) > allowed
    too_few_rows = len(rows) <= len(columns)
    if not fits:
        real = int((~misfits).sum())
        reason = (
            f"no weights with a denominator up to {max_denominator} give the published averages;"
            f" real weights >= 0 give {real} of {len(rows)}"
        )
        if real == len(rows) and not too_few_rows:
            largest = sorted(fitted.items(), key=lambda pair: -pair[1])[:_SHOWN]
            reason += f": {', '.join(f'{name} {weight:.3f}' for name, weight in largest)} …"
        if too_few_rows:
            reason += f" ({len(rows)} rows for {len(columns)} columns could not single a rule out)"
        return Inference("none", (), reason, len(rows), len(columns), fitted)
    best, first = fits[0]
    near = [
        rule
        for bits, rule in fits
        if bits <= best + _AS_GOOD
        or (rule.is_mean and rule.denominator <= _SMALL and rule.agree >= first.agree)
    ]
    reasons = []
    if too_few_rows:
        reasons.append(
            f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} for {len(columns)}"
            f" {'column' if len(columns) == 1 else 'columns'}"
        )
    if len(near) > 1:
        reasons.append(f"{len(near)} rules that fit alike")
    twins = interchangeable(x[inliers], first, allowed)
    if twins:
        pairs = ", ".join(f"{a} and {b}" for a, b in twins[:3])
        reasons.append(f"columns that cannot be told apart ({pairs})")
    if reasons:
        reason = f"{' and '.join(reasons)}: the simplest rule is named, not proved"
        listed = near if len(near) > 1 else [r for _, r in fits if r is first or r.is_mean]
        return Inference(
            "underdetermined", tuple(listed[:_SHOWN]), reason, len(rows), len(columns), fitted
        )
    reason = f"gives {first.agree} of {first.compared} published averages within {allowed:.2g}"
    return Inference("found", (first,), reason, len(rows), len(columns), fitted)


def _no_rule(verdict: Verdict, reason: str) -> Inference:
    return Inference(verdict, (), reason, 0, 0, {})


def _allowed(board: Board, tolerance: float | None, unit: float, columns: int) -> float:
    if tolerance is not None:
        return tolerance * unit / 100
    share = np.array([column.factor(unit) / columns for column in board.columns])
    bound = rounding_bound(board, share, published_factor(board))
    return max(bound, 1e-6 * unit)
