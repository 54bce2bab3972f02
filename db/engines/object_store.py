"""Say where an S3-compatible object store is, by the variables that AWS's own tools read.

DuckDB's httpfs reads the keys and the region from the environment by itself (`AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`), but not the address.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from db.engines.extensions import quoted
from db.errors import StoreError

if TYPE_CHECKING:
    import duckdb

RETRIES = 5
"""How often a request is made again that the object store cannot serve at the moment."""


def ride_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Wait for an object store that says it is overloaded, 12 seconds in all.

    DuckDB gives up after two by itself; Amazon's S3 asks its clients for more than that while it
    spreads a bucket over more of its servers.
    """
    connection.execute(f"SET GLOBAL http_retries = {RETRIES}")
    connection.execute("SET GLOBAL http_retry_wait_ms = 100")
    connection.execute("SET GLOBAL http_retry_backoff = 3")


def use_endpoint(
    connection: duckdb.DuckDBPyConnection, environment: Mapping[str, str] = os.environ
) -> None:
    """Use the object store of `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` instead of Amazon's.

    Buckets are then named in the path of a URL: `http://store:8333/bucket`. Otherwise DuckDB puts
    them before the host, `http://bucket.store:8333`, a name that no local network knows.

    Raises:
        StoreError: If the variable is not the address of a server.
    """
    address = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if not address:
        return
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise StoreError(
            "AWS_ENDPOINT_URL must be the address of an object store, as http://objects:8333, got"
            f" {address.rpartition('@')[2]!r}"
        )
    connection.execute(f"SET GLOBAL s3_endpoint = {quoted(parts.netloc + parts.path.rstrip('/'))}")
    connection.execute(f"SET GLOBAL s3_use_ssl = {str(parts.scheme == 'https').lower()}")
    connection.execute("SET GLOBAL s3_url_style = 'path'")
