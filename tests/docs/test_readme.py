"""The README's queries are run as they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from db.sandbox import run_query

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = [shlex.split(line)[2] for line in re.findall(r"^rankcheck sql .*$", README, re.MULTILINE)]


@pytest.fixture(scope="module")
def store(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    from db import open_store
    from flows.boards.leaderboards import store_leaderboards

    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('readme'))}"
    store_leaderboards(open_store(url), ["superglue"])
    return url


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 4


@pytest.mark.parametrize("query", QUERIES)
def test_the_readme_s_queries_run(store: str, query: str) -> None:
    assert run_query(store, query).columns


def test_the_readme_s_human_ranks_come_out(store: str) -> None:
    rows = run_query(store, next(q for q in QUERIES if "ranks" in q)).rows
    assert {row[0] for row in rows} >= {"arithmetic", "geometric", "harmonic"}
