"""MTEB's means over STS and pair classification, from the bundled boards in a store."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from db import open_store
from db.record import record
from db.rows import CheckpointRow, ScoreRow
from db.store import Store
from evaluators.tasks import find
from flows.boards.leaderboards import store_boards
from tests.db.sample_rows import make_run

TABLES = Path(__file__).parents[4] / "shared/leaderboards/mteb-2026-08"
BOARDS = {"mteb-eng-v2": "official_eng_v2.csv", "mteb-cmn-v1": "official_cmn_v1.csv"}
TASKS = {
    ("mteb-eng-v2", "STS"): 9,
    ("mteb-eng-v2", "PairClassification"): 3,
    ("mteb-cmn-v1", "STS"): 7,
    ("mteb-cmn-v1", "PairClassification"): 2,
}


@pytest.fixture(scope="module")
def store(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = shutil.copy(empty_store, tmp_path_factory.mktemp("boards"))
    store = open_store(f"duckdb:///{path}")
    store_boards(store, list(BOARDS))
    return store


def ask(store: Store, query: str) -> list[tuple]:
    with store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_the_tasks_of_a_benchmark_are_all_tasks_of_ours(store: Store) -> None:
    rows = ask(store, "SELECT board, type, task, metric FROM mteb_cells WHERE model IS NULL")
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for board, kind, task, metric in rows:
        counts[board, kind] += 1
        assert (find(task).type, find(task).main_metric) == (kind, metric.removeprefix("cosine_"))
    assert counts == TASKS


@pytest.mark.parametrize("board", BOARDS)
def test_means_of_the_cells_are_those_of_mtebs_own_table(store: Store, board: str) -> None:
    if not TABLES.is_dir():
        pytest.skip("MTEB's tables are not beside this checkout")
    with (TABLES / BOARDS[board]).open(encoding="utf-8", newline="") as file:
        # Experiments are further rows of a model.
        official = {row["Model"]: row for row in csv.DictReader(file) if not row["_experiment_id"]}
    query = f"""
        SELECT model, type, avg(value), count(*) FROM mteb_cells
        WHERE board = '{board}' AND model IS NOT NULL GROUP BY ALL
    """  # noqa: S608
    compared = 0
    for model, kind, mean, tasks in ask(store, query):
        if tasks == TASKS[board, kind] and official.get(model, {}).get(kind):
            assert mean == pytest.approx(float(official[model][kind]), abs=1e-9)
            compared += 1
    assert compared > 140


def test_a_checkpoint_with_a_models_scores_has_the_models_means(store: Store) -> None:
    name = "sentence-transformers/all-MiniLM-L6-v2"
    cells = ask(
        store,
        "SELECT task, value FROM mteb_cells"  # noqa: S608
        f" WHERE board = 'mteb-eng-v2' AND type = 'STS' AND model = '{name}'",
    )
    assert len(cells) == 9
    checkpoint = CheckpointRow("digest", "all-MiniLM-L6-v2", "here")
    for done, (task, value) in enumerate(cells, 1):
        scores = [ScoreRow("spearman", value, 9, {"k": 384, "aggregate": "all"})]
        run = make_run(task, task=task, dataset_digest=task, checkpoint_digest="digest")
        assert record(store, run, scores, checkpoint=checkpoint)
        if done == 8:
            query = "SELECT average, missing FROM mteb_averages WHERE board = 'mteb-eng-v2'"
            assert ask(store, query) == [(None, cells[-1][0])]
    query = (
        "SELECT model, task, published, difference FROM published_vs_measured"
        " WHERE aggregate = 'mean over tasks'"
    )
    (row,) = ask(store, query)
    assert row[:2] == (name, "mteb-eng-v2 STS")
    assert row[2] == pytest.approx(sum(value for _, value in cells) / 9, abs=1e-12)
    assert row[3] == pytest.approx(0, abs=1e-12)
