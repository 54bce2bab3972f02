"""Tags of what is copied, and a mask by them, keep spans of the source whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import gain, made_up_arms
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.summarisation import (
    ABOUT,
    COPY,
    PLAIN,
    SPACES,
    TAGS,
    UNMASKED,
)
from evaluators.result import LATE_IMPROVEMENT

SPANS = "spans"
COPIED, TRANSLATED = "copied spans", "translated spans"
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare the shares of exact spans, where there is nothing to copy too."""
    copied, translated = (
        replace(evidence, rows=[row for row in evidence.rows if row["setting"].startswith(world)])
        for world in (COPIED, TRANSLATED)
    )
    control = gain(translated, SPANS, TAGS, PLAIN)
    if rules.gain(control, MARGIN).word == "holds":
        raise NotTestable(
            f"with the spans translated, where nothing can be copied, tags bring {control} points"
            " too: what they bring is not the copying"
        )
    found = gain(copied, SPANS, TAGS, PLAIN)
    free = gain(copied, SPANS, UNMASKED, PLAIN)
    return gained(
        found,
        f"exact spans, tags and mask − plain: {found} points, {found.n} seeds; tags without the"
        f" mask − plain: {free}; tags where spans are translated: {control}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, noise, and a gain where nothing can be copied."""

    def made(gained: float, *, noise: float = 0.2, control: float = 0.0) -> RowEvidence:
        return RowEvidence(
            [
                row
                for world, more in ((COPIED, gained), (TRANSLATED, control))
                for row in made_up_arms(
                    {PLAIN: 60.0, UNMASKED: 60.0, TAGS: 60.0 + more},
                    metric=SPANS,
                    noise=noise,
                    setting=f"{world}, made up",
                )
            ]
        )

    return (
        Control("five points", made(5.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("a loss", made(-3.0), "refuted"),
        Control("in much noise", made(2.0, noise=6.0), "inconclusive"),
        Control("as much where nothing is copied", made(5.0, control=5.0), "not testable here"),
    )


CLAIM = Claim(
    title="copying by BIO tags keeps spans",
    sentence="A decoder that predicts with each token whether it begins or continues a span of the"
    " source, and leaves out the tokens that do not, copies contiguous spans.",
    source=f"{ABOUT}; paraphrased",
    decision_rule="The number is the share of copied spans that are written exactly, with tags and"
    " mask less that of the plain decoder, in points, paired by seed (Student's t). Not testable"
    " where tags gain as surely in the control world, whose spans are translated and cannot be"
    " copied." + gain_rule(MARGIN),
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("bio_copy",),
            "task": ("copy among*",),
            "metric": (SPANS, LATE_IMPROVEMENT),
        },
    ),
    judge=judge,
    controls=controls,
    level="small",
    fresh=COPY,
    article=SPACES,
)
