"""Rows of the store as frozen dataclasses; columns are described in `db.tables`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from db.errors import StoreError
from db.plain import digest

Json = Mapping[str, Any] | str
"""A mapping of plain values, or JSON text."""


@dataclass(frozen=True)
class SystemRow:
    """An environment; `system_id` is the digest of its content."""

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
class PromptChoiceRow:
    """What a plan's choice of a prompt stands for before the sentences of one task."""

    checkpoint_digest: str
    checkpoint: str
    task: str
    choice: str
    prompt: str


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
    sentence_count: int | None = None
    licence: str | None = None
    citation: str | None = None

    @property
    def dataset_id(self) -> str:
        """Digest of this row's content."""
        return digest(asdict(self))


@dataclass(frozen=True)
class RunRow:
    """One attempt at a job, with time zones; `status` is finished or failed.

    `system_id` and `checkpoint_id` may be None if `record` gets those rows.
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
            raise StoreError(
                f"status {self.status!r} of run {self.run_id} must be finished or failed"
            )


@dataclass(frozen=True)
class ScoreRow:
    """One number of a run; `record` accepts any object with these attributes."""

    metric: str
    value: float
    n: int
    variant: Json = field(default_factory=dict)
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True)
class CurveRow:
    """A metric along a whole axis; `record` accepts any object with these attributes."""

    metric: str
    axis: str
    start: int
    values: tuple[float, ...]
    variant: Json = field(default_factory=dict)


def finite(description: str, *numbers: float | None) -> None:
    """Validate that every number is finite.

    Raises:
        StoreError: If one is NaN or infinite; the message contains the description.
    """
    for number in numbers:
        if number is not None and not math.isfinite(number):
            raise StoreError(f"{description} must be a finite number, got {number}")


@dataclass(frozen=True)
class BoardRow:
    """One snapshot of a leaderboard."""

    board: str
    snapshot: str
    source: str
    title: str | None = None
    retrieved: str | None = None
    licence: str | None = None
    notes: str | None = None


@dataclass(frozen=True)
class BoardColumnRow:
    """One task metric of a leaderboard; its position is its place in the list."""

    column_name: str
    task: str
    metric: str
    role: str = "main"
    split_of: str | None = None
    unit_max: float | None = None
    higher_is_better: bool = True
    type: str | None = None
    languages: str | None = None


@dataclass(frozen=True)
class BoardModelRow:
    """One model of a leaderboard; its position is its place in the list."""

    model: str
    submitted_by: str | None = None
    is_human: bool = False
    published_score: float | None = None
    source: str | None = None


@dataclass(frozen=True)
class BoardCellRow:
    """One number of a leaderboard; a missing number has no row."""

    model_position: int
    column_position: int
    value: float
    source: str | None = None
    suspect: bool = False
    suspect_reason: str | None = None


@dataclass(frozen=True)
class BoardFactRow:
    """One fact about one model of a leaderboard, a number or a text."""

    model_position: int
    fact: str
    number: float | None = None
    text: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class LeaderboardRow:
    """A whole leaderboard snapshot."""

    board: BoardRow
    columns: tuple[BoardColumnRow, ...]
    models: tuple[BoardModelRow, ...]
    cells: tuple[BoardCellRow, ...]
    facts: tuple[BoardFactRow, ...] = ()


@dataclass(frozen=True)
class RankRow:
    """The place of one model; `score` and `rank` are None for a row left out."""

    model_position: int
    score: float | None = None
    rank: int | None = None
    left_out_reason: str | None = None
    flags: Json | None = None
    tier: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None


@dataclass(frozen=True)
class RankingRow:
    """All places of one board under one treatment and one mean."""

    board_id: str
    treatment: str
    mean: str
    p: float
    rows: tuple[RankRow, ...]


@dataclass(frozen=True)
class PublishedScoreRow:
    """A score that others published; see the table `published_scores`."""

    model: str
    task: str
    value: float
    source: str
    metric: str = "spearman"
    pooling: str = "native"
    whitening: str = "none"
    k: int | None = None
    aggregate: str = "all"
    unit_max: float = 100.0
    split: str | None = None
    weights_sha256: str | None = None
    revision: str | None = None
    retrieved: str | None = None
    licence: str | None = None
    notes: str | None = None
    method: str | None = None


@dataclass(frozen=True)
class ClaimRow:
    """A sentence somebody asserts, and the rule that decides it."""

    claim: str
    sentence: str
    source: str
    decision_rule: str
    evaluator: str | None = None
    title: str | None = None
    home_board: str | None = None
    home_snapshot: str | None = None
    home_treatment: str | None = None
    scope: str | None = None
    level: str | None = None

    @cached_property
    def claim_id(self) -> str:
        """Digest of this row's content."""
        return digest(asdict(self))


@dataclass(frozen=True)
class VerdictRow:
    """The verdict on a claim; `decided_at` has a time zone."""

    verdict_id: str
    claim: str
    decided_at: datetime
    verdict: str
    statistic: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    threshold: float | None = None
    board: str | None = None
    snapshot: str | None = None
    treatment: str | None = None
    setting: str | None = None
    combined: bool | None = None
    level: str | None = None
    cut: str | None = None
    exploratory: bool | None = None
    p_value: float | None = None
    smallest_detectable: float | None = None
    looks: int | None = None
    rests_on: str | None = None
    settles: str | None = None
    evidence_digest: str | None = None
    evidence_from: datetime | None = None
    run_id: str | None = None
    night_id: str | None = None
    detail: str | None = None
    claim_id: str | None = None


@dataclass(frozen=True)
class NightRow:
    """The report of a plan run; both times have a time zone."""

    night_id: str
    plan: str
    started_at: datetime
    finished_at: datetime
    evaluated: int = 0
    restored: int = 0
    elsewhere: int = 0
    kept: int = 0
    failed: int = 0
    verdicts: int = 0
