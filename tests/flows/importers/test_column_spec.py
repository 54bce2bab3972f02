"""Columns that are a known board's: pairs under its names, its spec by its name, the hint."""

import csv
import io

import numpy as np
import pytest

from flows.boards.importing import import_board
from flows.boards.leaderboards import ROOT, read_board
from flows.boards.spec import read_spec
from flows.errors import LeaderboardError
from flows.importers._columns import column_spec
from flows.importers._draft import Asked
from tests.flows.importers.conftest import cells, refused, taken

SPEC = """\
name: other
title: Another board
unit_max: 100
columns:
  - {name: T_acc, task: T, metric: accuracy}
  - {name: T_f1, task: T, metric: f1}
  - {name: N-m, task: N-m, metric: accuracy, split_of: N}
  - {name: N-mm, task: N-mm, metric: accuracy, split_of: N}
  - {name: X, task: X, metric: accuracy, role: diagnostic}
"""
PAIRS = {"MRPC": ("MRPC_F1", "MRPC_Acc"), "STS-B": ("STS-B_P", "STS-B_S")}


def folded(board, pairs):
    """Return a bundled board as a CSV in which two columns share a cell, as leaderboards print."""
    names = [column.name for column in board.columns]
    second = [b for _, b in pairs.values()]
    as_first = {a: name for name, (a, _) in pairs.items()}
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["model", *(as_first.get(n, n) for n in names if n not in second)])
    for model, row in zip(board.models, board.values, strict=True):
        text = {n: "-" if np.isnan(x) else repr(float(x)) for n, x in zip(names, row, strict=True)}
        for a, b in pairs.values():
            text[a] = f"{text[a]}/{text[b]}" if {text[a], text[b]} != {"-"} else "-"
        writer.writerow([model, *(text[n] for n in names if n not in second)])
    return out.getvalue()


@pytest.mark.parametrize("board", ["glue", "x-glue"])
def test_pairs_take_the_names_and_the_order_that_the_board_has_of_the_task(store, put, board):
    ours = read_board("glue", "2021")
    spec = None if board == "glue" else column_spec("glue", store)
    asked = Asked(board, "2020", spec=spec, repeated=("ALL",), suspect=("GLUE Human Baselines",))
    own = {"pairs": "split", "missing": ["-"]}
    found = import_board(store, "csv", put("a.csv", folded(ours, PAIRS)), asked, own).imported
    assert [(c.name, c.task, c.metric, c.role) for c in found.board.columns] == [
        (c.name, c.task, c.metric, c.role) for c in ours.columns
    ]
    assert np.array_equal(found.board.values, ours.values, equal_nan=True)
    whose = "glue" if board == "glue" else "the column spec"
    said = f"the first is taken to be MRPC_F1, the second MRPC_Acc, as {whose} has them in order"
    assert any(said in note for note in found.notes)


def test_pairs_follow_the_spec_however_it_orders_them_sub_splits_too(put):
    spec = read_spec(put("board.yaml", SPEC))
    path = put("a.csv", "model,T,N\nm1,90/80,70/60\n")
    found = taken("csv", path, {"pairs": "split"}, spec=spec)
    assert cells(found) == {"m1": {"T_acc": 90, "T_f1": 80, "N-m": 70, "N-mm": 60}}


def test_pairs_without_two_columns_of_the_task_are_not_given_any_of_the_board(put):
    spec = read_spec(put("board.yaml", SPEC))
    message = refused("csv", put("a.csv", "model,X\nm1,90/80\n"), {"pairs": "split"}, spec=spec)
    assert "'X_1' is not in the column spec" in message


def test_pairs_that_would_double_a_column_are_refused(put):
    path = put("a.csv", "model,T,T_f1\nm1,90/80,70\n")
    spec = read_spec(put("board.yaml", SPEC))
    assert "there is a column 'T_f1' too" in refused("csv", path, {"pairs": "split"}, spec=spec)
    plain = put("b.csv", "model,T,T_1\nm1,90/80,70\n")
    assert "there is a column 'T_1' too" in refused("csv", plain, {"pairs": "split"})


def test_columns_named_as_a_bundled_board_s_are_said_to_be(put):
    table = (ROOT / "superglue" / "2021.csv").read_text(encoding="utf-8")
    hint = "columns are named as superglue's: --column-spec superglue uses its tasks"
    assert any(note.startswith(hint) for note in taken("csv", put("a.csv", table)).notes)
    lines = table.splitlines()
    more = "\n".join([f"{lines[0]},Mean", *(f"{line},50" for line in lines[1:])])
    found = taken("csv", put("b.csv", more))
    assert any(note.startswith("14 of 15 columns are named as superglue's") for note in found.notes)
    for few in ("model,RTE\nm,90\n", "model,RTE,WNLI,X\nm,90,80,70\n"):
        assert not any("are named as" in note for note in taken("csv", put("c.csv", few)).notes)


def test_a_column_spec_is_a_file_or_a_known_board_s_name(store, put, monkeypatch, tmp_path):
    table = put("a.csv", (ROOT / "superglue" / "2021.csv").read_text(encoding="utf-8"))
    spec = column_spec("superglue", store)
    found = import_board(store, "csv", table, Asked("x-superglue", "2020", spec=spec)).imported
    ours = read_board("superglue", "2021")
    assert found.board.columns == ours.columns
    assert not any("are named as" in note for note in found.notes)
    imported = column_spec("x-superglue", store)
    assert [(c.task, c.role) for c in imported.columns] == [(c.task, c.role) for c in ours.columns]
    put("superglue", SPEC)
    monkeypatch.chdir(tmp_path)
    assert column_spec("superglue", store).name == "other"
    with pytest.raises(LeaderboardError, match="neither a file nor a board: did you mean 'glue'"):
        column_spec("glu", store)
    with pytest.raises(LeaderboardError, match=r"board\.yaml: No such file"):
        column_spec("none.yaml", store)
