"""The faster the predictor learns, the less SimSiam collapses."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.collapse import (
    NO_STOP,
    SIMSIAM,
    SPEED,
    SPREAD,
    collapse_rows,
    made_up_spreads,
    numbers,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import swept, trend


def judge(evidence: RowEvidence) -> Finding:
    """Test the trend of the collapse number in the predictor's speed."""
    up = trend(swept(evidence, SPREAD, SIMSIAM, SPEED))
    by_speed = ", ".join(
        f"{each.estimate:.3f} at {speed:g}" for speed, each in numbers(evidence, SIMSIAM).items()
    )
    without = ", ".join(
        f"{each.estimate:.3f} at {speed:g}" for speed, each in numbers(evidence, NO_STOP).items()
    )
    return up.finding(
        f"collapse number by speed: {by_speed}; without stop-gradient {without}; its correlation"
        " with the speed inside a seed",
        evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A number that rises with speed, one that falls, and neither."""

    def made(values: Sequence[float], noise: float = 0.01) -> RowEvidence:
        speeds = (0.1, 1.0, 10.0)
        arms = {
            SIMSIAM: dict(zip(speeds, values, strict=False)),
            NO_STOP: dict.fromkeys(speeds, 0.02),
        }
        return RowEvidence(made_up_spreads(arms, noise=noise))

    return (
        Control("it rises", made((0.1, 0.5, 0.9)), "holds"),
        Control("it falls", made((0.9, 0.5, 0.1)), "refuted"),
        Control("neither", made((0.5, 0.5, 0.5), 0.1), "inconclusive"),
        Control(
            "one speed", RowEvidence(made_up_spreads({SIMSIAM: {1: 0.5}})), "not testable here"
        ),
    )


CLAIM = Claim(
    title="a fast predictor keeps SimSiam from collapsing",
    sentence="SimSiam does not collapse because its predictor learns fast and its encoder slowly:"
    " the residual vanishes before the encoder collapses.",
    source="Su Jianlin, kexue.fm/archives/7980 (2020-12-11); paraphrased",
    decision_rule="The number is Spearman's correlation between the learning rate of the predictor,"
    " relative to that of the encoder, and the collapse number of SimSiam's features, inside a"
    " seed, mean over seeds, each optimiser by itself. Holds when Page's test at 5% finds that the"
    " collapse number rises with the rate, refuted when one finds that it falls, inconclusive"
    " otherwise. The collapse number is the deviation of each coordinate of the features of new"
    " digits at length 1, averaged, times √d: 0 for a point, 1 for a sphere.",
    evidence=collapse_rows("SGD", "Adam"),
    judge=judge,
    controls=controls,
    article=7980,
    version="2",
)
