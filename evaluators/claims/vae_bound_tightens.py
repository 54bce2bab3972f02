"""The estimate of log p(x) from M latents rises with M, and stays below log p(x)."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.rules import ALPHA
from evaluators.claims.judging.trends import difference, mean_of, sweep_rows, swept, trend

METRIC, ARM, CONTROL = "bound", "log of mean", "mean of logs"


def judge(evidence: RowEvidence) -> Finding:
    """Test the trend in M, and whether the mean estimate is anywhere above the truth."""
    found = swept(evidence, METRIC, ARM, "samples")
    flat = swept(evidence, METRIC, CONTROL, "samples")
    up = trend(found)
    few, many = min(found), max(found)
    rise = difference(found[many], found[few])
    idle = difference(flat[max(flat)], flat[min(flat)])
    if not rise.estimate or abs(idle.estimate) > abs(rise.estimate) / 2:
        raise NotTestable(
            f"the control, a mean of logarithms, changes by {idle.estimate:.3f} nats where the"
            f" estimate changes by {rise.estimate:.3f}: it must stay the same"
        )
    ends = {count: mean_of(values) for count, values in found.items()}
    above = [
        count for count, end in ends.items() if _surely_above(end.estimate, end.low, len(ends))
    ]
    p_value = up.p_value(evidence.look)
    detail = (
        f"from M = {few:g} to {many:g} the mean estimate rises by {rise.estimate:.4f}"
        f" ({rise.low:.4f} to {rise.high:.4f}) nats, to"
        f" {ends[many].estimate:+.4f} from log p(x); Page's test: p = {p_value:.2g};"
        f" {rise.n} seeds; the control changes by {idle.estimate:+.4f}"
    )
    if above:
        most = max((ends[count] for count in above), key=lambda end: end.estimate)
        return decided(most, "refuted", f"{detail}; surely above log p(x) at M = {above}")
    # Page's test decides and not the interval of the rise, which could contain 0 beside a trend.
    return Finding(
        up.word(evidence.look),
        detail,
        statistic=rise.estimate,
        threshold=0.0,
        p_value=p_value,
        rests_on=f"{rise.n} seeds",
    )


def _surely_above(estimate: float, low: float | None, tests: int) -> bool:
    """Tell whether a mean is above 0; the interval is widened for the number of tests."""
    from scipy.special import ndtri

    if low is None or low <= 0:
        return False
    wider = float(ndtri(1 - ALPHA / 2 / tests) / ndtri(1 - ALPHA / 2))
    return estimate - wider * (estimate - low) > 0


def controls() -> Sequence[Control[RowEvidence]]:
    """A bound that tightens, one that loosens, one that passes the truth, and a moving control."""

    def made(
        ends: tuple[float, float, float, float], idle: float = 0.0, noise: float = 0.001
    ) -> RowEvidence:
        sizes = (1, 16, 256, 4096)
        flat = [ends[0] + idle * at for at in range(4)]
        points = {
            ARM: dict(zip(sizes, ends, strict=True)),
            CONTROL: dict(zip(sizes, flat, strict=True)),
        }
        return RowEvidence(sweep_rows(points, name="samples", metric=METRIC, noise=noise))

    return (
        Control("it tightens", made((-0.3, -0.05, -0.01, -0.001)), "holds"),
        Control("it loosens", made((-0.05, -0.1, -0.2, -0.4)), "refuted"),
        Control("it passes the truth", made((-0.3, -0.05, 0.1, 0.2)), "refuted"),
        Control("much noise", made((-0.03, -0.03, -0.02, -0.02), noise=0.5), "inconclusive"),
        Control(
            "the control tightens too", made((-0.3, -0.2, -0.1, 0.0), 0.1), "not testable here"
        ),
    )


CLAIM = Claim(
    title="the M-sample estimate tightens with M",
    sentence="The mean of log (1/M) Σ q(x|z) q(z) / p(z|x) rises with M towards log p(x), from the"
    " ELBO at M = 1.",
    source="Su Jianlin, kexue.fm/archives/8791 (2021-12-09); Burda et al. 2015, arXiv:1509.00519;"
    " paraphrased",
    decision_rule="The number is the mean estimate with the most latents less that with the"
    " fewest, in nats, where log p(x) is known; where an estimate is above log p(x), how far."
    " Holds when Page's test at 5%, paired by seed, finds"
    " that the estimate rises with M, and it is nowhere surely above log p(x) (95%, Bonferroni over"
    " M). Refuted when it falls by such a test, or is above somewhere; inconclusive otherwise. Not"
    " testable where the mean of the logarithms, the control, which is the ELBO whatever M is,"
    " changes by more than half as much. A theorem: no evidence about practice.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("vae_density",), "task": ("bound *",), "metric": (METRIC,)},
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8791,
    version="2",
)
