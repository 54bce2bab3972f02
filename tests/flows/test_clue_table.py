"""The table of CLUE tasks at the end of a run."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from db.record import record
from db.rows import CheckpointRow, ScoreRow
from flows.reports.summary import clue_rows, clue_table
from tests.db.sample_rows import make_run


def keep(store: Any, mode: str, seed: int = 0, **values: float) -> str:
    parameters = {
        "mode": mode,
        "head": "linear" if mode == "finetune" else "",
        "method": "plain" if mode == "finetune" else "",
        "split": "validation",
        "trained_on": "afqmc/train",
    }
    bert = CheckpointRow("weights", "bert", "file:///bert") if mode == "finetune" else None
    key = f"{mode}{seed}"
    run = make_run(
        key,
        evaluator="clue",
        task="afqmc",
        seed=seed,
        parameters=parameters,
        checkpoint_digest="weights" if bert else "",
    )
    scores = [ScoreRow(m, v, 99, {}, v - 0.01, v + 0.01) for m, v in values.items()]
    assert record(store, run, scores, checkpoint=bert)
    return key


def test_every_way_stands_beside_the_best_floor(store) -> None:
    keys = [
        keep(store, "constant", accuracy=0.69),
        keep(store, "tfidf", accuracy=0.68),
        keep(store, "all-positive", f1=0.47),
        keep(store, "finetune", accuracy=0.60, f1=0.60, macro_f1=0.99),
        keep(store, "finetune", accuracy=0.61, seed=1),
    ]
    with store.read() as connection:
        rows = clue_rows(connection, keys)
        assert clue_rows(connection, ["another"]) == []
    assert [(r["metric"], r["mode"], r["standing"]) for r in rows] == [
        ("accuracy", "constant", None),
        ("accuracy", "tfidf", None),
        ("accuracy", "finetune", "below"),
        ("f1", "finetune", "above"),
        ("f1", "all-positive", None),
    ]
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(clue_table(rows))
    said = console.export_text()
    assert "bert finetune, 2 seeds" in said
    assert "below (constant)" in said
    assert "above (all-positive)" in said
    assert "60.50" in said
