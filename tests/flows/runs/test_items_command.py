"""`rankcheck predictions items`: from kept answers to the report."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from db import open_store
from db.record import record
from db.rows import ScoreRow
from evaluators.errors import ScoreError
from evaluators.trainer.predictions import Predictions, to_table
from flows.cli import cli
from flows.runs import predictions as tables
from flows.runs.places import places
from tests.db.sample_rows import make_run

N = 60
GOLD = tuple(int(each) for each in np.arange(N) % 2)


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_with_facts: Path):
    path = tmp_path / "store.duckdb"
    path.write_bytes(store_with_facts.read_bytes())
    url = f"duckdb:///{path}"
    monkeypatch.setenv("RANKCHECK_STORE", url)

    def models(count: int) -> None:
        """Record models, the later the better; the last two examples are labelled wrongly."""
        drawn = np.random.default_rng(0)
        store = open_store(url)
        for place in range(count):
            right = drawn.random(N) < 0.25 + 0.7 * place / count
            right[-2:] = place < count / 2
            right[0] = True
            said = [gold if ok else 1 - gold for gold, ok in zip(GOLD, right, strict=True)]
            ids = tuple(f"id{each}" for each in range(N))
            kept = Predictions("classification", ("no", "yes"), ids, GOLD, tuple(said))
            params = {"mode": "finetune", "split": "validation", "epochs": place}
            run = make_run(
                f"r{place}", evaluator="clue", task="afqmc", run_id=f"r{place}", parameters=params
            )
            table = to_table(kept, task="afqmc", split="validation")
            tables.keep_tables([table], places(url).tables, run.run_id)
            assert record(store, run, [ScoreRow("accuracy", 0.5, N)])

    return models


def asked(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["predictions", "items", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_broken_examples_are_listed_with_their_ids(keep):
    keep(24)
    out = asked("afqmc", "--top", "10")
    assert "models: 24 (24 runs)" in out
    assert "Broken examples: 2:" in out
    assert "id58" in out
    assert "yes" in out
    assert "12 of 24" in out
    assert "Everybody is always right on 1 examples" in out
    assert "the first 10 of 10" in out
    assert "Kendall's tau" in out
    assert "configurations of 1 checkpoint" in out


def test_records_have_every_example_with_its_numbers(keep):
    keep(24)
    rows = list(csv.DictReader(io.StringIO(asked("afqmc", "--top", "10", "--format", "csv"))))
    assert [row["id"] for row in rows] == [f"id{each}" for each in range(N)]
    assert [row["broken"] for row in rows[-3:]] == ["0", "1", "1"]
    assert rows[0]["informative"] == "0"
    assert rows[0]["rank"] == ""
    assert sum(row["selected"] == "1" for row in rows) == 10
    document = json.loads(asked("afqmc", "--top", "10", "--format", "json"))
    assert len(document["models"]) == 24
    assert [each["id"] for each in document["examples"] if each["broken"]] == ["id58", "id59"]
    assert document["negative_discrimination"] >= 2
    assert 0 < document["selected"]["share_of_information"] < 1
    assert document["selected"]["folds"] == 5


@pytest.mark.parametrize("form", ["latex", "markdown"])
def test_other_formats_have_the_same_sections(keep, form):
    keep(12)
    assert "Most informative examples" in asked("afqmc", "--top", "10", "--format", form)


def test_too_few_models_are_refused_with_what_to_do(keep):
    keep(5)
    with pytest.raises(ScoreError, match="at least 8 models, got 5: score more checkpoints"):
        asked("afqmc")
    with pytest.raises(ScoreError, match="only on validation"):
        asked("afqmc", "--split", "test")
    with pytest.raises(ScoreError, match="run a plan"):
        asked("tnews")


def test_ten_models_say_that_the_selection_was_not_measured(keep):
    keep(10)
    out = asked("afqmc", "--top", "10")
    assert "needs 12 models" in out
    assert "Kendall's tau" not in out
