"""Convert Python values to cells: canonical JSON, UTC, digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db.errors import StoreError


def json_text(value: Any) -> str:
    """Return the canonical JSON of a value: sorted keys, no spaces, no NaN; a string as it is.

    Raises:
        StoreError: On what JSON cannot hold: NaN, a numpy number, a string that is no JSON.
    """
    try:
        plain = json.loads(value) if isinstance(value, str) else value
        if isinstance(plain, Mapping):
            plain = dict(plain)
        return json.dumps(
            plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"the value cannot be stored as JSON: {error}; use plain numbers"
        ) from error


def utc(moment: datetime) -> datetime:
    """Return a time as it is stored: UTC, without a zone.

    Raises:
        StoreError: If it does not say its zone.
    """
    if moment.tzinfo is None:
        raise StoreError(f"{moment.isoformat()} has no time zone: use datetime.now(UTC)")
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> datetime:
    """Return a stored time with its zone, UTC."""
    return moment.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time as it is stored."""
    return utc(datetime.now(UTC))


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of a value, in hexadecimal."""
    return hashlib.sha256(json_text(value).encode()).hexdigest()
