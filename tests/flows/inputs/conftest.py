"""A small task and the files that hold its rows, in every format a mirror may have."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest
from pyarrow import parquet

from evaluators.task import PairTask
from tests.hub.server import HubServer
from tests.warm import Warm

Row = Sequence[Any]
COLUMNS = ("sentence1", "sentence2", "score", "subset")

TASK = PairTask(
    name="Tiny",
    title="Three pairs",
    language="en",
    hub_id="org/tiny",
    revision="0" * 40,
    split="test",
    gold_range=(0.0, 5.0),
    licence="Apache-2.0",
    citation="these tests",
    subset_column="subset",
    fit_splits=("train", "test"),
    mirror_ids=("old/tiny",),
)
ROWS = [
    ("A cat sits.", "A cat is sitting.", 4.5, "animals"),
    ("Zwei Hunde — 两只狗", "Two dogs\u2028run", 2.0, "animals"),
    ("It rains.", "Nothing of the kind.", 0.0, "weather"),
]


def write(path: Path, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Path:
    """Write rows in the format of the path's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = columns[: len(rows[0])] if rows else columns
    if path.suffix == ".parquet":
        values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
        parquet.write_table(pa.table(dict(zip(columns, values, strict=True))), path)
    elif path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    else:
        lines = ["\t".join(columns), *("\t".join(map(str, row)) for row in rows)]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def task() -> PairTask:
    return TASK


@pytest.fixture
def rows() -> list[tuple[str, str, float, str]]:
    return list(ROWS)


@pytest.fixture
def mirror(tmp_path: Path) -> Callable[..., Path]:
    """Write one split into a mirror and return the mirror."""

    def make(
        rows: Sequence[Row] = ROWS,
        *,
        columns: Sequence[str] = COLUMNS,
        split: str = "test",
        suffix: str = ".parquet",
        repository: str = "org/tiny",
        name: str = "mirror",
    ) -> Path:
        folder = tmp_path / name
        write(folder / repository / "default" / f"{split}{suffix}", rows, columns)
        return folder

    return make


class AskHub(Protocol):
    """Run code, with arguments, in a process whose hub is a server, and with settings if given."""

    def __call__(
        self, hub: HubServer, code: str, *arguments: str, **settings: str
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def ask_hub(warm: Warm, tmp_path: Path) -> AskHub:
    """Return a function to load in a process of its own with an empty cache of the test's own.

    The hub's libraries read their settings once, when imported.
    """
    clean = {k: v for k, v in warm.environment.items() if not k.startswith(("HF_", "HUGGING"))}

    def run(
        hub: HubServer, code: str, *arguments: str, **more: str
    ) -> subprocess.CompletedProcess[str]:
        of_hub = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "hf"), **more}
        done = warm.run("-c", [code, *arguments], {**clean, **of_hub}, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""  # no bars, no retry notices: the caller tells of progress
        return done

    return run
