"""What claims read off gradients that were put together from chunks."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence

EXACT = 1e-6
"""A relative error up to this is rounding, in float32."""

WRONG = 0.01
"""A relative error from this on is another gradient."""

CHUNKS = RowsOf("gradient_accumulation", by=("batch", "chunk", "temperature"))


def errors(evidence: RowEvidence, way: str) -> list[float]:
    """Return the relative errors of one way, one a seed.

    Raises:
        NotTestable: It was not measured.
    """
    found = [row["relative_error"] for row in evidence.rows if row["way"] == way]
    if not found:
        raise NotTestable(f"gradients put together the way {way!r} were not measured")
    return found


def cosine(evidence: RowEvidence, way: str) -> float:
    """Return the mean cosine of one way with the whole batch's gradient."""
    found = [row["cosine"] for row in evidence.rows if row["way"] == way]
    return float(sum(found) / len(found))


def span(values: Sequence[float]) -> str:
    """Return smallest and largest in words."""
    return f"{min(values):.2g} to {max(values):.2g}"
