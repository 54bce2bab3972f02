"""With a thousand latents from a good encoder the estimate is log p(x)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import mean_of, number_in, sweep_rows, swept

METRIC, ARM, CONTROL, NAIVE = "bias", "encoder", "narrow", "prior"
SAMPLES = 1024
MARGIN = 0.05
"""Nats."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the bias with the margin at every deviation of the decoder."""
    rows = [row for row in evidence.rows if number_in(str(row["setting"]), "samples") == SAMPLES]
    at = RowEvidence(rows)
    found = {
        deviation: mean_of(values)
        for deviation, values in swept(at, METRIC, ARM, "deviation").items()
    }
    failing = {
        deviation: mean_of(values)
        for deviation, values in swept(at, METRIC, CONTROL, "deviation").items()
    }
    for deviation, one in failing.items():
        if rules.equal(one, 0.0, MARGIN).word != "refuted":
            raise NotTestable(
                f"an encoder that is too narrow is off by {one.estimate:+.3f} nats at deviation"
                f" {deviation:g}: it must fail, or nothing can"
            )
    rulings = {
        deviation: rules.equal(one, 0.0, MARGIN, look=evidence.look)
        for deviation, one in found.items()
    }
    refuting = min(
        (each.p_value for each in rulings.values() if each.word == "refuted"), default=1.0
    )
    verdict: Word = "inconclusive"
    # One deviation refutes, at a level that is shared by all.
    if refuting * len(rulings) <= rules.ALPHA:
        verdict = "refuted"
    elif all(each.word == "holds" for each in rulings.values()):
        verdict = "holds"
    worst = max(found, key=lambda deviation: abs(found[deviation].estimate))
    naive = swept(at, METRIC, NAIVE, "deviation").get(worst)
    prior = f", latents of the prior by {mean_of(naive).estimate:+.3f}" if naive else ""
    one = found[worst]
    return Finding(
        verdict,
        f"with {SAMPLES} latents the estimate is off by {one.estimate:+.4f} nats at worst, at"
        f" deviation {worst:g} of {len(found)}; one that is too narrow by"
        f" {failing[worst].estimate:+.3f}{prior}; {one.n} seeds",
        statistic=one.estimate,
        ci_low=one.low,
        ci_high=one.high,
        threshold=MARGIN,
        p_value=refuting * len(rulings)
        if verdict == "refuted"
        else max(each.p_value for each in rulings.values()),
        rests_on=f"{one.n} seeds",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """No bias, a bias at one deviation, one lost in noise, a control that does not fail."""

    def made(
        biases: Mapping[float, float], narrow: float = -1.0, noise: float = 0.005
    ) -> RowEvidence:
        points = {ARM: biases, CONTROL: dict.fromkeys(biases, narrow), NAIVE: biases}
        rows = sweep_rows(
            points,
            name="deviation",
            metric=METRIC,
            noise=noise,
            prefix=f"mixture, samples {SAMPLES}",
        )
        return RowEvidence(rows)

    return (
        Control("nothing off", made({0.1: -0.002, 1.0: 0.001}), "holds"),
        Control("half a nat off at one", made({0.1: -0.5, 1.0: 0.001}), "refuted"),
        Control("at the margin", made({0.1: -0.05, 1.0: 0.0}, noise=0.05), "inconclusive"),
        Control("the control is right", made({0.1: 0.0, 1.0: 0.0}, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="a thousand latents give the density",
    sentence="Importance sampling with the encoder estimates the density of a sample: with enough"
    " latents log (1/M) Σ q(x|z) q(z) / p(z|x) is log p(x).",
    source="Su Jianlin, kexue.fm/archives/8791 (2021-12-09); paraphrased. How many are enough is"
    " not printed",
    decision_rule=f"The number is the mean of estimate − log p(x) in nats with {SAMPLES} latents,"
    " where log p(x) is known, at the deviation of the decoder where it is farthest off. The"
    " encoder is the best Gaussian with a diagonal. Holds when by two one-sided tests at 5% it is"
    f" within ±{MARGIN:g} at every deviation; refuted when it is surely outside at one (5%, shared"
    " by all); inconclusive otherwise. Not testable where an encoder with 0.3 times the deviation,"
    " the control, is not surely outside at every one.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("vae_density",),
            "task": ("linear-Gaussian", "mixture"),
            "metric": (METRIC,),
        },
    ),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8791,
)
