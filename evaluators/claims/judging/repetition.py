"""Repetition mass of decoders beside the repetitions in their texts (`seq2seq_repetition`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import made_up_values
from evaluators.claims.judging.trends import paired
from evaluators.statistics import Interval, mean_interval

SOURCE = (
    "Su Jianlin, kexue.fm/archives/8128 (2021-01-26), on Fu et al., A Theoretical Analysis of the"
    " Repetition Problem in Text Generation, AAAI 2021 (arXiv:2012.14660)"
)
MARGIN = 0.1
"""How far a calibration slope may be from 1."""

GREEDY = "greedy"
DECODERS = ("all words", "three likeliest", GREEDY)
"""Some decoders, for controls."""

BIGRAMS = "bigrams, "
"""What the arms begin with in which only the last word counts."""


def of_parts(
    *tasks: str, metrics: Sequence[str], by: tuple[str, ...] = ("task", "setting")
) -> RowsOf:
    """Return the rows of parts of the experiment, one group a task and setting."""
    among = {"evaluator": ("seq2seq_repetition",), "task": tasks, "metric": tuple(metrics)}
    return RowsOf("arm_scores", by=by, among=among)


def slopes(
    evidence: RowEvidence, arms: Sequence[str], mass: str = "mass"
) -> Mapping[str, Interval]:
    """Return each decoder's calibration slope, of counted repetitions on R, over tables.

    The line goes through 0, and errors grow with R, so that its slope is the mean of the ratios.

    Args:
        evidence: Rows of one setting.
        arms: Decoders.
        mass: Metric that is R.

    Raises:
        NotTestable: A decoder was not measured, with too few seeds, or has an R of 0.
    """
    found = {}
    for arm in arms:
        pairs = paired(by_seed(evidence, "counted", arm), by_seed(evidence, mass, arm))
        if any(each <= 0 for _, each in pairs):
            raise NotTestable(f"R of {arm} is 0 with some seed: no ratio to it")
        found[arm] = mean_interval([counted / each for counted, each in pairs])
    if not found:
        raise NotTestable("no decoder was measured")
    return found


def judge_slopes(found: Mapping[str, Interval], detail: str, *, look: int) -> Finding:
    """Ask whether the calibration slope of every decoder is 1."""
    rulings = {arm: rules.equal(one, 1.0, MARGIN, look=look) for arm, one in found.items()}
    refuting = min(
        (each.p_value for each in rulings.values() if each.word == "refuted"), default=1.0
    ) * len(rulings)
    holding = max(each.p_value for each in rulings.values())
    verdict: Word = "inconclusive"
    # One decoder refutes, at a level that is shared by all.
    if refuting <= rules.ALPHA:
        verdict = "refuted"
    elif all(each.word == "holds" for each in rulings.values()):
        verdict = "holds"
    if verdict == "refuted":
        outside = [arm for arm, each in rulings.items() if each.word == "refuted"]
        worst = min(outside, key=lambda arm: rulings[arm].p_value)
    else:
        worst = max(found, key=lambda arm: abs(found[arm].estimate - 1))
    one = found[worst]
    every = ", ".join(f"{arm} {each.estimate:.3f}" for arm, each in found.items())
    return Finding(
        verdict,
        f"slope {one.estimate:.3f} ({one.low:.3f} to {one.high:.3f}) with {worst}, of"
        f" {every}; {detail}{one.n} seeds",
        statistic=one.estimate,
        ci_low=one.low,
        ci_high=one.high,
        threshold=rules.bound(one.estimate, 1 - MARGIN, 1 + MARGIN),
        p_value=min(1.0, refuting if verdict == "refuted" else holding),
        rests_on=f"{one.n} seeds",
    )


def made(
    by_metric: Mapping[str, Mapping[str, float]],
    *,
    noise: float = 0.02,
    seeds: int = 7,
    setting: str = "made up",
) -> RowEvidence:
    """Return rows of arms about these means with relative noise, for controls.

    Args:
        by_metric: By metric and arm.
        noise: Standard deviation, relative to a mean; over seeds it adds up to 0.
        seeds: How many.
        setting: Of all rows.
    """
    import numpy as np

    rng = np.random.default_rng(7)
    values = {}
    for metric, by_arm in by_metric.items():
        for arm, centre in by_arm.items():
            own = rng.normal(0, noise, seeds)
            values[metric, arm] = (centre * (1 + own - own.mean())).tolist()
    return made_up_values(values, setting)
