"""What a measurement needs, and what it gives: one row of the table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from benchmarks.training_step import DTYPES, matrix_product


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
        peak_bytes: Largest memory on the device; None where it is not known.
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

    def as_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


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

    @cached_property
    def _ceilings(self) -> dict[str, float]:
        return {}

    def ceiling(self, dtype: str) -> float:
        """Return operations a second of a large matrix product in this number format."""
        if dtype not in self._ceilings:
            n, repeats = (256, 3) if self.toy else (8192, 20)
            rounds = [matrix_product(n, DTYPES[dtype], self.device, repeats) for _ in range(4)]
            self._ceilings[dtype] = max(rounds)
        return self._ceilings[dtype]

    def reset_peak(self) -> None:
        """Forget the largest memory so far."""
        if self.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak(self) -> int | None:
        """Return the largest memory in bytes since `reset_peak`; None on a CPU."""
        if not self.device.startswith("cuda"):
            return None
        return int(torch.cuda.max_memory_allocated(self.device))
