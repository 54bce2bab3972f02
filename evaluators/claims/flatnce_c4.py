"""C4: the article's own other reading: FlatNCE goes on where InfoNCE has separated."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import (
    ACCURACY,
    DCL,
    FLATNCE,
    FLATNCE_64,
    INFONCE,
    INFONCE_64,
    SCOPE_IN_WORDS,
    gain,
    sweep_of,
)


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether the weight alone brings more, or less, than half of the gain."""
    sweep = sweep_of(evidence)
    small = sweep.small(INFONCE, FLATNCE)
    whole = gain(sweep, small)
    exact = sweep.sum(small, {FLATNCE_64: 1, INFONCE_64: -1})
    decoupled = sweep.sum(small, {DCL: 1, INFONCE: -1})
    parts = (
        sweep.sum(small, {FLATNCE_64: 1, INFONCE_64: -1, FLATNCE: -0.5, INFONCE: 0.5}),
        sweep.sum(small, {DCL: 1, INFONCE: -0.5, FLATNCE: -0.5}),
    )
    rulings = [rules.side(part, look=evidence.look) for part in parts]
    words = {ruling.word for ruling in rulings}
    found = min(parts, key=lambda part: part.estimate)
    return decided(
        found,
        "holds" if words == {"holds"} else "refuted" if "refuted" in words else "inconclusive",
        f"at batch {small} FlatNCE adds {whole} to InfoNCE in float32, {exact} with both in"
        f" float64, where nothing cancels; DCL, the same gradient with another value, adds"
        f" {decoupled}; {found.n} seeds; {sweep.scope()}",
        # Both must be above 0; one below is enough, and `side` spends 2.5% on each.
        p_value=max(ruling.p_value for ruling in rulings)
        if words == {"holds"}
        else min(ruling.p_value for ruling in rulings if ruling.word != "holds"),
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain that stays in float64 and with DCL, one that goes, one that half goes."""

    def made(gained: float, exact: float, dcl: float, noise: float = 0.3) -> RowEvidence:
        base = 78.0
        return accuracies(
            {
                (INFONCE, 4): base,
                (FLATNCE, 4): base + gained,
                (INFONCE_64, 4): base,
                (FLATNCE_64, 4): base + exact,
                (DCL, 4): base + dcl,
            },
            noise=noise,
        )

    return (
        Control("the gain stays", made(5.0, 5.0, 5.0), "holds"),
        Control("gone in float64", made(5.0, 0.0, 5.0), "refuted"),
        Control("not with DCL", made(5.0, 5.0, 0.0), "refuted"),
        Control("half of it stays", made(5.0, 2.5, 5.0), "inconclusive"),
        Control("there is no gain", made(0.0, 0.0, 0.0), "not testable here"),
        Control(
            "float64 was not trained",
            accuracies({(INFONCE, 4): 78.0, (FLATNCE, 4): 83.0}),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="FlatNCE gains because it does not stop after separation",
    sentence="FlatNCE may rather gain because it goes on optimising after the positive is"
    " separated, where InfoNCE's weight 1 − p has vanished.",
    source="Su Jianlin, kexue.fm/archives/8586 (2021-07-26), last section; the same factor is DCL's"
    " (arXiv:2110.06848); paraphrased",
    article=8586,
    decision_rule="If the weight is what helps, the gain must stay where nothing cancels (both in"
    " float64) and with DCL, which has FlatNCE's gradient without its ξ / ξ. The number is the"
    " smaller of these two gains, each less half of FlatNCE's gain in float32 at the smallest"
    " batch. Holds when both intervals lie above 0, refuted when one lies below, inconclusive"
    " otherwise; not testable where FlatNCE has no sure gain." + SCOPE_IN_WORDS,
    evidence=ACCURACY,
    judge=judge,
    controls=controls,
    level="small",
    version="2",
)
