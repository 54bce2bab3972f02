"""A thousand steps of DDPM bring better samples than a hundred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import paired, sweep_rows, swept
from evaluators.statistics import mean_interval

METRIC, ARM = "distance", "rescaled"
FEW, SOME, MANY = 10.0, 100.0, 1000.0
MARGIN = 0.05
"""Of the distance with ten steps."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare a thousand steps with a hundred, in units of the distance with ten."""
    found = swept(evidence, METRIC, ARM, "T")
    if missing := [steps for steps in (FEW, SOME, MANY) if steps not in found]:
        raise NotTestable(f"no network was trained for T = {missing[0]:g}")
    rows = paired(found[FEW], found[SOME], found[MANY])
    unit = sum(few for few, _, _ in rows) / len(rows)
    if unit <= 0:
        raise NotTestable("with ten steps samples are no farther from the data than the data")
    share = mean_interval([(some - many) / unit for _, some, many in rows])
    return gained(
        share,
        f"of the energy distance at T = 10, {unit:.4f}, a thousand steps bring"
        f" {share.estimate:+.3f} ({share.low:+.3f} to {share.high:+.3f}) more than a hundred;"
        f" {share.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Better samples, equal ones, worse ones, much noise, and no thousand steps."""

    def made(distances: Mapping[float, float], noise: float = 0.001) -> RowEvidence:
        return RowEvidence(sweep_rows({ARM: distances}, name="T", metric=METRIC, noise=noise))

    return (
        Control("better", made({10: 0.1, 100: 0.05, 1000: 0.03}), "holds"),
        Control("as good", made({10: 0.1, 100: 0.05, 1000: 0.05}), "refuted"),
        Control("worse", made({10: 0.1, 100: 0.05, 1000: 0.07}), "refuted"),
        Control("noise", made({10: 0.1, 100: 0.05, 1000: 0.04}, 0.03), "inconclusive"),
        Control("no thousand", made({10: 0.1, 100: 0.05}), "not testable here"),
    )


CLAIM = Claim(
    title="DDPM needs a thousand steps",
    sentence="The squared distance is a good loss only for small steps: this is why T = 1,000.",
    source="Su Jianlin, kexue.fm/archives/9119 (2022-06-13); no table is printed for it;"
    " paraphrased",
    decision_rule="The number is how much nearer samples are to new data with 1,000 steps than with"
    " 100, by energy distance (on CIFAR-10 of features of a classifier that is trained in the run)"
    " after equally many updates, as a share of the mean distance with 10"
    " steps, paired by seed (Student's t); made-up and real data each by themselves."
    + gain_rule(MARGIN).replace(
        ", or where the training loss of an arm still falls when training ends", ""
    ),
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("ddpm", "ddpm_cifar10"),
            "task": ("2-D mixture", "digits", "cifar10"),
            "metric": (METRIC,),
        },
    ),
    judge=judge,
    controls=controls,
    level="small",
    fresh=Fresh(
        "ddpm",
        "the question was asked after a look at samples by T",
        seeds_from=1005,
    ),
    article=9119,
)
