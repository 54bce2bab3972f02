"""Convert Python values to cells: canonical JSON, UTC, digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db.errors import StoreError


def json_text(value: Any) -> str:
    """Return the canonical JSON of a value, or of the JSON text in a string.

    Raises:
        StoreError: On a value that JSON cannot hold: NaN, a numpy number, a string without JSON.
    """
    try:
        content = json.loads(value) if isinstance(value, str) else value
        if isinstance(content, Mapping):
            content = dict(content)
        return json.dumps(
            content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"the value cannot be stored as JSON: {error}; use plain numbers"
        ) from error


def utc(moment: datetime) -> datetime:
    """Convert a time to the stored form: UTC, without a zone.

    Raises:
        StoreError: If it has no time zone.
    """
    if moment.tzinfo is None:
        raise StoreError(f"{moment.isoformat()} has no time zone: use datetime.now(UTC)")
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> datetime:
    """Return a stored time with its zone, UTC."""
    return moment.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time in the stored form: UTC, without a zone."""
    return utc(datetime.now(UTC))


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of a value, in hexadecimal."""
    return hashlib.sha256(json_text(value).encode()).hexdigest()
