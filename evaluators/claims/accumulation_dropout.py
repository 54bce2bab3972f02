"""With dropout the cached gradient is wrong unless the random state is replayed."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import chunks
from evaluators.claims.judging.sweep import CHUNKS, EXACT, WRONG, errors, span
from evaluators.statistics import mean_interval

FRESH, REPLAYED = "cached, dropout not replayed", "cached, dropout"


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far off fresh masks in the second pass are, and whether replaying mends it."""
    fresh, replayed = errors(evidence, FRESH), errors(evidence, REPLAYED)
    if len(fresh) < 2:
        raise NotTestable("one seed: an interval needs two")
    mean = mean_interval(fresh)
    verdict: Word = "inconclusive"
    if mean.low is not None and mean.low > WRONG and max(replayed) <= EXACT:
        verdict = "holds"
    detail = (
        f"relative error {span(fresh)} with new masks in the second pass, {span(replayed)} with"
        f" those of the first; {mean.n} seeds; a small network on random images"
    )
    if max(fresh) <= EXACT or max(replayed) > WRONG:
        number, against = (max(fresh), EXACT) if max(fresh) <= EXACT else (max(replayed), WRONG)
        return Finding("refuted", detail, number, threshold=against, rests_on=f"{mean.n} seeds")
    return decided(mean, verdict, detail, threshold=WRONG)


def controls() -> Sequence[Control[RowEvidence]]:
    """Wrong and mended by replaying, never wrong, wrong all the same."""

    def made(fresh: tuple[float, ...], replayed: tuple[float, ...]) -> RowEvidence:
        return chunks({FRESH: fresh, REPLAYED: replayed})

    return (
        Control("mended by replaying", made((0.5, 0.6, 0.5), (1e-7, 1e-7, 1e-7)), "holds"),
        Control("never wrong", made((1e-7, 1e-7), (1e-7, 1e-7)), "refuted"),
        Control("wrong all the same", made((0.5, 0.6), (0.5, 0.5)), "refuted"),
        Control("nearly mended", made((0.5, 0.6, 0.5), (1e-4, 1e-7)), "inconclusive"),
        Control("one seed", made((0.5,), (1e-7,)), "not testable here"),
    )


CLAIM = Claim(
    title="with dropout, caching must replay the random state",
    sentence="The two-pass way cannot be used where dropout makes the views, as the second pass"
    " draws other masks; replaying the random state mends that.",
    source="Su Jianlin, kexue.fm/archives/8471 (2021-06-17), on SimCSE; GradCache's RandContext;"
    " paraphrased",
    article=8471,
    decision_rule="The number is |gradient − whole| / |whole| with new masks in the second pass."
    f" Holds when the interval of its mean lies above {WRONG:g} and replaying makes it"
    f" {EXACT:g} or less with every seed; refuted when it is {EXACT:g} or less by itself, or"
    f" replaying leaves more than {WRONG:g}; inconclusive otherwise.",
    evidence=CHUNKS,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    version="2",
)
