"""Stop-gradient and predictor prevent SimSiam's collapse; without either it collapses."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.collapse import (
    IN_WORDS,
    NEIGHBOURS,
    NO_PREDICTOR,
    NO_STOP,
    SIMSIAM,
    collapse_rows,
    in_words,
    made_up_spreads,
    numbers,
    state,
)
from evaluators.claims.judging.evidence import RowEvidence

WITHOUT = (NO_STOP, NO_PREDICTOR)
AT = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the state of all three at equal learning rates."""
    found = {}
    for arm in (SIMSIAM, *WITHOUT):
        by_speed = numbers(evidence, arm)
        if AT not in by_speed:
            raise NotTestable(f"{arm} was not trained with a predictor of speed {AT:g}")
        found[arm] = by_speed[AT]
    states = {arm: state(each, evidence.look) for arm, each in found.items()}
    verdict: Word = "inconclusive"
    if states[SIMSIAM] == "collapsed" or any(states[arm] == "spread" for arm in WITHOUT):
        verdict = "refuted"
    elif states[SIMSIAM] == "spread" and all(states[arm] == "collapsed" for arm in WITHOUT):
        verdict = "holds"
    right = {arm: numbers(evidence, arm, NEIGHBOURS)[AT] for arm in found}
    return decided(
        found[SIMSIAM],
        verdict,
        f"collapse number: {in_words(found)}; accuracy of five neighbours: {in_words(right)};"
        f" {found[SIMSIAM].n} seeds",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """As claimed, SimSiam collapsed, another that does not collapse, and all half-way."""

    def made(simsiam: float, stop: float, predictor: float, speed: float = AT) -> RowEvidence:
        values = {SIMSIAM: simsiam, NO_STOP: stop, NO_PREDICTOR: predictor}
        return RowEvidence(made_up_spreads({arm: {speed: x} for arm, x in values.items()}))

    return (
        Control("as claimed", made(0.9, 0.02, 0.02), "holds"),
        Control("SimSiam collapses", made(0.02, 0.02, 0.02), "refuted"),
        Control("no need of a predictor", made(0.9, 0.02, 0.9), "refuted"),
        Control("half-way", made(0.3, 0.02, 0.02), "inconclusive"),
        Control("another speed alone", made(0.9, 0.02, 0.02, 10.0), "not testable here"),
    )


CLAIM = Claim(
    title="SimSiam needs stop-gradient and predictor",
    sentence="Stop-gradient and predictor keep SimSiam from collapsing; without either it"
    " collapses.",
    source="Su Jianlin, kexue.fm/archives/7980 (2020-12-11), on Chen and He 2020, arXiv:2011.10566;"
    " paraphrased",
    decision_rule="The number is the collapse number of SimSiam where encoder and predictor have"
    " one learning rate, each optimiser by itself. Holds when SimSiam is spread out and has"
    " collapsed both without stop-gradient and without predictor. Refuted when SimSiam has"
    " collapsed, or is spread out without one of them; inconclusive otherwise." + IN_WORDS,
    evidence=collapse_rows("SGD", "Adam"),
    judge=judge,
    controls=controls,
    # The published networks normalise their hidden layers.
    at_home=lambda group: str(group.get("task")).endswith("normalised"),
    article=7980,
)
