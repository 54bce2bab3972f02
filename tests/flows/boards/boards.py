"""Boards made up for a test."""

import numpy as np

from evaluators.averaging import Board, Column


def made_up(values, **more) -> Board:
    """Return a board of n models m0, m1 … × c tasks t0, t1 …"""
    n, c = np.shape(values)
    return Board(
        name="made-up",
        snapshot="2000",
        models=more.pop("models", tuple(f"m{i}" for i in range(n))),
        columns=tuple(Column(f"t{j}", f"t{j}") for j in range(c)),
        values=np.asarray(values, dtype=float),
        **more,
    )
