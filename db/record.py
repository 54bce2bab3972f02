"""Write evaluated runs, and query which jobs are finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from db.condensed import insert_scores
from db.plain import from_utc, json_text, now, utc
from db.rows import (
    CheckpointRow,
    DatasetRow,
    Json,
    NightRow,
    PromptChoiceRow,
    RunRow,
    SystemRow,
    finite,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.store import Store


class ScoreLike(Protocol):
    """A `ScoreRow`, or an evaluator's own score."""

    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def variant(self) -> Json: ...  # noqa: D102
    @property
    def ci_low(self) -> float | None: ...  # noqa: D102
    @property
    def ci_high(self) -> float | None: ...  # noqa: D102


class CurveLike(Protocol):
    """A `CurveRow`, or an evaluator's own curve."""

    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def axis(self) -> str: ...  # noqa: D102
    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def values(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def variant(self) -> Json: ...  # noqa: D102


class FinishedRun(NamedTuple):
    """The current run of a job.

    Attributes:
        run_id: Its identity.
        generation: 0, or one more for each deliberate repetition.
        finished_at: When it ended, with its time zone.
        environment: Fingerprint of the environment it ran in.
        is_canary: Whether it ran as a canary.
    """

    run_id: str
    generation: int
    finished_at: datetime
    environment: str | None
    is_canary: bool


def record(
    store: Store,
    run: RunRow,
    scores: Iterable[ScoreLike] = (),
    curves: Iterable[CurveLike] = (),
    *,
    system: SystemRow | None = None,
    checkpoint: CheckpointRow | None = None,
    dataset: DatasetRow | None = None,
) -> bool:
    """Write a run and everything it produced in one short transaction.

    Whether the job is already finished is checked inside the transaction, under the lock of the
    store, so that only one of two racing processes writes.

    Args:
        store: The store.
        run: The run.
        scores: Its scores; none if it failed.
        curves: Its curves.
        system: The environment it ran in; stored once for each `system_id`.
        checkpoint: The checkpoint; stored once for each content.
        dataset: The scored data set; stored once for each content.

    Returns:
        False if this generation of the job has a finished run, so that nothing was written.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a number is not finite.
    """
    score_rows = [_score(run.run_id, score) for score in scores]
    curve_rows = [_curve(run.run_id, curve) for curve in curves]
    system_id = run.system_id or (system.system_id if system else None)
    checkpoint_id = run.checkpoint_id or (checkpoint.checkpoint_id if checkpoint else None)
    run_row = {
        **asdict(run),
        "system_id": system_id,
        "checkpoint_id": checkpoint_id,
        "parameters": json_text(run.parameters),
        "cost": None if run.cost is None else json_text(run.cost),
        "started_at": utc(run.started_at),
        "finished_at": utc(run.finished_at),
    }

    def work(connection: sa.Connection) -> bool:
        from db import tables

        if run.status == "finished" and _is_finished(connection, run):
            return False
        note_inputs(connection, system=system, checkpoint=checkpoint, dataset=dataset)
        connection.execute(tables.runs.insert(), [{**run_row, "committed_at": now()}])
        insert_scores(connection, score_rows)
        if curve_rows:
            connection.execute(tables.score_curves.insert(), curve_rows)
        return True

    return store.transact(work)


def finished(store: Store, job_keys: Iterable[str]) -> dict[str, FinishedRun]:
    """Return the current finished run of each job that has one.

    The result is empty if the store does not exist yet.
    """
    from db.engines.extensions import quoted

    keys = list(job_keys)
    if not keys or not store.exists():
        return {}
    # One literal instead of a parameter: with the first parameter DuckDB imports pandas, which
    # would double the time of a plan run that has nothing to do.
    query = f"""
        SELECT job_key, run_id, generation, finished_at, environment, is_canary
        FROM current_runs
        WHERE job_key IN (SELECT unnest(string_split({quoted(chr(10).join(keys))}, chr(10))))
    """  # noqa: S608 - quoted
    with store.read() as connection:
        return {
            row.job_key: FinishedRun(
                row.run_id,
                row.generation,
                from_utc(row.finished_at),
                row.environment,
                row.is_canary,
            )
            for row in connection.exec_driver_sql(query)
        }


def note_inputs(
    connection: sa.Connection,
    *,
    system: SystemRow | None = None,
    checkpoint: CheckpointRow | None = None,
    dataset: DatasetRow | None = None,
) -> None:
    """Write rows of inputs that are not stored yet, in the caller's transaction."""
    from db import tables

    if system is not None:
        row = asdict(system)
        for name in ("libraries", "machine", "accelerators"):
            row[name] = json_text(row[name])
        _add_once(connection, tables.systems, "system_id", row)
    if checkpoint is not None:
        row = {"checkpoint_id": checkpoint.checkpoint_id, **asdict(checkpoint)}
        _add_once(connection, tables.checkpoints, "checkpoint_id", row)
    if dataset is not None:
        row = {"dataset_id": dataset.dataset_id, **asdict(dataset)}
        _add_once(connection, tables.datasets, "dataset_id", row)


def _add_once(
    connection: sa.Connection, table: sa.Table, identity: str, row: dict[str, Any]
) -> None:
    import sqlalchemy as sa

    existing = sa.select(sa.func.count()).where(table.c[identity] == row[identity])
    if not connection.execute(existing).scalar_one():
        connection.execute(table.insert(), [{**row, "recorded_at": now()}])


def _is_finished(connection: sa.Connection, run: RunRow) -> bool:
    import sqlalchemy as sa

    from db.tables import runs

    query = sa.select(sa.func.count()).where(
        runs.c.job_key == run.job_key,
        runs.c.generation == run.generation,
        runs.c.status == "finished",
    )
    return bool(connection.execute(query).scalar_one())


def _score(run_id: str, score: ScoreLike) -> dict[str, Any]:
    finite(f"{score.metric} of run {run_id}", score.value, score.ci_low, score.ci_high)
    variant = score.variant if isinstance(score.variant, Mapping) else {}
    k = variant.get("k")
    return {
        "run_id": run_id,
        "metric": score.metric,
        "variant": json_text(score.variant),
        "value": float(score.value),
        "ci_low": score.ci_low,
        "ci_high": score.ci_high,
        "n": score.n,
        "k": k if isinstance(k, int) else None,
        "aggregate": variant.get("aggregate"),
        "subset": variant.get("subset"),
    }


def _curve(run_id: str, curve: CurveLike) -> dict[str, Any]:
    values: Sequence[float] = curve.values
    finite(f"{curve.metric} curve of run {run_id}", *values)
    return {
        "run_id": run_id,
        "metric": curve.metric,
        "axis": curve.axis,
        "start": curve.start,
        "values": [float(value) for value in values],
        "variant": json_text(curve.variant),
    }


def write_night(store: Store, night: NightRow) -> None:
    """Write the report of one invocation.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.tables import night_reports

    row = asdict(night)
    row |= {name: utc(row[name]) for name in ("started_at", "finished_at")}
    store.transact(lambda connection: connection.execute(night_reports.insert(), [row]))


def write_prompt_choices(store: Store, choices: Iterable[PromptChoiceRow]) -> int:
    """Write what choices of a prompt stand for, of those for which the store says otherwise.

    Returns:
        How many were written.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.tables import prompt_choices

    asked = set(choices)
    if not asked:
        return 0
    if store.exists():
        with store.read() as connection:
            if not (asked - _known_choices(connection, asked)):
                return 0

    def work(connection: sa.Connection) -> int:
        new = sorted(asked - _known_choices(connection, asked), key=astuple)
        if new:
            rows = [{**asdict(row), "recorded_at": now()} for row in new]
            connection.execute(prompt_choices.insert(), rows)
        return len(new)

    return store.transact(work)


def _known_choices(
    connection: sa.Connection, asked: Iterable[PromptChoiceRow]
) -> set[PromptChoiceRow]:
    """Return the newest row of each choice and task of the checkpoints."""
    import sqlalchemy as sa

    from db.tables import prompt_choices as table

    digests = sorted({row.checkpoint_digest for row in asked})
    stored = sa.select(table).where(table.c.checkpoint_digest.in_(digests))
    newest: dict[tuple[str, ...], PromptChoiceRow] = {}
    for row in connection.execute(stored.order_by(table.c.recorded_at)).mappings():
        names = ("checkpoint_digest", "checkpoint", "task", "choice")
        key = {name: str(row[name]) for name in names}
        newest[tuple(key.values())] = PromptChoiceRow(**key, prompt=row["prompt"])
    return set(newest.values())
