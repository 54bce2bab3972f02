"""Whitening helps the vectors of a model that was not tuned to compare sentences."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.whitening import (
    ALL,
    CHOSEN,
    MARGIN,
    WHICH_FIT,
    WHICH_VECTORS,
    beside,
    change,
    decide,
    deciding_rows,
    made_up,
    rows_of,
    validate_controls,
)

PUBLISHED = 3.35
"""Points: BERT-base, fitted on NLI: the smallest gain of STS-B and STS12-16; SICK-R loses."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare whitened vectors with raw ones, pair by pair or seed by seed."""
    rows = deciding_rows(evidence, "untuned")
    validate_controls(evidence, CHOSEN, ALL, ties=("isotropic", "tuned"))
    found = change(rows, CHOSEN, ALL)
    return decide(
        evidence,
        rows,
        found,
        f"whitened − raw: {found} points, {beside(evidence, rows, CHOSEN, ALL)}",
        margin=MARGIN,
        effect=PUBLISHED,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss; fits that do not count; a world whose own controls fail."""

    def world(untuned: float, tuned: float = -3.0, isotropic: float = 0.0) -> RowEvidence:
        by_kind = {"untuned": untuned, "tuned": tuned, "isotropic": isotropic}
        return made_up(
            {f"made-up {kind}": {"other": points} for kind, points in by_kind.items()}, n=7
        )

    two = {"STSBenchmark": 3.0, "target": 12.0}
    return (
        Control("three points", made_up({"untuned": two}), "holds"),
        Control("none", made_up({"untuned": {"STSBenchmark": 0.0}}), "refuted"),
        Control("a loss", made_up({"untuned": {"STSBenchmark": -3.0}}), "refuted"),
        Control(
            "a gain on the scored sentences alone, none with others",
            made_up({"untuned": {"STSBenchmark": 0.0, "target": 12.0}}),
            "refuted",
        ),
        Control("much noise", made_up({"untuned": {"NLI": 3.0}}, error=3.0), "inconclusive"),
        Control("transductive", made_up({"untuned": {"target": 12.0}}), "not testable here"),
        Control("nobody knows", made_up({"unknown": {"NLI": 12.0}}), "not testable here"),
        Control("random weights", made_up({"untrained": {"NLI": 12.0}}), "not testable here"),
        Control("a made-up world", world(30.0), "holds"),
        Control("a world without gain", world(0.0), "refuted"),
        Control("tuned vectors gain too", world(30.0, tuned=3.0), "not testable here"),
        Control("isotropic ones gain too", world(30.0, isotropic=3.0), "not testable here"),
    )


CLAIM = Claim(
    title="whitening helps untuned vectors",
    sentence="Whitening the sentence vectors of a BERT that was not tuned to compare sentences, fit"
    " without labels, raises Spearman on STS tasks to where BERT-flow is.",
    source="Su, Cao, Liu, Ou 2021, arXiv:2103.15316, and kexue.fm/archives/8069; paraphrased",
    article=8321,
    decision_rule="The number is Spearman of whitened less that of raw vectors in points, paired by"
    " pair (bootstrap, wider where pairs share sentences) or by seed, at the k that was chosen on"
    " other pairs where one was, else on all dimensions."
    + WHICH_FIT
    + WHICH_VECTORS
    + " In the made-up world, tuned and isotropic vectors must not gain."
    + gain_rule(MARGIN),
    evidence=rows_of("untuned", "untrained", "unknown"),
    judge=judge,
    controls=controls,
)
