"""Files to import, as for the importers."""

from __future__ import annotations

from tests.flows.importers.conftest import put, real

__all__ = ["put", "real"]
