"""From a file to the store: snapshots, supersession, one transaction, names that are taken."""

import math
from pathlib import Path

import numpy as np
import pytest

from db.errors import StoreError
from evaluators.averaging import MEANS, TREATMENTS, rank
from flows.boards.importing import import_board
from flows.boards.leaderboards import known_boards, load_board, read_board
from flows.errors import LeaderboardError
from flows.importers._draft import Asked

TABLE = "model,is_human,A,B\nm1,0,90,50\nm2,0,80.5,70\nH,1,85,\n"


def bring(store, path, board="mine", snapshot="2024-01", **more):
    return import_board(store, "csv", path, Asked(board, snapshot, **more))


def ask(store, query):
    with store.read() as connection:
        return connection.exec_driver_sql(query).fetchall()


def test_an_import_is_ranked_under_every_treatment_and_comes_back_as_it_was(store, put):
    kept = bring(store, put("a.csv", TABLE))
    assert (kept.outcome, kept.rankings) == ("new", len(TREATMENTS) * len(MEANS))
    board = load_board("mine", store=store)
    ours = kept.imported.board
    assert (board.models, board.columns, board.is_human) == (
        ours.models,
        ours.columns,
        ours.is_human,
    )
    assert np.array_equal(board.values, ours.values, equal_nan=True)
    for name, treatment in TREATMENTS.items():
        for mean, p in MEANS.items():
            rows = ask(
                store,
                "SELECT model, score, rank, left_out_reason FROM ranks WHERE board ="  # noqa: S608
                f" 'mine' AND treatment = '{name}' AND mean = '{mean}'",
            )
            assert {tuple(row) for row in rows} == {
                (r.model, r.score, r.rank, r.left_out) for r in rank(board, treatment, p).rows
            }


def test_snapshots_make_a_series_oldest_first_and_the_latest_is_the_default(store, put):
    for date in ("2024-06-01", "2023", "2024-01"):
        bring(store, put("a.csv", TABLE), snapshot=date)
    assert known_boards(store)["mine"] == ("2023", "2024-01", "2024-06-01")
    assert load_board("mine", store=store).snapshot == "2024-06-01"
    with pytest.raises(LeaderboardError, match="it has 2023, 2024-01, 2024-06-01"):
        load_board("mine", "2022", store)
    with pytest.raises(LeaderboardError, match="did you mean 'mine'"):
        load_board("mime", store=store)


def test_the_same_again_writes_nothing_and_a_change_supersedes(store, put):
    bring(store, put("a.csv", TABLE))
    before = store.freshness()
    assert bring(store, put("a.csv", TABLE)).outcome == "unchanged"
    assert store.freshness() == before
    assert bring(store, put("a.csv", TABLE.replace("90", "91"))).outcome == "superseded"
    assert ask(store, "SELECT count(*) FROM leaderboards") == [(2,)]
    assert load_board("mine", store=store).values[0, 0] == 91
    assert ask(store, "SELECT count(*) FROM ranks WHERE board = 'mine'") == [(90,)]


def test_a_refused_or_dry_import_leaves_the_store_as_it_was(store, put):
    before = store.freshness()
    with pytest.raises(LeaderboardError):
        bring(store, put("a.csv", TABLE + "m3,0,-,1\n"))
    asked = Asked("mine", "2024")
    assert import_board(store, "csv", put("b.csv", TABLE), asked, dry_run=True).outcome == "dry run"
    assert store.freshness() == before


