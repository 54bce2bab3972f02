"""C3: FlatNCE is flat in batch size."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import (
    ACCURACY,
    FACTOR,
    FLATNCE,
    MARGIN,
    SCOPE_IN_WORDS,
    combined,
    sweep_of,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare each batch with the largest, intervals widened for how many they are."""
    sweep = sweep_of(evidence)
    sweep.small(FLATNCE)
    *others, largest = sweep.batches(FLATNCE)
    if not others or largest < FACTOR * others[0]:
        raise NotTestable("batch sizes too near each other to call anything flat")
    off = {
        batch: combined([(sweep.points[FLATNCE, batch], 1), (sweep.points[FLATNCE, largest], -1)])
        for batch in others
    }
    sweep.require_trained(*((FLATNCE, batch) for batch in (*others, largest)))
    worst = max(off.values(), key=lambda one: abs(one.estimate))
    rulings = [rules.equal(one, 0.0, MARGIN, look=evidence.look) for one in off.values()]
    # All must be inside; that one of several is outside must be surer for it (Bonferroni).
    outside = [len(others) * ruling.p_value for ruling in rulings if ruling.word == "refuted"]
    verdict: Word = "inconclusive"
    p_value = max(ruling.p_value for ruling in rulings)
    if outside and min(outside) <= rules.ALPHA:
        verdict, p_value = "refuted", min(outside)
    elif all(ruling.word == "holds" for ruling in rulings):
        verdict = "holds"
    said = ", ".join(f"{one} at batch {batch}" for batch, one in off.items())
    return decided(
        worst,
        verdict,
        f"FlatNCE float32 beside its batch {largest}: {said}; {worst.n} seeds; {sweep.scope()}",
        threshold=MARGIN,
        p_value=p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Equal at every batch, better or worse at one, and noise."""

    def made(at_four: float, noise: float = 0.3) -> RowEvidence:
        cells = {(FLATNCE, 4): at_four, (FLATNCE, 16): 78.0, (FLATNCE, 256): 78.0}
        return accuracies(cells, noise=noise)

    return (
        Control("equal", made(78.0), "holds"),
        Control("five points better when small", made(83.0), "refuted"),
        Control("five points worse when small", made(73.0), "refuted"),
        Control("equal, in much noise", made(78.0, noise=3.0), "inconclusive"),
        Control("one point", made(79.0), "inconclusive"),
        Control("one batch size", accuracies({(FLATNCE, 4): 78.0}), "not testable here"),
    )


CLAIM = Claim(
    title="FlatNCE is flat in batch size",
    sentence="With FlatNCE the result hardly depends on the batch size.",
    source="Su Jianlin, kexue.fm/archives/8586 (2021-07-26), on the figures of Chen et al. 2021,"
    " arXiv:2107.01152; paraphrased",
    article=8586,
    decision_rule="Every batch size is compared with the largest, at equal samples seen; the"
    " number is the largest of these differences. Holds when two one-sided tests at 5% find each"
    f" within {MARGIN:g} point of 0, refuted when a test finds one beyond (at 5% over the number"
    " of batch sizes, Bonferroni), inconclusive otherwise. Better at small batches is not flat"
    " either." + SCOPE_IN_WORDS,
    evidence=ACCURACY,
    judge=judge,
    controls=controls,
    level="small",
    version="2",
)
