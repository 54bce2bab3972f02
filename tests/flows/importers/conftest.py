"""Files to import, and real ones where the machine has them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import importers
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, Imported

REAL = Path(__file__).parents[4] / "shared" / "leaderboards"


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a file: text, bytes, or what becomes JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write


def taken(form: str, path: Path, own: dict[str, Any] | None = None, **asked: Any) -> Imported:
    return importers.find(form).read(path, Asked("board", "2024", **asked), **(own or {}))


def refused(form: str, path: Path, own: dict[str, Any] | None = None, **asked: Any) -> str:
    with pytest.raises(LeaderboardError) as caught:
        taken(form, path, own, **asked)
    return str(caught.value)


def about(found: Imported) -> dict[str, dict[str, float | bool | str]]:
    """Return the facts about each model, without their sources."""
    return {
        model: {name: fact.value for name, fact in facts.items()}
        for model, facts in zip(found.board.models, found.board.facts, strict=True)
    }


def cells(found: Imported) -> dict[str, dict[str, float]]:
    """Return the scores by model and column, without what is missing."""
    board = found.board
    return {
        model: {
            column.name: float(value)
            for column, value in zip(board.columns, row, strict=True)
            if value == value
        }
        for model, row in zip(board.models, board.values, strict=True)
    }


def lm_result(
    model: str = "org/a", results: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return what lm-evaluation-harness writes for a model; `more` replaces or adds keys."""
    results = results or {"arc": {"alias": "arc", "acc,none": 0.5, "acc_stderr,none": 0.01}}
    return {
        "results": results,
        "n-shot": dict.fromkeys(results, 5),
        "versions": dict.fromkeys(results, 1.0),
        "config": {"model": "hf", "model_args": f"pretrained={model},dtype=float16", "limit": None},
        "date": 1_700_000_000.0,
        **more,
    }


@pytest.fixture
def real() -> Callable[[str], Path]:
    """Return a real file by name; skip where this machine has none."""

    def find(name: str) -> Path:
        if not (REAL / name).exists():
            pytest.skip(f"{name} is not beside this checkout")
        return REAL / name

    return find


@pytest.fixture(scope="session")
def mteb_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = REAL / "raw" / "mteb_results_12models.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive.name} is not beside this checkout")
    folder = tmp_path_factory.mktemp("mteb")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder
