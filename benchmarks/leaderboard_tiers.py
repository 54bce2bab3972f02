"""Tiers of a board of MTEB's size, against one matrix of pairs for each sign flip."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row
from evaluators.averaging.stability.tiers import told_apart

MODELS, TASKS, FLIPS = 308, 41, 10_000
PLAIN_FLIPS = 200  # of the plain loop, whose time is then multiplied


def run(rounds: int) -> Iterator[Row]:
    """Yield the seconds of 10,000 flips, and the ratio to a plain loop over the same flips."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(MODELS, TASKS)) + rng.normal(size=(MODELS, 1))
    signs = rng.choice((-1.0, 1.0), (TASKS, FLIPS))
    ours = plain = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        told_apart(scores, signs, 0.95)
        ours = min(ours, time.perf_counter() - started)
        started = time.perf_counter()
        _plain(scores, signs[:, :PLAIN_FLIPS])
        plain = min(plain, (time.perf_counter() - started) * FLIPS / PLAIN_FLIPS)
    note = f"plain loop of one step {plain:.0f} s; ours does all steps"
    side = f"{MODELS} × {TASKS}, {FLIPS:,} flips, numpy"
    yield Row("tiers", side, ours, ours / plain, -0.5, note)


def _plain(scores: NDArray[np.float64], signs: NDArray[np.float64]) -> list[float]:
    centred = scores - scores.mean(axis=1, keepdims=True)
    largest = []
    for flip in signs.T:
        flipped = centred * flip
        means, covariance = flipped.mean(axis=1), np.cov(flipped)
        own = np.diag(covariance)
        variance = own[:, None] + own - 2 * covariance
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(means[:, None] - means) / np.sqrt(variance / scores.shape[1])
        largest.append(float(np.nanmax(np.where(variance > 0, t, np.nan))))
    return largest