def test_a_failure_while_writing_leaves_neither_board_nor_ranks(store, put, monkeypatch):
    def fail(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr("db.leaderboards._write_rankings", fail)
    with pytest.raises(StoreError, match="disk is full"):
        bring(store, put("a.csv", TABLE))
    assert ask(store, "SELECT count(*) FROM leaderboards") == [(0,)]


def test_columns_keep_their_meaning_from_snapshot_to_snapshot(store, put):
    bring(store, put("a.csv", TABLE))
    more = put("b.csv", "model,A,B,C\nm1,90,50,40\n")
    with pytest.raises(LeaderboardError, match="'C' is on no earlier snapshot of mine"):
        bring(store, more, snapshot="2025")
    assert bring(store, more, snapshot="2025", new_columns=True).outcome == "new"
    with pytest.raises(LeaderboardError, match="perfect score on earlier snapshots of mine is 100"):
        bring(store, put("c.csv", "model,A\nm1,0.9\n"), snapshot="2026", unit=1.0)
    with pytest.raises(LeaderboardError, match="every score is at most 1"):
        bring(store, put("c.csv", "model,A,B\nm1,0.9,0.5\n"), snapshot="2026")
    fewer = bring(store, put("d.csv", "model,A\nm1,9\n"), snapshot="2026")
    assert any("that this one lacks: B, C" in note for note in fewer.imported.notes)


def test_the_unit_of_a_first_snapshot_can_be_corrected(store, put):
    path = put("a.csv", "model,A,B\nm1,0.4,0.9\nm2,0.3,1.0\n")
    bring(store, path)
    assert bring(store, path, unit=100.0, suspect=("m1", "m2")).outcome == "superseded"


def test_a_bundled_board_takes_new_snapshots_with_its_own_columns_and_is_never_overwritten(
    store, put
):
    board = read_board("superglue", "2021")
    header = ",".join(["model", "is_human", *(c.name for c in board.columns)])
    rows = [
        ",".join([f'"{model}"', str(int(human)), *("" if x != x else repr(x) for x in values)])
        for model, human, values in zip(
            board.models, board.is_human, board.values.tolist(), strict=True
        )
    ]
    path = put("s.csv", "\n".join([header, *rows]))
    with pytest.raises(LeaderboardError, match="superglue 2021 ships with rankcheck"):
        bring(store, path, "superglue", "2021")
    bring(store, path, "superglue", "2023-01")
    assert known_boards(store)["superglue"] == ("2021", "2022-01", "2023-01")
    again = load_board("superglue", store=store)
    assert again.columns == board.columns
    assert again.title == board.title
    for p in MEANS.values():
        ours = rank(again, TREATMENTS["per-task"], p).human
        assert ours.rank == rank(board, TREATMENTS["per-task"], p).human.rank
    assert load_board("superglue", "2021", store).sources == board.sources
    with pytest.raises(LeaderboardError, match="did you mean 'BoolQ'"):
        bring(store, put("t.csv", "model,BoolK\nm,90\n"), "superglue", "2024")


def test_another_boards_spec_lends_its_columns_and_nothing_else(store, put):
    from flows.boards.board_file import ROOT
    from flows.boards.spec import read_spec

    spec = read_spec(ROOT / "superglue" / "board.yaml")
    kept = bring(store, put("a.csv", "model,CB_F1,AX-b\nm1,90,-3\n"), spec=spec, snapshot="2021")
    board = load_board("mine", store=store)
    assert [(c.task, c.role) for c in board.columns] == [("CB", "main"), ("AX-b", "diagnostic")]
    assert board.title == "mine"
    assert "a.csv" in board.sources[0]
    assert "columns as the spec of 'superglue' has them" in kept.imported.notes


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"- a", b"name: [", b"name: x\x00"])
def test_a_spec_that_cannot_be_read_is_refused_in_one_sentence(tmp_path, content):
    from flows.boards.spec import read_spec

    path = tmp_path / "board.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LeaderboardError, match=r"board\.yaml"):
        read_spec(path)
    with pytest.raises(LeaderboardError, match="directory"):
        read_spec(tmp_path)


@pytest.mark.parametrize("name", ["", "../x", "a b", "measured-sts", "measured-mine", "-x", "é"])
def test_names_that_mean_trouble_are_refused(store, put, name):
    with pytest.raises(LeaderboardError, match="board"):
        bring(store, put("a.csv", TABLE), board=name)


def test_a_snapshot_that_is_no_date_is_said(store, put):
    kept = bring(store, put("a.csv", TABLE), snapshot="v2")
    assert any("'v2' is not a date" in note for note in kept.imported.notes)


def test_a_store_that_cannot_be_read_takes_no_bundled_board_away(tmp_path, logged):
    from db import open_store

    (tmp_path / "bad.duckdb").write_bytes(b"no store" * 1000)
    store = open_store(f"duckdb:///{tmp_path}/bad.duckdb")
    assert load_board("glue", "2021", store).name == "glue"
    assert load_board("glue", store=store).snapshot == "2022-01"
    assert "only the bundled leaderboards are known" in logged.getvalue()


def test_bundled_boards_alone_where_there_is_no_store(tmp_path):
    from db import open_store

    store = open_store(f"duckdb:///{tmp_path}/none.duckdb")
    assert "glue" in known_boards(store)
    assert not store.exists()


def test_a_thousand_models_are_one_import(store, put):
    rng = np.random.default_rng(0)
    rows = [
        ",".join([f"m{i}", *map(str, values)])
        for i, values in enumerate(rng.uniform(1, 99, (1000, 6)))
    ]
    kept = bring(store, put("big.csv", "\n".join(["model,a,b,c,d,e,f", *rows])))
    assert kept.rankings == 30
    assert ask(store, "SELECT count(*) FROM ranks") == [(30_000,)]


