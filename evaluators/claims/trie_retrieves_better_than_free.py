"""Decoding inside a prefix tree answers more questions than free decoding of the same network."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in, mean
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.tries import (
    ANSWERED,
    ARTICLE,
    EM,
    FREE,
    FRESH,
    MARGIN,
    SHUFFLED,
    SOURCE,
    TRIE,
    UNITS,
    answered,
    mcnemar_in_words,
    paired_gain,
    require_shuffled_loses,
)


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the tree adds to the exact matches."""
    require_shuffled_loses(evidence)
    found = paired_gain(evidence, TRIE, FREE)
    means = ", ".join(f"{arm} {mean(evidence, EM, arm):.1f}" for arm in (FREE, TRIE, SHUFFLED))
    f1 = (
        f"; F1 inside the tree {mean(evidence, 'f1', TRIE):.1f}"
        if TRIE in arms_in(evidence, "f1")
        else ""
    )
    said = f"{found} points of EM ({means}{f1})"
    return gained(
        found,
        f"{said}; {mcnemar_in_words(evidence, TRIE)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Twenty points, none, fewer, much noise, shuffled objects that cost nothing, no end yet."""

    def made(
        trie: float, shuffled: float = 1.0, noise: float = 0.3, late: float = 0.0
    ) -> RowEvidence:
        means = {FREE: 50.0, TRIE: trie, SHUFFLED: shuffled}
        return answered(means, noise=noise, late=late, questions=5000)

    return (
        Control("twenty points", made(70.0), "holds"),
        Control("level", made(50.0), "refuted"),
        Control("five points fewer", made(45.0), "refuted"),
        Control("two points in much noise", made(52.0, noise=5.0), "inconclusive"),
        Control("shuffled objects are as good", made(70.0, shuffled=70.0), "not testable here"),
        Control("still improving", made(70.0, late=0.1), "not testable here"),
    )


CLAIM = Claim(
    title="a prefix tree retrieves better than free decoding",
    sentence="A seq2seq network that decodes inside a prefix tree of the graph answers more"
    " questions right than the same network decoding freely.",
    source=SOURCE,
    article=ARTICLE,
    decision_rule="The number is EM inside the tree less EM of free decoding, in points, of the"
    " same network and beams," + UNITS + " An illegal answer is wrong." + gain_rule(MARGIN) + " Not"
    f" testable either where shuffling the objects of the graph does not surely cost {MARGIN:g}"
    " point.",
    evidence=ANSWERED,
    judge=judge,
    controls=controls,
    level="small",
    fresh=FRESH,
)
