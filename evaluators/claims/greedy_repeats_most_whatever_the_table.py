"""Greedy decoding repeats most, whatever the probabilities are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import arms_in, by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import DECODERS, GREEDY, SOURCE, made, of_parts

METRIC = "mass"


def judge(evidence: RowEvidence) -> Finding:
    """Look for a decoder with a larger R; there is nothing random in these tables."""
    masses: Mapping[str, float] = {
        arm: max(by_seed(evidence, METRIC, arm).values()) for arm in arms_in(evidence, METRIC)
    }
    others = {arm: mass for arm, mass in masses.items() if arm != GREEDY}
    if GREEDY not in masses or not others:
        raise NotTestable("greedy decoding and another were not both measured")
    most = max(others, key=lambda arm: (others[arm], arm))
    ratio = masses[GREEDY] / others[most]
    return Finding(
        "holds" if ratio >= 1 else "refuted",
        f"R is {masses[GREEDY]:.3f} with greedy decoding and {others[most]:.3f} with {most}, the"
        " largest of the others",
        statistic=ratio,
        threshold=1.0,
        rests_on="one table",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """The largest, not the largest, and alone."""

    def rows(greedy: float) -> RowEvidence:
        by_arm = dict(zip(DECODERS, (5.5, 5.4, greedy), strict=True))
        return made({METRIC: by_arm}, noise=0.0, seeds=1)

    return (
        Control("the largest", rows(185.0), "holds"),
        Control("not the largest", rows(2.9), "refuted"),
        Control("greedy alone", made({METRIC: {GREEDY: 1.0}}), "not testable here"),
    )


CLAIM = Claim(
    title="greedy decoding repeats most of any table",
    sentence="Whatever the probabilities of the next word are, greedy decoding has the largest"
    " repetition mass.",
    source=SOURCE + "; it is shown there for a bound of R. That R itself obeys is our reading",
    decision_rule="The number is R with greedy decoding over the largest R of another decoder,"
    " exact up to rounding. Holds at 1 or more, refuted below; never inconclusive. The tables are"
    " cycles in which a word either repeats itself or goes on to the next: in the lazy one going on"
    " is a little likelier, so that greedy decoding walks the whole cycle before it repeats, and"
    " all words together may repeat at every step; in the eager one, a control, greedy decoding"
    " repeats one word for ever. Texts end after any word with the same probability: if they never"
    " did, R would be infinite with greedy decoding, as it always ends in a loop.",
    evidence=of_parts("lazy cycle", metrics=(METRIC,)),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8128,
    at_home=lambda group: str(group.get("setting", "")).startswith("lazy cycle"),
)