def test_the_flow_does_what_the_command_does(store, put, monkeypatch):
    from flows.import_boards import import_boards

    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    options = {"human": ["m1"], "missing": ["-"], "unit": 100}
    path = put("a.csv", "model,A\nm1,90\nm2,-\n")
    done = import_boards.fn("csv", str(path), "mine", "2024", options)
    assert (done["human"], done["n_missing"], done["rankings"]) == (["m1"], 1, 30)
    with pytest.raises(ValueError, match="did you mean 'missing'"):
        import_boards.fn("csv", str(path), "mine", "2024", {"mising": ["-"]})
    with pytest.raises(LeaderboardError, match="A=up: must be NAME=higher"):
        import_boards.fn("csv", str(path), "mine", "2024", {"directions": {"A": "up"}})
    renamed = {**options, "human": [], "rename": {"m1": "M"}, "units": {"A": 100}}
    import_boards.fn("csv", str(path), "other", "2024", {**renamed, "unit": None})
    assert load_board("other", store=store).models == ("M", "m2")


def test_the_scheduled_import_takes_every_option_of_the_command(store, put, monkeypatch):
    from flows.import_boards import import_boards

    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    table = put("a.csv", "model,A,wait\nm1,90,3\nm2,80,2\nm3,70,1\n")
    names = put("names.csv", "m1,org/m1\n")
    options = {
        "unit": 100,
        "directions": {"wait": "lower"},
        "lower": True,
        "rename": str(names),
        "verbose": True,
    }
    done = import_boards.fn("csv", str(table), "mine", "2024", options)
    assert done["n_models"] == 3
    assert ask(store, "SELECT model FROM leaderboard_rows ORDER BY position")[0] == ("org/m1",)


def test_every_format_has_a_page_a_command_and_help():
    from flows import importers

    page = (Path(__file__).parents[3] / "docs" / "guides" / "importing.md").read_text("utf-8")
    assert len(importers.names()) >= 10
    for name in importers.names():
        assert importers.find(name).__doc__
        assert f"**{name}**" in page, name
        assert all(option.help for option in importers.find(name).OPTIONS)
    with pytest.raises(ValueError, match="did you mean 'lm-eval'"):
        importers.find("lmeval")


def test_an_import_with_a_cost_is_ranked_under_the_treatments_that_turn_it(store, put):
    path = put("a.csv", "model,A,WER\nm1,90.5,12.5\nm2,80.5,10.0\n")
    kept = bring(store, path, lower=True)
    assert [c.higher_is_better for c in kept.imported.board.columns] == [True, False]
    rows = ask(
        store,
        "SELECT model, score, treatment FROM ranks WHERE board = 'mine' AND mean = 'arithmetic'"
        " AND treatment IN ('per-task', 'per-task+complement', 'per-task+inverse')",
    )
    assert {tuple(row) for row in rows} == {
        ("m1", (90.5 + 87.5) / 2, "per-task+complement"),
        ("m1", (90.5 + 8.0) / 2, "per-task+inverse"),
        ("m2", (80.5 + 90.0) / 2, "per-task+complement"),
        ("m2", (80.5 + 10.0) / 2, "per-task+inverse"),
    }
    again = bring(store, put("b.csv", "model,A,WER\nm1,90.5,11.5\n"), snapshot="2024-02")
    assert not again.imported.board.columns[1].higher_is_better


def test_a_cost_that_nothing_bounds_is_stored_without_a_unit_and_never_complemented(store, put):
    bring(store, put("a.csv", "model,A,perplexity\nm1,90.5,12.5\nm2,80.5,10.0\n"), lower=True)
    ranked = ask(
        store,
        "SELECT DISTINCT treatment, model, score FROM ranks WHERE board = 'mine'"
        " AND mean = 'arithmetic' AND treatment LIKE 'per-task+%'",
    )
    assert {tuple(row) for row in ranked if row[0] == "per-task+inverse"} == {
        ("per-task+inverse", "m1", (90.5 + 8.0) / 2),
        ("per-task+inverse", "m2", (80.5 + 10.0) / 2),
    }
    assert not [row for row in ranked if "complement" in row[0]]
    units = "SELECT unit_max FROM leaderboard_columns ORDER BY position"
    assert [row[0] for row in ask(store, units)] == [100, None]
    assert load_board("mine", store=store).columns[1].unit_max == math.inf
    again = bring(store, put("b.csv", "model,A,perplexity\nm1,90.5,900\n"), snapshot="2024-02")
    assert again.imported.board.columns[1].unit_max == math.inf


def test_a_board_of_costs_alone_has_no_unit(store, put):
    bring(store, put("a.csv", "model,perplexity,bpb\nm1,8,0.5\nm2,10,0.4\n"), lower=True)
    scores = ask(
        store,
        "SELECT model, score FROM ranks WHERE board = 'mine' AND mean = 'arithmetic'"
        " AND treatment = 'per-task+inverse'",
    )
    assert {tuple(row) for row in scores} == {("m1", (1 / 8 + 2) / 2), ("m2", (1 / 10 + 2.5) / 2)}
    path = put("b.csv", "model,perplexity,bpb,A\nm1,8,0.5,70.1\n")
    again = bring(store, path, snapshot="2024-02", new_columns=True)
    assert [c.unit_max for c in again.imported.board.columns] == [math.inf, math.inf, 100]
