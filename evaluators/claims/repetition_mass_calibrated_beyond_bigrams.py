"""The repetition mass of its bigrams says how often a decoder with a memory repeats itself."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in, by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import (
    BIGRAMS,
    DECODERS,
    MARGIN,
    SOURCE,
    judge_slopes,
    made,
    of_parts,
    slopes,
)
from evaluators.claims.judging.trends import difference


def judge(evidence: RowEvidence) -> Finding:
    """Compare the slope of every decoder with 1, where bigrams are calibrated."""
    memory = difference(by_seed(evidence, "nats", "bigrams"), by_seed(evidence, "nats", "network"))
    if rules.side(memory).word != "holds":
        raise NotTestable(f"the network is {memory} nats better than bigrams: it may be no more")
    arms = arms_in(evidence, "counted")
    control = slopes(evidence, [arm for arm in arms if arm.startswith(BIGRAMS)])
    for arm, one in control.items():
        ruling = rules.equal(one, 1.0, MARGIN)
        if ruling.word == "refuted" and ruling.p_value * len(control) <= rules.ALPHA:
            raise NotTestable(f"with {arm} the slope is {one}: there it must be 1")
    found = slopes(evidence, [arm for arm in arms if not arm.startswith(BIGRAMS)])
    low, high = (pick(one.estimate for one in control.values()) for pick in (min, max))
    detail = (
        f"with bigrams in the network's place {low:.2f} to {high:.2f}; it is {memory.estimate:.2f}"
        " nats a character better than they; "
    )
    return judge_slopes(found, detail, look=evidence.look)


def controls() -> Sequence[Control[RowEvidence]]:
    """A network that bigrams describe, one that repeats less, noise, and controls that fail."""

    def rows(
        factor: float = 1.0, noise: float = 0.02, plain: float = 1.0, nats: float = 1.8
    ) -> RowEvidence:
        mass = {"all words": 0.2, "three likeliest": 0.5, "greedy": 15.0}
        bigrams = {f"{BIGRAMS}{arm}": value for arm, value in mass.items()}
        counted = {arm: factor * value for arm, value in mass.items()}
        counted |= {arm: plain * value for arm, value in bigrams.items()}
        written = made({"mass": {**mass, **bigrams}, "counted": counted}, noise=noise)
        losses = made({"nats": {"network": nats, "bigrams": 2.4}})
        return RowEvidence([*written.rows, *losses.rows])

    return (
        Control("as much as its bigrams say", rows(), "holds"),
        Control("half as much", rows(0.5), "refuted"),
        Control("three times as much", rows(3.0), "refuted"),
        Control("lost in noise", rows(noise=0.5), "inconclusive"),
        Control("bigrams are not calibrated", rows(plain=1.5), "not testable here"),
        Control("a network that knows no more", rows(nats=2.4), "not testable here"),
        Control("no network", made({"mass": dict.fromkeys(DECODERS, 0.2)}), "not testable here"),
    )


CLAIM = Claim(
    title="R speaks of decoders with a memory too",
    sentence="What R says of bigram decoders explains the repetitions of other text generators.",
    source=SOURCE + "; paraphrased",
    decision_rule="R is of the bigrams in the texts that recurrent networks write with each"
    " decoder. The number is the calibration slope of the counted events on R over networks (a line"
    " through 0 with errors that grow with R: the mean ratio), of each decoder; see"
    " repetition-mass-is-calibrated. Holds when by two one-sided tests at 5% it is within"
    f" 1 ± {MARGIN:g} for every decoder; refuted when it is surely outside for one (5% shared by"
    " all); inconclusive otherwise. Not testable where texts of the bigrams of the training text,"
    " the control, are surely not calibrated, or where the network predicts other text no better"
    " than they.",
    evidence=of_parts("network, *", metrics=("mass", "counted", "nats")),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    article=8128,
    version="2",
)
