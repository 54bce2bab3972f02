"""What does a claim come to, over all the settings it was judged in?

The verdict of a claim never selects: neither the setting that decides, nor the word that comes
first. Smoke runs and mixed treatments have no vote, and levels are not mixed: the highest level
with testable evidence speaks, and a counterexample of a universal claim at whatever level.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Scope, Verdict, spoken
from evaluators.evaluator import LEVELS, Level
from evaluators.statistics import CONFIDENCE, Interval, student_t_quantile

VERSION = "2"
"""To be raised where `combine` changes: every claim is then combined anew."""

_OPEN = ("inconclusive", "not testable here")


class Pooled(NamedTuple):
    """The mean over settings, by random effects.

    Attributes:
        mean: With the interval of Hartung and Knapp (2001); its n counts settings.
        tau: Standard deviation of the true differences between settings (Paule and Mandel 1982).
        prediction: Both ends of the 95% interval in which a new setting's true difference lies.
    """

    mean: Interval
    tau: float
    prediction: tuple[float, float]


class Summary(NamedTuple):
    """What the verdicts on a claim come to.

    Attributes:
        verdict: One of `VERDICTS`.
        detail: How it came about, in words.
        rests_on: How much was measured, in a few words.
        level: Of the evidence that spoke.
        shown: The verdict nearest to the middle of all that has the word, of counterexamples where
            one is enough: its number stands for all where there is no pooled one.
        pooled: The mean over settings, where the claim speaks of the average.
        exploratory: Whether all that spoke is exploratory.
        p_value: Of the verdict over all settings; None where no test decided.
    """

    verdict: str
    detail: str
    rests_on: str
    level: Level
    shown: Verdict
    pooled: Pooled | None = None
    exploratory: bool = False
    p_value: float | None = None


def combine(
    verdicts: Sequence[Verdict], *, scope: Scope, own: Level, average: float | None = None
) -> Summary:
    """Return what verdicts on one claim come to.

    A universal claim holds where it holds in all settings, and one counterexample, at a level
    corrected for the number of settings (Bonferroni), refutes it. An existential claim is shown by
    one example, and refuted only by all. The settings of any other claim must agree: where some
    hold and others are refuted the verdict is *mixed*, and where fewer than half are decided it is
    *inconclusive*. Or they are averaged.

    Args:
        verdicts: One for each setting; at least one.
        scope: What the claim speaks of.
        own: From which level on evidence can settle it.
        average: The smallest average worth the name, for a claim about the average.
    """
    speaking = [v for v in verdicts if not v.cut and v.word != "not testable here"]
    if not speaking:
        return _nothing(verdicts)
    level = max((v.level for v in _alone(speaking, scope) or speaking), key=LEVELS.index)
    speaking = [v for v in speaking if v.level == level]
    exploratory = all(v.exploratory for v in speaking)
    if any(not v.exploratory for v in speaking):
        speaking = [v for v in speaking if not v.exploratory]
    pooled = None
    if average is not None and len(speaking) > 1:
        pooled = pool([_interval(v) for v in speaking])
        ruling = rules.gain(pooled.mean, average)
        word: str = ruling.word
        p_value: float | None = ruling.p_value
        how = (
            f"mean of {len(speaking)} settings {pooled.mean}; they differ by {pooled.tau:.2g}"
            f" (a new one lies in {pooled.prediction[0]:.2f} to {pooled.prediction[1]:.2f})"
        )
    else:
        word, how = _agreed(speaking, scope)
        p_value = _p_value(speaking, word, scope)
    return Summary(
        verdict=word if word == "mixed" else spoken(word, scope=scope, own=own, level=level),
        detail=how,
        rests_on=_rests_on(speaking),
        level=level,
        shown=_shown(speaking, word, scope),
        pooled=pooled,
        exploratory=exploratory,
        p_value=p_value,
    )


def pool(found: Sequence[Interval]) -> Pooled:
    """Return the mean of several estimates by random effects.

    Args:
        found: Two or more estimates with intervals of 95%.
    """
    import numpy as np

    values = np.array([each.estimate for each in found])
    errors = np.array([(each.ends[1] - each.ends[0]) / 2 / 1.959964 for each in found])
    variances = np.maximum(errors, 1e-12) ** 2
    k = len(values)

    def excess(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        mean = (weights * values).sum() / weights.sum()
        return float((weights * (values - mean) ** 2).sum() - (k - 1))

    low, high = 0.0, float(values.var() * k + variances.max())
    if excess(0.0) <= 0:
        tau2 = 0.0
    else:  # the excess falls as tau grows
        for _ in range(200):
            tau2 = (low + high) / 2
            low, high = (tau2, high) if excess(tau2) > 0 else (low, tau2)
    weights = 1 / (variances + tau2)
    mean = float((weights * values).sum() / weights.sum())
    spread = float((weights * (values - mean) ** 2).sum() / (k - 1))
    # Never narrower than what the settings' own errors give: with few settings q can be near 0.
    error = math.sqrt(max(spread, 1.0) / float(weights.sum()))
    half = student_t_quantile(k - 1, CONFIDENCE) * error
    reach = student_t_quantile(max(k - 2, 1), CONFIDENCE) * math.sqrt(tau2 + error**2)
    return Pooled(
        Interval.around(mean, half, k, k - 1), math.sqrt(tau2), (mean - reach, mean + reach)
    )


def _agreed(speaking: Sequence[Verdict], scope: Scope) -> tuple[str, str]:
    counts: Counter[str] = Counter(v.word for v in speaking)
    holds, refuted, m = counts["holds"], counts["refuted"], len(speaking)
    how = _counted(counts)
    if m == 1:
        return speaking[0].word, speaking[0].detail
    if scope in _ALONE:
        if alone := _alone(speaking, scope):
            return alone[0].word, how
        other = "holds" if scope == "universal" else "refuted"
        return (other if counts[other] == m else "inconclusive"), how
    if holds and refuted:
        return "mixed", how
    if 2 * (holds + refuted) < m:
        return "inconclusive", f"{how}: fewer than half are decided"
    return ("holds" if holds else "refuted"), how


_ALONE = {"universal": "refuted", "existential": "holds"}
"""The word that one setting alone can say for all: of a counterexample, of an example."""


def _alone(verdicts: Sequence[Verdict], scope: Scope) -> list[Verdict]:
    """Return the verdicts that decide alone, sure enough for how many there are (Bonferroni)."""
    m = len(verdicts)
    return [
        v for v in verdicts if v.word == _ALONE.get(scope) and (v.p_value or 0.0) * m <= rules.ALPHA
    ]


def _p_value(speaking: Sequence[Verdict], word: str, scope: Scope) -> float | None:
    """Return the p-value of a word over several settings.

    That u of m settings say it is tested by the partial conjunction of Benjamini and Heller (2008):
    the u-th smallest p-value, times m − u + 1.
    """
    m, own = len(speaking), [v for v in speaking if v.word == word]
    if any(v.p_value is None for v in (own or speaking)):
        return None
    if m == 1:
        return speaking[0].p_value
    if not own:  # mixed, or inconclusive because too few are decided
        return None if word == "mixed" else min(1.0, m * min(v.p_value or 0.0 for v in speaking))
    ordered = sorted(v.p_value or 0.0 for v in own)
    needed = 1 if _ALONE.get(scope) == word else len(own)
    return min(1.0, (m - needed + 1) * ordered[needed - 1])


def _nothing(verdicts: Sequence[Verdict]) -> Summary:
    smoke = [v for v in verdicts if v.cut]
    shown = smoke[0] if smoke else verdicts[0]
    why = (
        f"only smoke runs, which decide nothing ({shown.cut})"
        if smoke
        else shown.detail
        if len(verdicts) == 1
        else f"not testable in any of {len(verdicts)} settings; the first: {shown.detail}"
    )
    rests_on = f"smoke run: {shown.rests_on or shown.cut}" if smoke else "nothing"
    return Summary("not testable here", why, rests_on, shown.level, shown)


def _shown(speaking: Sequence[Verdict], word: str, scope: Scope) -> Verdict:
    """Return the verdict whose number stands for all.

    It is the one nearest to the middle of all, not of the winners, among those with the word: the
    interval of an open setting would contradict it.
    """
    among = (word == _ALONE.get(scope) and _alone(speaking, scope)) or speaking
    ordered = sorted(
        (v for v in among if v.statistic is not None), key=lambda v: v.statistic or 0.0
    )
    if not ordered:
        return among[0]
    wanted = ("holds", "refuted") if word == "mixed" else (word,)
    places = [at for at, v in enumerate(ordered) if v.word in wanted] or range(len(ordered))
    middle = (len(ordered) - 1) / 2
    return ordered[min(places, key=lambda at: abs(at - middle))]


def _counted(counts: Mapping[Any, int]) -> str:
    words = {"holds": ("holds", "hold"), "refuted": ("refuted", "refuted")}
    said = [
        f"{n} {words.get(word, (word, word))[n > 1]}"
        for word in ("holds", "refuted", *_OPEN)
        if (n := counts.get(word, 0))
    ]
    return ", ".join(said)


def _rests_on(speaking: Sequence[Verdict]) -> str:
    each = Counter(v.rests_on for v in speaking if v.rests_on)
    if not each:
        return "" if len(speaking) == 1 else f"{len(speaking)} settings"
    if len(speaking) == 1:
        return next(iter(each))
    usual = each.most_common(1)[0][0]
    return f"{len(speaking)} settings" + (f" of {usual}" if len(each) == 1 else "")


def _interval(verdict: Verdict) -> Interval:
    if verdict.statistic is None or verdict.ci_low is None or verdict.ci_high is None:
        raise ValueError(f"{verdict.claim} has no interval to average")
    return Interval(verdict.statistic, verdict.ci_low, verdict.ci_high, 2)
