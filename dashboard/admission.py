"""Decide which people of an OpenID provider may see the store, on pages and through the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def admitted(user: Mapping[str, Any], allowed: Sequence[str]) -> bool:
    """Return whether a user is admitted.

    Args:
        user: The provider's claims; an address marked unverified is not accepted.
        allowed: Addresses, `@domain`, or `*`; case does not matter.
    """
    if "*" in allowed:
        return True
    address = user.get("email")
    if not isinstance(address, str) or user.get("email_verified") is False:
        return False
    address = address.strip().lower()
    _, at, domain = address.rpartition("@")
    entries = {entry.strip().lower() for entry in allowed}
    return bool(at) and (address in entries or f"@{domain}" in entries)


def allowed_of(content: Mapping[str, Any]) -> list[str] | None:
    """Return the list of who is admitted from a secrets file; None where it has none.

    Args:
        content: What the file says.
    """
    section = content.get("rankcheck")
    allowed = section.get("allowed") if isinstance(section, Mapping) else None
    if not isinstance(allowed, list) or not all(isinstance(entry, str) for entry in allowed):
        return None
    return allowed


def name_of(user: Mapping[str, Any]) -> str:
    """Return what a user is called in a message."""
    return str(user.get("email") or user.get("name") or user.get("sub") or "somebody")
