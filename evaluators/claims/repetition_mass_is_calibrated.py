"""The repetition mass of a bigram decoder is how often its texts repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import (
    DECODERS,
    MARGIN,
    SOURCE,
    judge_slopes,
    made,
    of_parts,
    slopes,
)

PERMUTED = "permuted_mass"


def judge(evidence: RowEvidence) -> Finding:
    """Compare the slope of every decoder with 1, where that of permuted rows is another."""
    arms = arms_in(evidence, "counted")
    found = slopes(evidence, arms)
    control = slopes(evidence, arms, PERMUTED)
    same = [arm for arm, one in control.items() if rules.equal(one, 1.0, MARGIN).word == "holds"]
    if same:
        raise NotTestable(
            f"R of the rows in another order has the slope {control[same[0]]} with {same[0]}: it"
            " must not be calibrated"
        )
    low, high = (pick(one.estimate for one in control.values()) for pick in (min, max))
    detail = f"with rows in another order {low:.2f} to {high:.2f}; "
    return judge_slopes(found, detail, look=evidence.look)


def controls() -> Sequence[Control[RowEvidence]]:
    """As much as counted, twice as much with one decoder, lost in noise, and a control as near."""

    def rows(factor: float = 1.0, noise: float = 0.02, permuted: float = 2.0) -> RowEvidence:
        mass = {"all words": 0.2, "three likeliest": 0.5, "greedy": 15.0}
        counted = {**mass, "greedy": 15.0 / factor}
        other = {arm: permuted * value for arm, value in mass.items()}
        return made({"mass": mass, "counted": counted, PERMUTED: other}, noise=noise)

    return (
        Control("as much", rows(), "holds"),
        Control("twice as much with greedy", rows(2.0), "refuted"),
        Control("lost in noise", rows(noise=0.5), "inconclusive"),
        Control("rows in another order are as near", rows(permuted=1.0), "not testable here"),
        Control(
            "nothing counted",
            made({"mass": dict.fromkeys(DECODERS, 0.2)}),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="repetition mass is what texts repeat",
    sentence="For a decoder that only sees the last word, R = Σ λ/(1 − λ), λ the eigenvalues of"
    " P∘P, is how often a text repeats what it has just written.",
    source=SOURCE + "; paraphrased",
    decision_rule="The event that R counts is a loop of k words that a text walks through twice in"
    " a row, for all k; R is its expected number from a word on, added up over words. The number is"
    " the calibration slope of the counted events on R over tables (a line through 0 with errors"
    " that grow with R: the mean ratio), of each decoder. Holds when by two one-sided tests at 5%"
    f" it is within 1 ± {MARGIN:g} for every decoder; refuted when it is surely outside for one (5%"
    " shared by all); inconclusive otherwise. Not testable where R of the same rows in another"
    " order, the control, is calibrated as well. A theorem: no evidence about practice.",
    evidence=of_parts("calibration, *", metrics=("mass", "counted", PERMUTED)),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8128,
    version="2",
)
