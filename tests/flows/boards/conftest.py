"""Files and stores to import into, as for the importers."""

from __future__ import annotations

from tests.flows.importers.conftest import empty_store, put, real, store

__all__ = ["empty_store", "put", "real", "store"]
