"""What is fuzzed: each target reads bytes, and may raise only errors that people can act on."""

from __future__ import annotations

import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from evaluators.checkpoint.verify import verify
from flows import importers
from flows.cli import BAD_INPUT
from flows.importers._draft import Asked
from flows.plans.plan import read_plan

ADDRESS = "http://127.0.0.1:8502/"
CORPUS = Path(__file__).with_name("corpus")


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder for one input, and remove it."""
    made = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def plan(data: bytes) -> None:
    """Read a plan."""
    with folder() as made:
        path = made / "plan.yaml"
        path.write_bytes(data)
        read_plan(path)


def imported(format_: str, name: str) -> Callable[[bytes], None]:
    """Return a target that reads a file of results."""

    def target(data: bytes) -> None:
        with folder() as made:
            path = made / name
            path.write_bytes(data)
            importers.find(format_).read(path, Asked("fuzz", "2026"))

    return target


def inspect_archive(data: bytes) -> None:
    """Read a log of Inspect's archive form, whose header is the input."""
    with folder() as made:
        path = made / "log.eval"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.json", data)
        importers.find("inspect").read(path, Asked("fuzz", "2026"))


def checkpoint_settings(data: bytes) -> None:
    """Verify a checkpoint whose configuration is the input."""
    _verified({"config.json": data, "model.safetensors": _weights(b'{"w":' + _TENSOR + b"}")})


def checkpoint_weights(data: bytes) -> None:
    """Verify a checkpoint whose weights' header is the input."""
    _verified({"config.json": b'{"model_type": "bert"}', "model.safetensors": _weights(data)})


def checkpoint_modules(data: bytes) -> None:
    """Verify a checkpoint whose modules.json is the input."""
    _verified(
        {
            "config.json": b'{"model_type": "bert"}',
            "modules.json": data,
            "model.safetensors": _weights(b'{"w":' + _TENSOR + b"}"),
        }
    )


_TENSOR = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


def _weights(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + b"\0\0\0\0"


def _verified(files: Mapping[str, bytes]) -> None:
    with folder() as made:
        (made / "vocab.txt").write_bytes(b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n")
        for name, content in files.items():
            (made / name).write_bytes(content)
        verify(made)


def request(data: bytes) -> None:
    """Ask the API for an address; an answer that blames the server is a fault."""
    answer = _client().get(ADDRESS + quote_from_bytes(data[:2000], safe="/?=&%"))
    assert answer.status_code < 500, (answer.status_code, answer.text)


@cache
def _client() -> Any:
    from starlette.testclient import TestClient

    from dashboard.api.app import make_app
    from db import open_store
    from flows.boards.leaderboards import store_leaderboards

    store = open_store(f"duckdb:///{tempfile.mkdtemp(prefix='fuzz-')}/store.duckdb")
    store.upgrade()
    store_leaderboards(store, ("superglue",))
    return TestClient(make_app(store, per_minute=10**9), base_url=ADDRESS)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "plan": plan,
    "csv": imported("csv", "board.csv"),
    "every-eval-ever": imported("every-eval-ever", "record.json"),
    "helm": imported("helm", "helm.csv"),
    "hub-results": imported("hub-results", "results.yaml"),
    "inspect": imported("inspect", "log.json"),
    "inspect-archive": inspect_archive,
    "lm-eval": imported("lm-eval", "results_2026.json"),
    "model-card": imported("model-card", "README.md"),
    "mteb": imported("mteb", "STSBenchmark.json"),
    "sentence-transformers": imported(
        "sentence-transformers", "similarity_evaluation_sts-dev_results.csv"
    ),
    "checkpoint-settings": checkpoint_settings,
    "checkpoint-weights": checkpoint_weights,
    "checkpoint-modules": checkpoint_modules,
    "request": request,
}


def one(name: str, data: bytes) -> None:
    """Give a target bytes; an error that people can act on is an answer."""
    with suppress(BAD_INPUT):
        TARGETS[name](data)
