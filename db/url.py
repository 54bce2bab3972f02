"""Parse the forms of `RANKCHECK_STORE`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from db.errors import StoreError

FORMS = (
    "duckdb:///path/store.duckdb, ducklake:sqlite:path/catalog.sqlite or"
    " ducklake:postgres:<connection string>, each lake with ?data_path=<folder or URL> to store"
    " the Parquet files elsewhere"
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
        data_path: Folder or URL of the Parquet files; None if only the catalog states it.
        place: Its name in messages.
        password: PostgreSQL's password; None if the URL has none.
    """

    catalog: str
    address: str
    data_path: str | None
    place: str
    password: str | None = field(default=None, repr=False)


def parse(url: str) -> FileUrl | LakeUrl:
    """Parse a store's URL; relative paths start from the current folder.

    Raises:
        StoreError: If it has none of the known forms.
    """
    if url.startswith("duckdb:///"):
        address_text = url.removeprefix("duckdb:///").partition("?")[0]
        if address_text and not address_text.startswith(":memory:"):
            return FileUrl(_absolute(address_text))
    elif url.startswith("ducklake:"):
        catalog, _, address_text = url.removeprefix("ducklake:").partition(":")
        # A connection string may be a URL with a query of its own.
        address, data_path = [*re.split(r"[?&]data_path=", address_text, maxsplit=1), ""][:2]
        if catalog == "sqlite" and address:
            data = data_path or f"{address}.files"
            path = str(_absolute(address))
            return LakeUrl(catalog, path, _data(data), path)
        if catalog == "postgres" and address:
            server = read(address)
            files = _data(data_path) if data_path else None
            return LakeUrl(catalog, server.address, files, server.place, server.password)
    raise StoreError(f"{_shown(url)!r} is not a store URL: use {FORMS}")


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _data(path: str) -> str:
    return path if "://" in path else str(_absolute(path))


def _shown(url: str) -> str:
    """Return a URL for messages; only its scheme if it may contain a password."""
    return url if "@" not in url and "password" not in url else url.partition(":")[0] + ":…"


CONNECT_TIMEOUT = "10"
"""Seconds to wait for a server; PostgreSQL's own default would wait for minutes."""

# PostgreSQL's documentation, 34.1.1.1 "Keyword/Value Connection Strings".
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)+)(?:\s+|$)", re.DOTALL)


@dataclass(frozen=True)
class Conninfo:
    """The address of a PostgreSQL database.

    Attributes:
        address: Keywords and values without the password, because DuckDB's messages quote it.
        place: The database and its host, for messages.
        password: The password, which is passed as a secret; None if libpq finds it by itself.
    """

    address: str
    place: str
    password: str | None = field(repr=False)


def read(text: str) -> Conninfo:
    """Parse `host=… dbname=…` or `postgresql://user@host/database`.

    Raises:
        StoreError: If it is neither; the message does not quote it.
    """
    keywords = _of_url(text) if re.match(r"postgres(ql)?://", text) else _of_pairs(text)
    if "sslpassword" in keywords:
        raise StoreError(
            "the password of a TLS key cannot be in RANKCHECK_STORE, where messages would show it:"
            " put sslpassword into a pg_service.conf and name the service"
        )
    password = keywords.pop("password", None)
    if "PGCONNECT_TIMEOUT" not in os.environ:
        keywords.setdefault("connect_timeout", CONNECT_TIMEOUT)
    address = " ".join(f"{key}={_quoted(value)}" for key, value in keywords.items())
    return Conninfo(address, _place(keywords), password or None)


def _of_pairs(text: str) -> dict[str, str]:
    keywords, offset = {}, 0
    while offset < len(text):
        pair = _PAIR.match(text, offset)
        if pair is None:
            raise StoreError(
                "RANKCHECK_STORE is not a connection string of PostgreSQL: write keyword=value"
                " separated by spaces, a value with a space or a quote as 'it\\'s', or"
                " postgresql://user@host/database"
            )
        value = pair[2][1:-1] if pair[2].startswith("'") else pair[2]
        keywords[pair[1]] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        offset = pair.end()
    return keywords


def _of_url(text: str) -> dict[str, str]:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            "RANKCHECK_STORE is not a URL of PostgreSQL: write postgresql://user@host:port/database"
            " with %40 for an @ in a password, or keyword=value for several hosts"
        ) from None
    password = None if url.password is None else str(url.password)
    parts = {
        "host": url.host,
        "port": None if url.port is None else str(url.port),
        "dbname": url.database,
        "user": url.username,
        "password": password,
        **{key: value for key, value in url.query.items() if isinstance(value, str)},
    }
    return {key: value for key, value in parts.items() if value}


def _quoted(value: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", value) + "'"


def _place(keywords: dict[str, str]) -> str:
    host = keywords.get("host") or keywords.get("hostaddr")
    if host and "port" in keywords:
        host += f":{keywords['port']}"
    parts = {
        "database": keywords.get("dbname"),
        "service": keywords.get("service"),
        "host": host,
    }
    description = ", ".join(f"{kind} {name}" for kind, name in parts.items() if name)
    return "the DuckLake in PostgreSQL" + (f" ({description})" if description else "")
