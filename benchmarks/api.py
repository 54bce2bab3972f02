"""The API's ranks beside a bare FastAPI route that returns the same rows, both over a socket.

The bare route holds its rows in memory; ours looks whether the store changed, ranks the board,
compresses what it sends, and checks where the request came from.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.table import Row

BOARD, MODELS = "mteb-classic-en", 206
REQUESTS = 50
MOST = 3.0
"""How many times as long as the bare route ours may take."""

BARE = """
import json, sys
import uvicorn
from fastapi import FastAPI
app, rows = FastAPI(), json.load(open(sys.argv[2]))
@app.get("/health")
def health(): return {}
@app.get("/ranks")
def ranks(): return rows
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
"""


def run(rounds: int) -> Iterator[Row]:
    """Yield the seconds of one request, the best mean of some rounds."""
    from db import open_store
    from flows.boards.leaderboards import store_leaderboards
    from tests.dashboard.served import free_port

    with tempfile.TemporaryDirectory() as name:
        folder, (ours, bare) = Path(name), (free_port(), free_port())
        url = f"duckdb:///{folder}/store.duckdb"
        store_leaderboards(open_store(url), [BOARD])
        command = [sys.executable, "-m", "flows.cli", "api", "--port", str(ours)]
        with _serving(command, ours, {"RANKCHECK_STORE": url}) as address:
            path = f"{address}/ranks/{BOARD}?p=0.5&limit=1000"
            answer = httpx.get(path)
            assert answer.json()["n_models"] == MODELS
            (folder / "rows.json").write_bytes(answer.content)
            script = [sys.executable, "-c", BARE, str(bare), str(folder / "rows.json")]
            with _serving(script, bare, {}) as beside:
                sides = {
                    "bare FastAPI": (f"{beside}/ranks", {}),
                    "ours, ranked": (path, {}),
                    "ours, not changed": (path, {"if-none-match": answer.headers["etag"]}),
                }
                taken = {side: [_seconds(*asked)] for side, asked in sides.items()}
                for _ in range(rounds):
                    for side, asked in sides.items():
                        taken[side].append(_seconds(*asked))
    base = min(taken["bare FastAPI"])
    for side, seconds in taken.items():
        target = -MOST if side == "ours, ranked" else None
        yield Row(f"API, {MODELS} ranks", side, min(seconds), min(seconds) / base, target, "")


def _seconds(path: str, headers: dict[str, str]) -> float:
    """Return the mean seconds of a request on a connection that stays open."""
    with httpx.Client(headers=headers) as client:
        client.get(path)
        begun = time.perf_counter()
        for _ in range(REQUESTS):
            assert client.get(path).status_code in (200, 304)
        return (time.perf_counter() - begun) / REQUESTS


@contextmanager
def _serving(command: list[str], port: int, settings: dict[str, str]) -> Iterator[str]:
    server = subprocess.Popen(command, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{address}/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
