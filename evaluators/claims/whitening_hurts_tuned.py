"""Whitening hurts vectors that were tuned with a loss of their cosine."""

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
from evaluators.statistics import Interval

PUBLISHED = 14.86
"""Points SimBERT loses on ATEC; BQ 16.76, LCQMC 1.18, STS-B 0.77, and on PAWSX it gains 3.39."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare raw vectors with whitened ones, pair by pair or seed by seed."""
    rows = deciding_rows(evidence, "tuned")
    validate_controls(evidence, CHOSEN, ALL, ties=("isotropic",), gains=("untuned",))
    gain = change(rows, CHOSEN, ALL)
    low, high = gain.ends
    loss = Interval(-gain.estimate, -high, -low, gain.n, gain.freedom)
    return decide(
        evidence,
        rows,
        loss,
        f"whitened − raw: {gain} points, {beside(evidence, rows, CHOSEN, ALL)}",
        margin=MARGIN,
        effect=PUBLISHED,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A loss, none, a gain; another pooling; a world that shows no gain where there must be one."""

    def world(tuned: float, untuned: float = 30.0, isotropic: float = 0.0) -> RowEvidence:
        by_kind = {"untuned": untuned, "tuned": tuned, "isotropic": isotropic}
        return made_up(
            {f"made-up {kind}": {"other": points} for kind, points in by_kind.items()}, n=7
        )

    loss = {"tuned": {"STSBenchmark": -5.0, "target": 0.0}}
    return (
        Control("five points", made_up(loss), "holds"),
        Control("none", made_up({"tuned": {"STSBenchmark": 0.0}}), "refuted"),
        Control("a gain", made_up({"tuned": {"STSBenchmark": 5.0}}), "refuted"),
        Control("much noise", made_up({"tuned": {"NLI": -3.0}}, error=3.0), "inconclusive"),
        Control("another pooling", made_up(loss, setting="cls"), "not testable here"),
        Control("untuned", made_up({"untuned": {"NLI": -5.0}}), "not testable here"),
        Control("a made-up world", world(-6.0), "holds"),
        Control("a world without loss", world(0.0), "refuted"),
        Control("a world without gain", world(-6.0, untuned=0.0), "not testable here"),
        Control("isotropic ones gain", world(-6.0, isotropic=3.0), "not testable here"),
    )


CLAIM = Claim(
    title="whitening hurts tuned vectors",
    sentence="Whitening lowers Spearman of vectors that were already tuned with a loss of their"
    " cosine, as SimBERT's were.",
    source="Su Jianlin, kexue.fm/archives/8321 (2021-04-11), of SimBERT on ATEC, BQ, LCQMC and"
    " STS-B; paraphrased. Its paper has gains for Sentence-BERT tuned on NLI by classification.",
    article=8321,
    decision_rule="The number is Spearman of raw less that of whitened vectors in points, a loss,"
    " paired by pair (bootstrap, wider where pairs share sentences) or by seed, at the k that was"
    " chosen on other pairs where one was, else on all dimensions."
    + WHICH_FIT
    + WHICH_VECTORS
    + " In the made-up world, isotropic vectors must not gain, and untuned ones must."
    + gain_rule(MARGIN),
    evidence=rows_of("tuned"),
    judge=judge,
    controls=controls,
    level="small",
)
