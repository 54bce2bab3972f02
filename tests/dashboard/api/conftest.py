"""The API on real stores, without a server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from dashboard.api.app import make_app
from db import open_store

ADDRESS = "http://127.0.0.1:8502"

Make = Callable[..., TestClient]


def client_of(url: str, **settings: object) -> TestClient:
    """Return a client of the API of a store."""
    return TestClient(make_app(open_store(url), **settings), base_url=ADDRESS)


@pytest.fixture(scope="session")
def client(full: str) -> TestClient:
    """A client of a store with boards, runs and a canary."""
    return client_of(full, per_minute=10_000)


@pytest.fixture(scope="session")
def claimed(experiments: str) -> TestClient:
    """A client of a store with claims."""
    return client_of(experiments, per_minute=10_000)
