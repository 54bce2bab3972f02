"""Rows that a run keeps as Parquet beside the store: what a model said about every example."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from db import run_files
from db.errors import StoreError
from evaluators.atomic import replacing
from evaluators.result import Table

_ENCODINGS = {"int32": "DELTA_BINARY_PACKED", "float32": "BYTE_STREAM_SPLIT"}


def keep(tables: Sequence[Table], root: Path, run_id: str) -> None:
    """Write the tables of a run, each whole or not at all.

    It comes before the run's own commit: rows without a run are harmless, a run without its rows
    is not. After a death in between the same run is recorded again, over the same files.

    Raises:
        StoreError: They cannot be written; the disk is full, for instance.
    """
    for table in tables:
        path = run_files.path_of(root, run_id, table.name)
        try:
            # The job's lock is held: no other process writes this run.
            with replacing(path, alone=True) as new:
                _write(table, new)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror or error}; make room, then run the plan"
                " again: what was computed is kept"
            ) from error


def _write(table: Table, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    types = {name: pa.type_for_alias(named) for name, named in table.types.items()}
    rows = pa.table(
        {name: pa.array(list(each), types.get(name)) for name, each in table.columns.items()}
    )
    about = json.dumps(dict(table.about), ensure_ascii=False, sort_keys=True)
    with path.open("wb") as file:
        parquet.write_table(
            rows.replace_schema_metadata({run_files.ABOUT: about.encode()}),
            file,
            compression="zstd",
            use_dictionary=[name for name in table.columns if name not in types] if types else True,
            column_encoding={name: _ENCODINGS[named] for name, named in table.types.items()}
            or None,
        )


def drop(root: Path, run_id: str) -> None:
    """Remove the tables of a run that was not recorded."""
    shutil.rmtree(root / run_id, ignore_errors=True)


def read(root: Path, run_id: str, name: str) -> Table:
    """Read a table of a run.

    Raises:
        StoreError: There is none, or the file is damaged.
    """
    rows = run_files.read(root, run_id, name)
    return Table(name, rows.columns, rows.about)
