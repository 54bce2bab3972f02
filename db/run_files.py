"""Locate and safely read the Parquet files of runs beside the store.

A file may come from anywhere: only columns of plain values are read, nothing is unpickled, and a
file that would not fit into memory is refused before it is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from db.errors import StoreError
from db.url import FileUrl, parse

ABOUT = b"rankcheck"
"""Key in a file's schema, whose value describes the rows as JSON."""

_MOST_ROWS = 5_000_000
_MOST_BYTES = 1 << 30


class Rows(NamedTuple):
    """A table of a run.

    Attributes:
        columns: Plain values by column, all of one length.
        about: Further values that describe the rows.
    """

    columns: dict[str, list[Any]]
    about: dict[str, Any]


def folder(store_url: str) -> Path:
    """Return the folder of a store's run files; for a server, it is under `var/`.

    Raises:
        StoreError: The URL has none of the known forms.
    """
    file = main_file(store_url)
    return file.parent / f"{file.name}.tables"


def main_file(store_url: str) -> Path:
    """Return the path that the files beside a store are named after.

    Raises:
        StoreError: The URL has none of the known forms.
    """
    url = parse(store_url)
    if isinstance(url, FileUrl):
        return url.path
    return Path(url.address) if url.catalog == "sqlite" else Path("var", "rankcheck").absolute()


def path_of(root: Path, run_id: str, name: str) -> Path:
    """Return the file of one table.

    Raises:
        StoreError: The run's id is not a valid folder name, so that it could lead outside `root`.
    """
    if run_id in ("", ".", "..") or any(sign in run_id for sign in "/\\\0"):
        raise StoreError(
            f"run {run_id[:40]!r} cannot have files: its id is not a valid folder name"
        )
    return root / run_id / f"{name}.parquet"


def stamp(root: Path, run_id: str, name: str) -> tuple[int, int] | None:
    """Return what changes when a table of a run is written anew; None where there is none."""
    try:
        status = path_of(root, run_id, name).stat()
    except (OSError, StoreError):
        return None
    return status.st_mtime_ns, status.st_size


def read(root: Path, run_id: str, name: str) -> Rows:
    """Read a table of a run.

    Raises:
        StoreError: There is none, or the file is damaged, too large, or another kind of file.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    path = path_of(root, run_id, name)
    try:
        # Not through Python's file, which may abort the process (flows/inputs/files.py).
        with pa.memory_map(str(path)) as file, ParquetFile(file) as parquet:
            _validate_small(parquet.metadata, path)
            rows = parquet.read(use_threads=False)
        about = json.loads((rows.schema.metadata or {}).get(ABOUT, b"{}"))
        columns = {column: rows[column].to_pylist() for column in rows.column_names}
    except FileNotFoundError as error:
        raise StoreError(
            f"run {run_id} has no {name} beside the store ({path.parent} is missing): they are"
            " written when the job runs; run it again with --rerun always"
        ) from error
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        problem = (str(error) or repr(error)).splitlines()[0]
        raise StoreError(f"{path} is damaged ({problem})") from error
    if not isinstance(about, dict):
        raise StoreError(f"{path} is damaged (its metadata is missing)")
    return Rows(columns, about)


def columns(root: Path, run_id: str, name: str) -> tuple[str, ...]:
    """Return the names of a table's columns, sorted; none where there is no readable table."""
    import pyarrow as pa
    from pyarrow.parquet import read_schema

    try:
        return tuple(sorted(read_schema(path_of(root, run_id, name)).names))
    except (StoreError, pa.ArrowException, OSError):
        return ()


def _validate_small(metadata: Any, path: Path) -> None:
    groups = range(metadata.num_row_groups)
    size = sum(metadata.row_group(i).total_byte_size for i in groups)
    if metadata.num_rows > _MOST_ROWS or size > _MOST_BYTES:
        raise StoreError(f"{path} is too large to be rows of a run ({metadata.num_rows:,} rows)")
