"""The API on real stores, without a server."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from dashboard.api.app import make_app
from db import open_store

ADDRESS = "http://127.0.0.1:8502"


def client_of(url: str, per_minute: int = 10_000, **settings: object) -> TestClient:
    """Return a client of the API of a store."""
    return TestClient(
        make_app(open_store(url), per_minute=per_minute, **settings), base_url=ADDRESS
    )


@pytest.fixture(scope="session")
def client(full: str) -> TestClient:
    """A client of a store with boards, runs and a canary."""
    return client_of(full)


@pytest.fixture(scope="session")
def claimed(experiments: str) -> TestClient:
    """A client of a store with claims."""
    return client_of(experiments)
