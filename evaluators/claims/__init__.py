"""What do papers and articles claim, and by which rule is it decided? One file a claim.

A file here is found by its name (`averaging_c3.py` is the claim `averaging-c3`) and says `CLAIM`,
a `Claim`: sentence, source, decision rule in words, what evidence it is judged on, and two pure
functions: `judge`, from one piece of evidence to a `Finding`, and `controls`, made-up evidence on
which the verdict is known and comes out both ways.

from evaluators.claims import BoardEvidence, find
find("averaging-c3").decide(BoardEvidence(board, treatment)).verdict
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evaluators import discovery
from evaluators.claims.judging.claim import (
    OPEN,
    VERDICTS,
    Boards,
    Claim,
    Control,
    Finding,
    Home,
    NotTestable,
    RowsOf,
    Verdict,
)
from evaluators.claims.judging.evidence import BoardEvidence, RowEvidence

__all__ = [
    "OPEN",
    "VERDICTS",
    "BoardEvidence",
    "Boards",
    "Claim",
    "Control",
    "Finding",
    "Home",
    "NotTestable",
    "RowEvidence",
    "RowsOf",
    "Verdict",
    "find",
    "names",
]


def names() -> tuple[str, ...]:
    """Return the id of every claim, sorted."""
    return discovery.names(__name__)


def find(name: str) -> Claim[Any]:
    """Import one claim by its id.

    Raises:
        UnknownNameError: No file of that name, with the nearest one.
    """
    return replace(discovery.find(__name__, "claim", name).CLAIM, name=name)
