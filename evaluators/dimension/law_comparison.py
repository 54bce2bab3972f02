"""Compare the logarithm with the power law: which one is favoured, and is the other excluded?

The laws are not nested, so neither a likelihood ratio's χ² nor an AIC difference alone gives a
significance. Each law is tested (Cox 1961, by parametric bootstrap as in Williams 1970): draw
points from the fitted law with its own errors, fit both laws to them, and count how often the AIC
difference is at least as much against the true law as in the data. A law for which that is rarer
than 1 - confidence is excluded; with few or noisy points neither is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.dimension.law import Law, fit_law, validate_points
from evaluators.dimension.least_squares import residuals
from evaluators.dimension.numeric_checks import at_least
from evaluators.errors import ScoreError
from evaluators.statistics import CONFIDENCE

Floats = NDArray[np.float64]
Verdict = Literal["log", "power", "undecided", "neither"]

_ROUNDING = 1e-24  # residual sums below this share of the squares are rounding, not better fits
_LARGEST = 700.0  # of an exponent


@dataclass(frozen=True)
class Comparison:
    """Comparison of the laws.

    Attributes:
        log: n* = a + b ln N.
        proportional: n* = b ln N.
        power: n* = a N^b.
        aic: AIC of each law by name.
        aicc: AIC corrected for few points; None where there are too few for the correction.
        delta_aic: AIC of the power law minus that of the log law; above 0 favours the logarithm.
        evidence_ratio: exp(delta_aic / 2), odds for the logarithm.
        p_log: Share of samples from the log law that look at least as much like a power law.
        p_power: Share of samples from the power law that look at least as logarithmic.
        verdict: The law that remains when the other is excluded; `undecided` where neither can be
            excluded, `neither` where both are.
    """

    log: Law
    proportional: Law
    power: Law
    aic: dict[str, float]
    aicc: dict[str, float | None]
    delta_aic: float
    evidence_ratio: float
    p_log: float
    p_power: float
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        favoured, other = ("logarithm", "power law")[:: 1 if self.delta_aic >= 0 else -1]
        odds = math.exp(min(abs(self.delta_aic) / 2, _LARGEST))
        lead = (
            f"the {favoured} is {odds:.3g} times as likely" if odds >= 1.005 else "both fit alike"
        )
        verdicts = {
            "log": f"the power law is excluded (p = {self.p_power:.2g})",
            "power": f"the logarithm is excluded (p = {self.p_log:.2g})",
            "undecided": f"the {other} cannot be excluded (p = {self._p(other):.2g})",
            "neither": f"both are excluded (p = {self.p_log:.2g}, {self.p_power:.2g})",
        }
        return f"{self.log.points} points: {lead}; {verdicts[self.verdict]}"

    def _p(self, law: str) -> float:
        return self.p_log if law == "logarithm" else self.p_power


def compare_laws(
    items: ArrayLike,
    dimensions: ArrayLike,
    standard_errors: ArrayLike | None = None,
    *,
    rng: np.random.Generator,
    resamples: int = 999,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """Fit the laws and test which of them the points exclude.

    Args:
        items: As in `fit_law`, with three different N or more.
        dimensions: As in `fit_law`.
        standard_errors: As in `fit_law`.
        rng: Draws the bootstrap's points.
        resamples: Number of sets of points drawn from each law, 99 or more.
        confidence: Coverage of the intervals; 1 - confidence excludes a law.

    Raises:
        ScoreError: As in `fit_law`, or there are fewer than three different N.
    """
    x, y, weights = validate_points(items, dimensions, standard_errors)
    if len(np.unique(x)) < 3:
        raise ScoreError("comparing two laws of two parameters needs at least three different N")
    at_least("resamples", resamples, 99)
    known = standard_errors is not None
    points = (items, dimensions, standard_errors, confidence)
    laws = (
        fit_law("log", *points),
        fit_law("proportional", *points),
        fit_law("power", *points),
    )
    log, proportional, power = laws
    floor = _ROUNDING * float(np.sum(weights * y * y))
    sums = {law.form: max(law.chi_squared, floor) for law in laws}
    scale = _scale(np.array([sums["log"]]), np.array([sums["power"]]), len(y), known)
    aic: dict[str, float] = {
        law.form: _aic(sums[law.form], len(law.solved.parameters), len(y), known, float(scale[0]))
        for law in laws
    }
    observed = aic["power"] - aic["log"]
    odds = []
    for law in (log, power):
        error = math.sqrt(max(1.0 if known else 0.0, sums[law.form] / (len(y) - 2)))
        noise = rng.standard_normal((resamples, len(y))) * (error / np.sqrt(weights))
        drawn = _delta(x, law.solved.curve(x) + noise, weights, floor, known)
        against = drawn <= observed if law is log else drawn >= observed
        odds.append((1 + int(np.count_nonzero(against))) / (1 + resamples))
    p_log, p_power = odds
    return Comparison(
        log,
        proportional,
        power,
        aic,
        {
            law.form: _corrected(aic[law.form], len(law.solved.parameters) + (not known), len(y))
            for law in laws
        },
        observed,
        math.exp(min(max(observed / 2, -_LARGEST), _LARGEST)),
        p_log,
        p_power,
        _verdict(p_log, p_power, 1 - confidence),
    )


def _verdict(p_log: float, p_power: float, limit: float) -> Verdict:
    if p_log < limit and p_power < limit:
        return "neither"
    if p_power < limit:
        return "log"
    return "power" if p_log < limit else "undecided"


def _delta(x: Floats, rows: Floats, weights: Floats, floor: float, known: bool) -> Floats:
    straight, bent = (np.maximum(part, floor) for part in residuals(x, rows, weights))
    m = len(x)
    if known:
        return (bent - straight) / _scale(straight, bent, m, known)
    difference: Floats = m * np.log(bent / straight)
    return difference


def _scale(straight: Floats, bent: Floats, m: int, known: bool) -> Floats:
    if not known:
        return np.ones_like(straight)
    return np.maximum(1.0, np.minimum(straight, bent) / (m - 2))


def _aic(chi_squared: float, k: int, m: int, known: bool, scale: float) -> float:
    if known:
        return chi_squared / scale + 2 * k
    return m * math.log(chi_squared / m) + 2 * (k + 1)


def _corrected(aic: float, k: int, m: int) -> float | None:
    return aic + 2 * k * (k + 1) / (m - k - 1) if m - k - 1 > 0 else None
