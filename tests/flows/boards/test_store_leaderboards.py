import shutil

import numpy as np
import pandas as pd
import pytest

from db import open_store
from evaluators.averaging import MEANS, TREATMENTS, board_from_tables, rank
from flows.boards.leaderboards import (
    ROOT,
    boards,
    read_board,
    store_boards,
    store_leaderboards,
    store_ranks,
)
from flows.boards.published import collections, read_published, store_published
from flows.errors import LeaderboardError


def ask(store, query):
    with store.read() as connection:
        return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def test_every_bundled_board_is_kept_and_ranked_and_a_second_time_nothing_is_written(
    store_with_facts, tmp_path
):
    store = open_store(f"duckdb:///{shutil.copy(store_with_facts, tmp_path)}")
    snapshots = sum(len(s) for s in boards().values())
    (kept,) = ask(store, "SELECT count(DISTINCT ranking_id) AS n FROM leaderboard_ranks")
    assert kept["n"] == snapshots * len(TREATMENTS) * 3
    assert store_leaderboards(store) == 0
    kept = ask(store, "SELECT board, snapshot, source, retrieved FROM current_boards")
    assert {(r["board"], r["snapshot"]) for r in kept} == {
        (name, snapshot) for name, some in boards().items() for snapshot in some
    }
    assert all(row["source"] and row["retrieved"] for row in kept)


def test_view_ranks_is_what_the_ranking_function_says_for_every_row(store):
    store_leaderboards(store, ["superglue", "glue"])
    rows = ask(store, "SELECT * FROM ranks WHERE board = 'glue' AND snapshot = '2021'")
    kept = {(r["treatment"], r["mean"], r["model_position"]): r for r in rows}
    board = read_board("glue", "2021")
    for name, treatment in TREATMENTS.items():
        for mean, p in MEANS.items():
            for row in rank(board, treatment, p).rows:
                there = kept.pop((name, mean, row.position))
                assert there["score"] == row.score
                assert there["rank"] == row.rank
                assert there["left_out_reason"] == row.left_out
                assert there["model"] == row.model
                assert there["p"] == p
    assert kept == {}
    human = ask(
        store,
        "SELECT mean, rank FROM ranks WHERE board = 'superglue' AND snapshot = '2021'"
        " AND is_human AND treatment = 'per-task' ORDER BY mean",
    )
    assert [row["rank"] for row in human] == [4, 4, 5]


def test_board_comes_back_from_the_store_as_it_was_read(store):
    for key, board_id in store_boards(store, ["glue", "mteb-classic-en"]).items():
        original = read_board(key.board, key.snapshot)
        where = f"WHERE board_id = '{board_id}'"
        back = board_from_tables(
            key.board,
            key.snapshot,
            ask(store, f"SELECT * FROM leaderboard_columns {where}"),  # noqa: S608
            ask(store, f"SELECT * FROM leaderboard_rows {where}"),  # noqa: S608
            pd.DataFrame(ask(store, f"SELECT * FROM leaderboard_cells {where}")).to_dict("list"),  # noqa: S608
        )
        assert back.models == original.models
        assert back.columns == original.columns
        assert back.is_human == original.is_human
        assert back.submitted_by == original.submitted_by
        assert back.suspect == original.suspect
        assert np.array_equal(back.values, original.values, equal_nan=True)
        assert np.array_equal(back.published, original.published, equal_nan=True)


def test_corrected_cell_supersedes_the_old_import_and_its_ranks(store, tmp_path):
    root = tmp_path / "leaderboards"
    shutil.copytree(ROOT / "superglue", root / "superglue")
    store_leaderboards(store, root=root)
    file = root / "superglue" / "2021.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",81.8,51.9,", ",88.0,65.0,"), encoding="utf-8")
    assert store_leaderboards(store, root=root) == 30
    human = ask(
        store,
        "SELECT snapshot, rank FROM ranks WHERE is_human AND treatment = 'per-task'"
        " AND mean = 'harmonic' ORDER BY snapshot",
    )
    assert human == [{"snapshot": "2021", "rank": 1}, {"snapshot": "2022-01", "rank": 7}]
    assert len(ask(store, "SELECT * FROM leaderboards")) == 3


def test_ranks_of_one_board_can_be_kept_alone(store):
    (key, board_id), *_ = store_boards(store, ["xtreme"]).items()
    assert store_ranks(store, read_board(*key), board_id) == 30
    assert store_ranks(store, read_board(*key), board_id) == 0


def test_unknown_or_faulty_board_writes_nothing(tmp_path):
    store = open_store(f"duckdb:///{tmp_path}/none.duckdb")
    with pytest.raises(LeaderboardError, match="did you mean 'superglue'"):
        store_leaderboards(store, ["glue", "superglu"])
    root = tmp_path / "leaderboards"
    shutil.copytree(ROOT / "superglue", root / "superglue")
    (root / "superglue" / "2023.csv").write_text("nothing")
    with pytest.raises(LeaderboardError):
        store_leaderboards(store, root=root)
    assert not store.exists()


def test_published_scores_are_kept_as_printed_once(store):
    assert store_published(store) == len(collections())
    assert store_published(store) == 0
    rows = ask(
        store,
        "SELECT task, value, unit_max, weights_sha256 FROM published_scores WHERE model ="
        " 'sentence-transformers/all-MiniLM-L6-v2' AND metric = 'spearman' AND split = 'test'",
    )
    stsb = next(row for row in rows if row["task"] == "STSBenchmark")
    assert stsb["value"] == 0.820325
    assert stsb["unit_max"] == 1
    everything = ask(store, "SELECT count(*) AS n FROM published_scores")[0]["n"]
    assert everything == sum(len(read_published(name)) for name in collections())


def test_tiers_are_stored_for_the_default_treatment(store):
    store_leaderboards(store, ["superglue", "xtreme"])
    rows = ask(
        store,
        "SELECT model, tier, rank_low, rank_high FROM ranks WHERE board = 'superglue'"
        " AND snapshot = '2021' AND treatment = 'per-task' AND mean = 'arithmetic' AND rank <= 6"
        " ORDER BY rank",
    )
    assert [row["tier"] for row in rows] == [1, 1, 1, 1, 1, 2]
    assert all(row["rank_low"] == 1 for row in rows[:5])
    others = ask(
        store,
        "SELECT count(tier) AS n FROM ranks WHERE treatment <> 'per-task' OR board = 'xtreme'",
    )
    assert others == [{"n": 0}], "xtreme has too few tasks"
