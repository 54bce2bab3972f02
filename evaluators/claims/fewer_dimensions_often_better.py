"""Whitened vectors are often better with fewer dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.whitening import (
    CHOSEN_WITH_ALL,
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

PUBLISHED = 0.79
"""Points: 256 or 384 dimensions less all, mean of 56 cells: 4 models, 2 fits, 7 tasks."""

MARGIN = 0.39


def judge(evidence: RowEvidence) -> Finding:
    """Compare whitened vectors at a chosen k with all their dimensions."""
    kinds = {str(row["vectors"]) for row in evidence.rows}
    rows = deciding_rows(evidence, "tuned" if kinds == {"tuned"} else "untuned")
    validate_controls(evidence, CHOSEN_WITH_ALL, ties=("isotropic",))
    found = change(rows, CHOSEN_WITH_ALL)
    return decide(
        evidence,
        rows,
        found,
        f"at the chosen k − at all k: {found} points, {beside(evidence, rows, CHOSEN_WITH_ALL)}",
        margin=MARGIN,
        effect=PUBLISHED,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none as all k were chosen, a loss; no k chosen; a world whose control fails."""

    def world(untuned: float, isotropic: float = 0.0) -> RowEvidence:
        by_kind = {"untuned": untuned, "isotropic": isotropic}
        changes = {f"made-up {kind}": {"other": points} for kind, points in by_kind.items()}
        return made_up(changes, n=7, error=0.1)

    return (
        Control("two points", made_up({"untuned": {"NLI": 2.0, "target": 1.0}}), "holds"),
        Control("two points, tuned", made_up({"tuned": {"NLI": 2.0}}), "holds"),
        Control("all k chosen", made_up({"untuned": {"NLI": 0.0}}, error=0.0), "refuted"),
        Control("a loss", made_up({"untuned": {"NLI": -2.0}}), "refuted"),
        Control("much noise", made_up({"untuned": {"NLI": 1.0}}, error=2.0), "inconclusive"),
        Control(
            "no k chosen",
            made_up({"untuned": {"NLI": 2.0}}, compared=("all k",)),
            "not testable here",
        ),
        Control("random weights", made_up({"untrained": {"NLI": 2.0}}), "not testable here"),
        Control("a made-up world", world(10.0), "holds"),
        Control("a world without gain", world(0.0), "refuted"),
        Control("isotropic ones gain", world(10.0, isotropic=3.0), "not testable here"),
    )


CLAIM = Claim(
    title="fewer dimensions are often better",
    sentence="Keeping fewer dimensions of whitened vectors, 256 of base and 384 of large models,"
    " often raises Spearman further.",
    source="Su, Cao, Liu, Ou 2021, arXiv:2103.15316, tables 1 and 2; paraphrased",
    article=8321,
    decision_rule="The number is Spearman of whitened vectors at k dimensions less that at all of"
    " them, in points, paired by pair (bootstrap, wider where pairs share sentences) or by seed. k"
    " is chosen on pairs that are not scored. Often means on average: over settings the mean must"
    " be a gain."
    + WHICH_FIT
    + WHICH_VECTORS
    + " In the made-up world, isotropic vectors must not gain."
    + gain_rule(MARGIN),
    evidence=rows_of("untuned", "tuned", "untrained", "unknown"),
    judge=judge,
    controls=controls,
    average=MARGIN,
)
