"""The smaller the decoder's variance, the more a sample of latents is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import mean_of, sweep_rows, swept, trend

METRIC, ARM, CONTROL = "ess", "vae", "prior_ess"


def judge(evidence: RowEvidence) -> Finding:
    """Test the trend of the effective sample size as the deviation falls."""
    found = swept(evidence, METRIC, ARM, "deviation")
    prior = swept(evidence, CONTROL, ARM, "deviation")
    if trend(prior, rising=False).word() != "refuted":
        raise NotTestable(
            "the effective sample size of latents from the prior does not fall with the deviation:"
            " it must, as fewer of them are near the point"
        )
    down = trend(found, rising=False)
    shares = ", ".join(
        f"{100 * mean_of(values).estimate:.1f}% at {deviation:g}"
        for deviation, values in found.items()
    )
    return down.finding(
        f"effective sample size by deviation: {shares}; its correlation with smallness inside a"
        " seed",
        evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A share that rises as the deviation falls, one that falls, noise, and a prior that rises."""

    def made(shares: Sequence[float], *, up: bool = True, noise: float = 0.005) -> RowEvidence:
        deviations = (0.05, 0.1, 0.2, 0.4)
        priors = (0.001, 0.01, 0.05, 0.1) if up else (0.1, 0.05, 0.01, 0.001)

        def rows(metric: str, values: Sequence[float], noise: float) -> list[Mapping[str, object]]:
            points = {ARM: dict(zip(deviations, values, strict=True))}
            return sweep_rows(points, name="deviation", metric=metric, noise=noise)

        return RowEvidence(rows(METRIC, shares, noise) + rows(CONTROL, priors, 1e-5))

    return (
        Control("worth more", made((0.5, 0.4, 0.3, 0.2)), "holds"),
        Control("worth less", made((0.1, 0.2, 0.3, 0.4)), "refuted"),
        Control("no trend", made((0.3, 0.3, 0.3, 0.3), noise=0.1), "inconclusive"),
        Control("the prior gains", made((0.5, 0.4, 0.3, 0.2), up=False), "not testable here"),
    )


CLAIM = Claim(
    title="a small decoder variance makes sampling efficient",
    sentence="For importance sampling with the encoder to be efficient, the decoder's variance has"
    " to be small.",
    source="Su Jianlin, kexue.fm/archives/8791 (2021-12-09); paraphrased",
    decision_rule="Autoencoders of digits are trained for several deviations of the decoder. The"
    " number is Spearman's correlation between how small the deviation is and the effective sample"
    " size of latents from the encoder on new digits, inside a seed, mean over seeds. Holds when"
    " Page's test at 5% finds that the size rises as the deviation falls, refuted when one finds"
    " that it falls, inconclusive otherwise. Not testable where that of latents from the prior, the"
    " control, does not fall with the deviation.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("vae_density",), "task": ("digits",), "metric": ("*ess",)},
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8791,
    version="2",
)
