"""Write a report as a folder, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard import formatting
from dashboard.shared.command import MADE_BY
from dashboard.shared.page import DATA, page
from dashboard.shared.pictures import badge_svg, png_of
from dashboard.shared.report import Report
from dashboard.sheet import csv
from db.errors import StoreError
from evaluators.atomic import replaced_folder

MANIFEST = "report.json"
"""Lists the files, so that only an earlier report is ever replaced."""


def write_report(
    report: Report,
    folder: Path,
    *,
    command: str,
    code: str,
    address: str = "",
    formats: Sequence[str] = DATA,
) -> list[str]:
    """Write a report, in place of an earlier one, and return the names of its files.

    Args:
        report: What it shows.
        folder: Where to write: new, empty, or with an earlier report and nothing else.
        command: The command that writes it again.
        code: The version of the code that writes.
        address: Where the folder will be published, `https://…/`; empty where that is not known.
        formats: Those of `DATA` in which the data are written.

    Raises:
        StoreError: The folder has something else in it.
        OSError: It cannot be written.
    """
    folder = folder.resolve()
    validate_folder(folder)
    files = contents(report, command=command, code=code, address=address, formats=formats)
    with replaced_folder(folder) as new:
        for name, content in files.items():
            (new / name).write_bytes(content)
    return list(files)


def zipped(report: Report, folder: str, *, command: str, code: str) -> bytes:
    """Return the files of a report as a ZIP archive; the same report gives the same bytes.

    Args:
        report: What it shows.
        folder: Name of the folder inside the archive.
        command: The command that writes it again.
        code: The version of the code that writes.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as inside:
        for name, content in contents(report, command=command, code=code).items():
            inside.writestr(zipfile.ZipInfo(f"{folder}/{name}"), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def published_at(address: str) -> str:
    """Return the address of a published folder, with a slash at its end.

    Raises:
        ValueError: It is not an address of the web.
    """
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"must be the address of a folder, as https://host/path/, got {address!r}")
    return f"{address.strip().rstrip('/')}/"


def validate_folder(folder: Path) -> None:
    """Raise unless a folder is new, empty, or has an earlier report and nothing else.

    Raises:
        StoreError: With what is in the way.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} must be a folder, and is a file: give another one")
    inside = {path.name for path in folder.iterdir()}
    other = sorted(inside - _earlier(folder))
    if other:
        raise StoreError(
            f"{folder} must be new, empty, or an earlier report, and has {other[0]!r} in it: give"
            " another folder"
        )


def _earlier(folder: Path) -> set[str]:
    """Return the names of the files of an earlier report; empty where there is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = found["files"] if found["made_by"] == MADE_BY else {}
        return {MANIFEST, *map(str, files)} if files else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def contents(
    report: Report,
    *,
    command: str,
    code: str,
    address: str = "",
    formats: Sequence[str] = DATA,
) -> dict[str, bytes]:
    """Return the files of a report by name; the same report gives the same bytes."""
    about = {
        "kind": report.kind,
        "name": report.name,
        "title": report.title,
        "answer": report.answer,
        "command": command,
        "code": code,
        "digests": dict(report.digests),
    }
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: csv(report.rows),
        "json": lambda: _with_rows(about, _records(report.rows)),
        "parquet": lambda: _parquet(report.rows, about),
    }
    files = {
        "index.html": page(report, command, code, address, formats).encode(),
        **{f"data.{ending}": writers[ending]() for ending in DATA if ending in formats},
        "share.png": png_of(report.picture),
        "badge.svg": badge_svg(report.badge).encode(),
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return {**files, MANIFEST: _json({"made_by": MADE_BY, **about, "files": digests})}


def _with_rows(about: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    """Return what a report is about with its rows as JSON, each row in one line."""
    lines = ",\n".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
        for row in rows
    )
    head = _json(about).decode().rstrip().removesuffix("}").rstrip()
    return f'{head},\n "rows": [\n{lines}\n ]\n}}\n'.encode("utf-8", "replace")


def _json(value: object) -> bytes:
    written = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return f"{written}\n".encode("utf-8", "replace")


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {
        str(name): [None if formatting.is_missing(x) else x for x in column.tolist()]
        for name, column in rows.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _parquet(rows: pd.DataFrame, about: dict[str, Any]) -> bytes:
    table = pa.Table.from_pandas(rows, preserve_index=False)
    # pandas' own notes name its version: the same data would differ after an upgrade.
    named = {key: str(value) for key, value in about.items() if key != "digests"}
    table = table.replace_schema_metadata({**named, **about["digests"]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content
