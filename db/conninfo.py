"""A PostgreSQL connection string with its password taken out, so that no message can show it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from db.errors import StoreError

CONNECT_TIMEOUT = "10"
"""Seconds until a server that does not answer is given up; PostgreSQL itself would wait minutes."""

# PostgreSQL's documentation, 34.1.1.1 "Keyword/Value Connection Strings".
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)+)(?:\s+|$)", re.DOTALL)


@dataclass(frozen=True)
class Conninfo:
    """Where a PostgreSQL database is.

    Attributes:
        address: Keywords and values without the password; DuckDB's messages quote it.
        place: The database and its host as a message of ours names them.
        password: To be handed over as a secret; None where libpq finds it by itself.
    """

    address: str
    place: str
    password: str | None = field(repr=False)


def read(text: str) -> Conninfo:
    """Read `host=… dbname=…` or `postgresql://user@host/database`.

    Raises:
        StoreError: If it is neither; nothing of it is shown.
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
    found, at = {}, 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            raise StoreError(
                "RANKCHECK_STORE holds no connection string of PostgreSQL: write keyword=value"
                " separated by spaces, a value with a space or a quote as 'it\\'s', or"
                " postgresql://user@host/database"
            )
        value = pair[2][1:-1] if pair[2].startswith("'") else pair[2]
        found[pair[1]] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        at = pair.end()
    return found


def _of_url(text: str) -> dict[str, str]:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            "RANKCHECK_STORE holds no URL of PostgreSQL: write postgresql://user@host:port/database"
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
    named = {
        "database": keywords.get("dbname"),
        "service": keywords.get("service"),
        "host": host,
    }
    where = ", ".join(f"{kind} {name}" for kind, name in named.items() if name)
    return "the DuckLake in PostgreSQL" + (f" ({where})" if where else "")
