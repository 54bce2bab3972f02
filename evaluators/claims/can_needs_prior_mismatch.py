"""CAN gains where the test set's prior is not what the classifier was trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluators.claims.judging.arms import ACCURACY, CAN, POINTS, by_seed, made_up_arms
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values

SAME, OTHER = "as in training", "permuted"
SHARE = 0.25
"""Of the gain under the other prior: more than that under the same one needs no mismatch."""

FEWEST_CLASSES = 15
"""With fewer, hardly any prediction is unsure and CAN does next to nothing."""

_SETTING = re.compile(rf"(\d+) classes, prior ({SAME}|{OTHER}), (.*)")


def judge(evidence: RowEvidence) -> Finding:
    """Compare the gains under both priors, of the same classifiers."""
    said, excess, mismatch = [], [], []
    for (classes, rest), by_prior in _settings(evidence).items():
        same, other = (_gains(by_prior[prior]) for prior in (SAME, OTHER))
        both = paired_values(same, other).values()
        if len(both) < FEWEST_SEEDS:
            raise NotTestable(f"{len(both)} common seeds: an interval needs {FEWEST_SEEDS}")
        excess.append(mean_interval([ours - SHARE * theirs for ours, theirs in both]))
        mismatch.append(mean_interval([theirs for _, theirs in both]))
        under_same = mean_interval([ours for ours, _ in both])
        said.append(f"{classes} classes, {rest}: {under_same} and {mismatch[-1]}")
    worst = max(excess, key=lambda found: found.high or found.estimate)
    return decided(
        worst,
        _verdict(excess, mismatch),
        f"gain under the training prior and under a permuted one: {'; '.join(said)}",
    )


def _gains(evidence: RowEvidence) -> Mapping[int, float]:
    both = paired_values(*(by_seed(evidence, ACCURACY, arm) for arm in ("plain/can", "plain")))
    return {seed: POINTS * (ours - theirs) for seed, (ours, theirs) in both.items()}


def _verdict(excess: Sequence[Interval], mismatch: Sequence[Interval]) -> Word:
    if any((found.low or 0.0) > 0 for found in excess):
        return "refuted"
    if any((found.high or 0.0) < 0 for found in mismatch):
        return "refuted"
    gains = all((found.low or 0.0) > 0 for found in mismatch)
    needs = all((found.high or 0.0) < 0 for found in excess)
    return "holds" if gains and needs else "inconclusive"


def _settings(evidence: RowEvidence) -> Mapping[tuple[int, str], Mapping[str, RowEvidence]]:
    found: dict[tuple[int, str], dict[str, list[Mapping[str, object]]]] = {}
    for row in evidence.rows:
        match = _SETTING.fullmatch(row["setting"])
        if match and int(match[1]) >= FEWEST_CLASSES:
            by_prior = found.setdefault((int(match[1]), match[3]), {SAME: [], OTHER: []})
            by_prior[match[2]].append(row)
    whole = {key: by for key, by in found.items() if by[SAME] and by[OTHER]}
    if not whole:
        raise NotTestable(
            f"no setting of {FEWEST_CLASSES} classes or more was run under both priors"
        )
    return {
        key: {prior: replace(evidence, rows=rows) for prior, rows in by.items()}
        for key, by in sorted(whole.items())
    }


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain with the mismatch alone, one without it as well, a little one, none at all."""

    def made(same: float, other: float, *, classes: int = 119, noise: float = 0.05) -> RowEvidence:
        rows = [
            row
            for prior, gained in ((SAME, same), (OTHER, other))
            for row in made_up_arms(
                {"plain": 50.0, "plain/can": 50.0 + gained},
                metric=ACCURACY,
                noise=noise,
                setting=f"{classes} classes, prior {prior}, tau 0.9",
            )
        ]
        return RowEvidence(rows)

    return (
        Control("with the mismatch alone", made(0.0, 1.5), "holds"),
        Control("a loss without it", made(-0.3, 1.5), "holds"),
        Control("as large without it", made(1.5, 1.5), "refuted"),
        Control("a loss with it", made(-1.0, -1.0), "refuted"),
        Control("none either way", made(0.0, 0.0), "inconclusive"),
        Control("in much noise", made(0.0, 1.0, noise=4.0), "inconclusive"),
        Control("three classes alone", made(0.0, 1.5, classes=3), "not testable here"),
    )


CLAIM = Claim(
    title="CAN needs a prior that training did not have",
    sentence="CAN gains where the classes are as frequent as the classifier takes them to be only"
    " by accident: its gain comes from a prior that training did not have.",
    source="a finding of this project on synthetic classes; no test of kexue.fm/archives/8728 or"
    " arXiv:2109.13449 separates the two",
    article=8728,
    decision_rule=f"The number is the gain under the training prior less {SHARE:g} of the gain of"
    " the same classifiers on a test set with permuted class shares that CAN is told, in points,"
    " paired by seed with a 95% interval (Student's t); the largest over numbers of classes from"
    f" {FEWEST_CLASSES} and thresholds. Holds when all these intervals lie below 0 and all gains"
    " under the permuted prior above 0; refuted when one lies above 0 or a gain under the permuted"
    " prior below 0; inconclusive otherwise.",
    evidence=RowsOf(
        "arm_scores", by=("task",), among={"evaluator": ("can",), "metric": (ACCURACY,)}
    ),
    judge=judge,
    controls=controls,
    fresh=CAN,
    scope="universal",
    level="small",
)
