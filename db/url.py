"""Where a store is: the two forms of `RANKCHECK_STORE`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from db import conninfo
from db.errors import StoreError

FORMS = (
    "duckdb:///path/store.duckdb, ducklake:sqlite:path/catalog.sqlite or"
    " ducklake:postgres:<connection string>, each lake with ?data_path=<folder or URL> where the"
    " Parquet files shall lie elsewhere"
)


class FileUrl(NamedTuple):
    """A DuckDB file."""

    path: Path


@dataclass(frozen=True)
class LakeUrl:
    """A DuckLake.

    Attributes:
        catalog: `sqlite` or `postgres`.
        address: The catalog's file, or PostgreSQL's connection string without its password.
        data_path: Folder or URL of the Parquet files; None where only the catalog knows it.
        place: What a message calls it.
        password: PostgreSQL's, where the URL had one.
    """

    catalog: str
    address: str
    data_path: str | None
    place: str
    password: str | None = field(default=None, repr=False)


def parse(url: str) -> FileUrl | LakeUrl:
    """Read a store's URL; relative paths count from the current folder.

    Raises:
        StoreError: If it has none of the known forms.
    """
    if url.startswith("duckdb:///"):
        rest = url.removeprefix("duckdb:///").partition("?")[0]
        if rest and not rest.startswith(":memory:"):
            return FileUrl(_absolute(rest))
    elif url.startswith("ducklake:"):
        catalog, _, rest = url.removeprefix("ducklake:").partition(":")
        # A connection string may be a URL with a query of its own.
        address, data_path = [*re.split(r"[?&]data_path=", rest, maxsplit=1), ""][:2]
        if catalog == "sqlite" and address:
            data = data_path or f"{address}.files"
            path = str(_absolute(address))
            return LakeUrl(catalog, path, _data(data), path)
        if catalog == "postgres" and address:
            server = conninfo.read(address)
            files = _data(data_path) if data_path else None
            return LakeUrl(catalog, server.address, files, server.place, server.password)
    raise StoreError(f"{_shown(url)!r} is no store: use {FORMS}")


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _data(path: str) -> str:
    return path if "://" in path else str(_absolute(path))


def _shown(url: str) -> str:
    """A URL may carry a password: show no more than its scheme where it might."""
    return url if "@" not in url and "password" not in url else url.partition(":")[0] + ":…"
