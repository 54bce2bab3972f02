"""What a measurement needs, and what it gives: one row of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from benchmarks.training_step import DTYPES, matrix_product
from evaluators.simcse.training import watch_peak


@dataclass(frozen=True)
class Measured:
    """One side of one measurement.

    Attributes:
        work: What was done.
        side: Who did it.
        seconds: Wall-clock time.
        rate: Units a second.
        unit: What is counted: sentences, steps.
        operations: Operations a second of the matrix products; None where they are not counted.
        share: Those as a share of a plain matrix product in the same run and number format.
        target: The least share it should reach; None where there is none.
        peak_bytes: Largest memory of the device, or of the process on a CPU; None where it is not
            known.
        note: Anything else worth knowing.
    """

    work: str
    side: str
    seconds: float
    rate: float
    unit: str
    operations: float | None = None
    share: float | None = None
    target: float | None = None
    peak_bytes: int | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        """Whether the share is below its target."""
        return self.target is not None and self.share is not None and self.share < self.target


@dataclass(frozen=True)
class Bench:
    """Where measurements run, and how large they are.

    Attributes:
        device: torch's name of the device.
        toy: Whether sizes are those of a trial on a CPU, whose numbers mean nothing.
        folder: Where checkpoints are made.
    """

    device: str
    toy: bool
    folder: Path

    def ceiling(self, dtype: str) -> float:
        """Return operations a second of a large matrix product in this number format."""
        return _ceiling(self.device, dtype, self.toy)

    def watch_peak(self) -> Callable[[], int | None]:
        """Return a function that returns the largest memory in bytes since now."""
        return watch_peak(torch.device(self.device))


@cache
def _ceiling(device: str, dtype: str, toy: bool) -> float:
    n, repeats = (256, 3) if toy else (8192, 20)
    return max(matrix_product(n, DTYPES[dtype], device, repeats) for _ in range(4))
