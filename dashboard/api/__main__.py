"""Serve the API: `rankcheck api` runs this module in its place."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from dashboard.api.app import make_app
from db import open_store
from db.hosts import address_of
from db.secret_files import exposed
from db.settings import settings

if TYPE_CHECKING:
    from dashboard.api.identity import Identities


def main() -> None:
    """Serve the store of the settings until a signal comes."""
    parser = argparse.ArgumentParser(prog="rankcheck api")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--origin", action="append", default=[])
    parser.add_argument("--cors", action="append", default=[])
    parser.add_argument("--secrets", type=Path)
    parser.add_argument("--per-minute", type=int, required=True)
    given = parser.parse_args()
    chosen = settings()
    os.environ.pop("RANKCHECK_API_TOKEN", None)  # no process that is started here needs it
    app = make_app(
        open_store(chosen.store),
        token=chosen.api_token,
        identities=None if given.secrets is None else _identities(given.secrets),
        origins=given.origin,
        cors=given.cors,
        per_minute=given.per_minute,
    )
    needs = ", token required" if chosen.api_token or given.secrets else ""
    address = address_of(given.host, given.port)
    print(f"API on {address}{needs} (Ctrl-C stops it)", file=sys.stderr, flush=True)
    # A client could name itself anew in X-Forwarded-For, and ask as often as it likes.
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


def _identities(secrets: Path) -> Identities:
    try:
        from dashboard.api.identity import identities_of
    except ImportError:
        raise SystemExit(
            "identity tokens need the packages of sign-in: pip install 'rankcheck[login]'"
        ) from None
    if warning := exposed(secrets):
        print(warning, file=sys.stderr)
    try:
        return identities_of(secrets)
    except ValueError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
