"""Only gradient descent keeps SimSiam from collapsing: a Newton-like optimiser does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.collapse import (
    IN_WORDS,
    NEIGHBOURS,
    NO_STOP,
    SIMSIAM,
    collapse_rows,
    in_words,
    made_up_spreads,
    numbers,
    state,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether SimSiam collapses under the optimiser, whatever the predictor's speed."""
    found, without = numbers(evidence, SIMSIAM), numbers(evidence, NO_STOP)
    if not any(state(each) == "collapsed" for each in without.values()):
        raise NotTestable(
            f"without stop-gradient the features are spread by {_by_speed(without)}: they must"
            " collapse, or this optimiser trains too little to tell"
        )
    states = {speed: state(each, evidence.look, len(found)) for speed, each in found.items()}
    verdict: Word = "inconclusive"
    if any(each == "spread" for each in states.values()):
        verdict = "refuted"
    elif all(each == "collapsed" for each in states.values()):
        verdict = "holds"
    best = max(found, key=lambda speed: found[speed].estimate)
    right = {SIMSIAM: numbers(evidence, SIMSIAM, NEIGHBOURS)[best]}
    return decided(
        found[best],
        verdict,
        f"collapse number of SimSiam by the predictor's speed: {_by_speed(found)}; without"
        f" stop-gradient {_by_speed(without)}; accuracy of five neighbours at {best:g}:"
        f" {in_words(right)}; {found[best].n} seeds",
    )


def _by_speed(found: Mapping[float, Interval]) -> str:
    return ", ".join(f"{each.estimate:.3f} at {speed:g}" for speed, each in found.items())


def controls() -> Sequence[Control[RowEvidence]]:
    """A collapse at every speed, none at one, half a collapse, and an optimiser that is idle."""

    def made(simsiam: Sequence[float], without: float = 0.02) -> RowEvidence:
        speeds = (0.1, 1.0, 10.0)
        arms = {
            SIMSIAM: dict(zip(speeds, simsiam, strict=True)),
            NO_STOP: dict.fromkeys(speeds, without),
        }
        return RowEvidence(made_up_spreads(arms, optimiser="Newton-like"))

    return (
        Control("it collapses", made((0.02, 0.03, 0.04)), "holds"),
        Control("none at one speed", made((0.02, 0.3, 0.9)), "refuted"),
        Control("half a collapse", made((0.02, 0.3, 0.3)), "inconclusive"),
        Control("nothing collapses", made((0.9, 0.9, 0.9), 0.9), "not testable here"),
    )


CLAIM = Claim(
    title="only gradient descent keeps SimSiam from collapsing",
    sentence="That SimSiam does not collapse is owed to optimisers that follow the gradient;"
    " others, such as Newton's method, would collapse.",
    source="Su Jianlin, kexue.fm/archives/7980 (2020-12-11); paraphrased",
    decision_rule="The number is the largest collapse number of SimSiam over the predictor's speeds"
    " under a Newton-like optimiser: Gauss-Newton steps with Kronecker factors (K-FAC), as long as"
    " Adam's. Holds when SimSiam has collapsed at every speed, refuted when it is spread out at"
    " one (the speeds share the 5%), inconclusive otherwise. Not testable where it does not"
    " collapse without stop-gradient either, the control." + IN_WORDS,
    evidence=collapse_rows("Newton-like"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    article=7980,
)
