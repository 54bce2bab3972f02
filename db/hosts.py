"""Say of the host of an address whether it is a number, and whether it is this machine."""

from __future__ import annotations

import ipaddress


def is_address(host: str) -> bool:
    """Return whether a host is an IP address; one of version 6 may have brackets."""
    return _parsed(host) is not None


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone; an unknown name counts as public."""
    address = _parsed(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def address_of(host: str, port: int) -> str:
    """Return the address of a server, as a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
