"""Rows that a run keeps as Parquet beside the store: what a model said about every example."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from db.errors import StoreError
from evaluators.result import Table

_ABOUT = b"rankcheck"


def keep(tables: Sequence[Table], root: Path, run_id: str) -> None:
    """Write the tables of a run, each whole or not at all.

    It comes before the run's own commit: rows without a run are harmless, a run without its rows
    is not. After a death in between the same run is recorded again, over the same files.

    Raises:
        StoreError: They cannot be written; the disk is full, for instance.
    """
    for table in tables:
        path = root / run_id / f"{table.name}.parquet"
        new = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(table, new)
            new.replace(path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise StoreError(
                f"{path} cannot be written: {error.strerror or error}; make room, then run the plan"
                " again: what was computed is kept"
            ) from error


def _write(table: Table, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = pa.table({name: pa.array(list(values)) for name, values in table.columns.items()})
    about = json.dumps(dict(table.about), ensure_ascii=False, sort_keys=True)
    with path.open("wb") as file:
        parquet.write_table(
            rows.replace_schema_metadata({_ABOUT: about.encode()}), file, compression="zstd"
        )
        file.flush()
        os.fsync(file.fileno())


def drop(root: Path, run_id: str) -> None:
    """Remove the tables of a run that was not recorded."""
    shutil.rmtree(root / run_id, ignore_errors=True)


def read(root: Path, run_id: str, name: str) -> Table:
    """Read a table of a run.

    Raises:
        StoreError: There is none, or the file is damaged.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    path = root / run_id / f"{name}.parquet"
    try:
        with path.open("rb") as file, ParquetFile(file) as parquet:
            rows = parquet.read(use_threads=False)
        about = json.loads((rows.schema.metadata or {}).get(_ABOUT, b"{}"))
    except FileNotFoundError as error:
        raise StoreError(
            f"run {run_id} has no {name} beside the store ({path.parent} is missing): they are"
            " written when the job runs; run it again with --rerun always"
        ) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StoreError(f"{path} is damaged ({str(error).splitlines()[0]})") from error
    return Table(name, {column: rows[column].to_pylist() for column in rows.column_names}, about)
