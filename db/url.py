"""Where a store is: the two forms of `RANKCHECK_STORE`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from db.errors import StoreError

FORMS = (
    "duckdb:///path/store.duckdb, ducklake:sqlite:path/catalog.sqlite or"
    " ducklake:postgres:<connection string>, each lake with ?data_path=<folder or URL> where the"
    " Parquet files shall lie elsewhere"
)


class FileUrl(NamedTuple):
    """A DuckDB file."""

    path: Path


class LakeUrl(NamedTuple):
    """A DuckLake: `catalog` is `sqlite` or `postgres`, `address` its file or connection string."""

    catalog: str
    address: str
    data_path: str | None


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
        address, _, data_path = rest.partition("?data_path=")
        if catalog == "sqlite" and address:
            data = data_path or f"{address}.files"
            return LakeUrl(catalog, str(_absolute(address)), _data(data))
        if catalog == "postgres" and address:
            return LakeUrl(catalog, address, _data(data_path) if data_path else None)
    raise StoreError(f"{_shown(url)!r} is no store: use {FORMS}")


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _data(path: str) -> str:
    return path if "://" in path else str(_absolute(path))


def _shown(url: str) -> str:
    """A URL may carry a password: show no more than its scheme where it might."""
    return url if "@" not in url and "password" not in url else url.partition(":")[0] + ":…"
