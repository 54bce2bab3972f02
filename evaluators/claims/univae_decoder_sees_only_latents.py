"""With UniVAE's mask nothing but latents goes from what is read to what is written."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence

HELD, FREE, BROKEN = "latents held", "latents not held", "mask broken, latents held"
BY_READING, BY_LATENTS = "slope_by_reading", "slope_by_latents"
VISIBLE = 1e-6


def judge(evidence: RowEvidence) -> Finding:
    """Ask for a slope of exactly 0, where the controls have one that is not."""
    held = by_seed(evidence, BY_READING, HELD)
    others = {
        "with a broken mask": min(by_seed(evidence, BY_READING, BROKEN).values()),
        "with latents that are not held": min(by_seed(evidence, BY_READING, FREE).values()),
        "by the latents": min(by_seed(evidence, BY_LATENTS, HELD).values()),
    }
    for what, slope in others.items():
        if slope < VISIBLE:
            raise NotTestable(f"the slope {what} is {slope:.1e}: it must not be 0")
    worst = max(held.values())
    slopes = ", ".join(f"{what} {slope:.1e} at least" for what, slope in others.items())
    return Finding(
        "holds" if worst == 0 else "refuted",
        f"the largest slope by what is read is {worst:.1e}; {slopes}; {len(held)} networks",
        statistic=worst,
        threshold=0.0,
        rests_on=f"{len(held)} networks",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Exactly 0, a leak, and a control that shows nothing."""

    def made(held: float, broken: float = 0.1) -> RowEvidence:
        values = {
            (HELD, BY_READING): held,
            (FREE, BY_READING): 0.1,
            (BROKEN, BY_READING): broken,
            (HELD, BY_LATENTS): 0.1,
        }
        rows = [
            {"setting": "made up", "arm": arm, "metric": metric, "seed": seed, "value": value}
            for (arm, metric), value in values.items()
            for seed in range(3)
        ]
        return RowEvidence(rows)

    return (
        Control("exact", made(0.0), "holds"),
        Control("a leak", made(1e-9), "refuted"),
        Control("nothing to see", made(0.0, broken=0.0), "not testable here"),
    )


CLAIM = Claim(
    title="UniVAE's decoder sees latents alone",
    sentence="With this mask what is written depends on what is read through [CLS] alone, a vector"
    " of fixed size in each layer.",
    source="Su Jianlin, kexue.fm/archives/8475 (2021-06-29); paraphrased",
    decision_rule="The number is the largest slope of a random combination of the decoder's logits"
    " by what the encoder reads, with all latents held, in float64. Holds when it is exactly 0,"
    " refuted otherwise; never inconclusive. Not testable where it is visible in none of the"
    " controls: a decoder that sees all states of the encoder, latents that are not held, and the"
    f" slope by the latents, each at least {VISIBLE:g}. A theorem about the mask: no evidence about"
    " training.",
    evidence=RowsOf(
        "arm_scores", by=("task",), among={"evaluator": ("univae",), "task": ("mask",)}
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8475,
)
