"""Made-up boards, on which verdicts are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.claims.judging.evidence import BoardEvidence


def made_up(
    values: Sequence[Sequence[float] | NDArray[np.float64]] | NDArray[np.float64],
    *,
    human: int | None = None,
    name: str = "made-up",
    treatment: str = "per-task",
    diagnostics: int = 0,
) -> BoardEvidence:
    """Return a board of these scores under a treatment.

    Args:
        values: Models × tasks, in per cent.
        human: Which row is the human one.
        name: Name of the board.
        treatment: Name of the treatment.
        diagnostics: How many of the last columns are diagnostic.
    """
    x = np.asarray(values, dtype=np.float64)
    n, c = x.shape
    board = Board(
        name=name,
        snapshot="made-up",
        models=tuple("human" if i == human else f"model {i}" for i in range(n)),
        columns=tuple(
            Column(f"task {j}", f"task {j}", role="diagnostic" if j >= c - diagnostics else "main")
            for j in range(c)
        ),
        values=x,
        is_human=tuple(i == human for i in range(n)),
    )
    return BoardEvidence(board, TREATMENTS[treatment])
