"""MLPs along the tokens keep less of a pretraining than attention does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import POINTS, BySeed, by_seed
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mixing import AT_END, ATTENTION, GMLP, SOURCE, unfinished
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import mean_interval, paired_values

MIXER = "mixer"
PRETRAINED, TUNED, SCRATCH = "pretrained", "tuned", "scratch"
MARGIN = 1.0

FRESH = Fresh(
    "token_mixer_transfer",
    "that each mixer has its best rate was said after a look at seeds 1000 to 1004",
    seeds_from=1010,
)
"""Frozen on 2026-11-29."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare what attention and the two MLPs lose from the first task to the second."""
    kept = {arm: _change(evidence, arm, PRETRAINED) for arm in (ATTENTION, GMLP, MIXER)}
    brought = {arm: mean_interval(list(_change(evidence, arm, SCRATCH).values())) for arm in kept}
    if brought[ATTENTION].ends[0] <= 0:
        raise NotTestable(
            f"pretraining brings attention {brought[ATTENTION]} points: nothing to transfer"
        )
    shared = paired_values(kept[ATTENTION], kept[GMLP], kept[MIXER])
    if len(shared) < FEWEST_SEEDS:
        raise NotTestable(f"{len(shared)} common seeds: an interval needs {FEWEST_SEEDS}")
    found = mean_interval([a - (g + m) / 2 for a, g, m in shared.values()])
    levels = "; ".join(
        f"{arm} {_mean(evidence, arm, PRETRAINED):.1f} pretrained,"
        f" {_mean(evidence, arm, TUNED):.1f} tuned, {_mean(evidence, arm, SCRATCH):.1f} without"
        " pretraining"
        for arm in kept
    )
    return gained(
        found,
        f"difference of differences {found} points, {found.n} seeds; {levels}"
        + unfinished(evidence),
        margin=MARGIN,
        look=evidence.look,
    )


def _change(evidence: RowEvidence, arm: str, base: str) -> BySeed:
    both = paired_values(by_seed(evidence, TUNED, arm), by_seed(evidence, base, arm))
    return {seed: POINTS * (tuned - before) for seed, (tuned, before) in both.items()}


def _mean(evidence: RowEvidence, arm: str, metric: str) -> float:
    values = by_seed(evidence, metric, arm).values()
    return POINTS * sum(values) / len(values)


def controls() -> Sequence[Control[RowEvidence]]:
    """The MLPs lose more, as much, less, more in noise, and pretraining that brings nothing."""
    import numpy as np

    def made(loss: float, noise: float = 0.5, scratch: float = 50.0) -> RowEvidence:
        rng = np.random.default_rng(7)
        levels: Mapping[str, Mapping[str, float]] = {
            ATTENTION: {PRETRAINED: 90.0, TUNED: 80.0, SCRATCH: scratch},
            GMLP: {PRETRAINED: 90.0, TUNED: 80.0 - loss, SCRATCH: scratch},
            MIXER: {PRETRAINED: 85.0, TUNED: 75.0 - loss, SCRATCH: scratch},
        }
        rows = []
        for arm, metrics in levels.items():
            for metric, level in metrics.items():
                own = rng.normal(0, noise, 7)
                rows += [
                    {"arm": arm, "metric": metric, "seed": seed, "value": value / POINTS}
                    for seed, value in enumerate((level + own - own.mean()).tolist())
                ]
        return RowEvidence(rows)

    return (
        Control("they lose five points more", made(5.0), "holds"),
        Control("as much", made(0.0), "refuted"),
        Control("less", made(-5.0), "refuted"),
        Control("more, in noise", made(2.0, 5.0), "inconclusive"),
        Control("pretraining brings nothing", made(5.0, scratch=80.0), "not testable here"),
    )


CLAIM = Claim(
    title="MLP token mixers transfer worse",
    sentence="Where MLPs along the tokens are as good as attention on the task of pretraining, less"
    " of it is left after tuning on another: their weights belong to positions.",
    source=f"{SOURCE} Liu and others 2021, arXiv:2105.08050, and Tolstikhin and others 2021,"
    " arXiv:2105.01601; paraphrased",
    decision_rule="The number is a difference of differences of accuracy in points: tuned less"
    " pretrained of attention, less the mean of the same of gMLP and MLP-Mixer, paired by seed"
    " (Student's t), each mixer at its best rate. Holds when a one-sided test at 5% finds it above"
    f" {MARGIN:g}; refuted when such a test finds it below 0, or two find it inside ±{MARGIN:g};"
    " inconclusive otherwise. Not"
    f" testable with fewer than {FEWEST_SEEDS} seeds, or where the 95% interval of what pretraining"
    " brings to attention over tuning alone reaches 0.",
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting"),
        among={
            "evaluator": ("token_mixer_transfer",),
            "metric": (PRETRAINED, TUNED, SCRATCH, LATE_IMPROVEMENT, AT_END),
        },
    ),
    judge=judge,
    controls=controls,
    fresh=FRESH,
    article=8431,
)
