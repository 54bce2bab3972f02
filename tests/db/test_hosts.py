"""Hosts of addresses: numbers, and this machine."""

from __future__ import annotations

import pytest

from db.hosts import address_of, is_address, is_loopback


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.7", "::1", "[::1]", "localhost", "LocalHost"]
)
def test_this_machine_alone_is_a_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.7", "a.example", "localhost.example", ""],  # noqa: S104
)
def test_whatever_others_can_reach_is_none(host: str) -> None:
    assert not is_loopback(host)


def test_numbers_are_addresses_and_names_are_not() -> None:
    assert is_address("192.0.2.7")
    assert is_address("[2001:db8::1]")
    assert not is_address("localhost")
    assert not is_address("1.2.3")


def test_a_browser_takes_numbers_of_version_6_in_brackets() -> None:
    assert address_of("::1", 8501) == "http://[::1]:8501"
    assert address_of("rank.example", 80) == "http://rank.example:80"
