"""Rows of the store as frozen dataclasses; columns are described in `db.tables`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from db.errors import StoreError
from db.plain import digest

Json = Mapping[str, Any] | str
"""A mapping of plain values, or JSON text."""


@dataclass(frozen=True)
class SystemRow:
    """An environment; `system_id` is the digest its maker gave it."""

    system_id: str
    libraries: Json = field(default_factory=dict)
    machine: Json = field(default_factory=dict)
    accelerators: Json = field(default_factory=dict)
    host: str | None = None


@dataclass(frozen=True)
class CheckpointRow:
    """Weights under one name, from one source."""

    checkpoint_digest: str
    name: str
    source: str
    requested_revision: str | None = None
    resolved_revision: str | None = None
    weights_sha256: str | None = None
    bytes: int | None = None
    fallback_used: bool = False

    @property
    def checkpoint_id(self) -> str:
        """Digest of this row's content."""
        return digest(asdict(self))


@dataclass(frozen=True)
class DatasetRow:
    """One split of one task."""

    dataset_digest: str
    task: str
    language: str | None = None
    hub_id: str | None = None
    revision: str | None = None
    config: str | None = None
    split: str | None = None
    source: str | None = None
    row_count: int | None = None
    licence: str | None = None
    citation: str | None = None

    @property
    def dataset_id(self) -> str:
        """Digest of this row's content."""
        return digest(asdict(self))


@dataclass(frozen=True)
class RunRow:
    """One attempt at a job. Moments carry their time zone; `status` is finished or failed.

    `system_id` and `checkpoint_id` may stay None where `record` is handed those rows.
    """

    run_id: str
    job_key: str
    night_id: str
    evaluator: str
    evaluator_version: str
    task: str
    checkpoint_digest: str
    dataset_digest: str
    parameters: Json
    seed: int
    dtype: str
    status: str
    started_at: datetime
    finished_at: datetime
    seconds: float
    generation: int = 0
    system_id: str | None = None
    checkpoint_id: str | None = None
    environment: str | None = None
    code_commit: str | None = None
    code_dirty: bool | None = None
    prefect_flow_run_id: str | None = None
    device: str | None = None
    cost: Json | None = None
    error_type: str | None = None
    error_text: str | None = None
    is_canary: bool = False

    def __post_init__(self) -> None:
        if self.status not in ("finished", "failed"):
            raise StoreError(f"status {self.status!r} of run {self.run_id} is not one of ours")


@dataclass(frozen=True)
class ScoreRow:
    """One number of a run; any object with these attributes will do."""

    metric: str
    value: float
    n: int
    variant: Json = field(default_factory=dict)
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True)
class CurveRow:
    """A metric along a whole axis; any object with these attributes will do."""

    metric: str
    axis: str
    start: int
    values: tuple[float, ...]
    variant: Json = field(default_factory=dict)


def finite(what: str, *numbers: float | None) -> None:
    """Raise if a number is NaN or infinite: such a value is an error, never a score.

    Raises:
        StoreError: Naming what it is.
    """
    for number in numbers:
        if number is not None and not math.isfinite(number):
            raise StoreError(f"{what} is {number}: only finite numbers are kept")
