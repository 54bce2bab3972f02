"""Kept predictions: found, scored again, compared, written out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from db import open_store
from db.record import record
from db.rows import ScoreRow
from evaluators.clue.examples import Entity
from evaluators.clue.kept import from_table, to_table
from evaluators.clue.predictions import Predictions
from evaluators.errors import ScoreError
from evaluators.result import Table
from flows import tables
from flows.cli import cli
from flows.places import places
from tests.db.conftest import make_run

LABELS = ("0", "1")


def said(predicted: list[int], gold: tuple[int, ...] = (1, 0, 1, 1)) -> Predictions:
    p = np.eye(2, dtype=np.float32)[predicted]
    return Predictions("classification", LABELS, tuple("abcd"), gold, tuple(predicted), p)


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_with_facts: Path):
    path = tmp_path / "store.duckdb"
    path.write_bytes(store_with_facts.read_bytes())
    url = f"duckdb:///{path}"
    monkeypatch.setenv("RANKCHECK_STORE", url)

    def make(run_id: str, predictions: Predictions, task: str = "afqmc") -> None:
        run = make_run(run_id, evaluator="clue", task=task, run_id=run_id, parameters={})
        table = to_table(predictions, task=task, split="validation")
        tables.keep([table], places(url).tables, run_id)
        assert record(open_store(url), run, [ScoreRow("accuracy", 0.5, 4)])

    return make


def asked(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["predictions", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    "kept",
    [
        said([1, 0, 0, 1]),
        Predictions("span", (), ("a",), (("甲", "乙"),), ("甲乙",)),
        Predictions("entity", ("name",), ("a", "b"), ((Entity("name", 0, 2),), ()), ((), ())),
        Predictions("choice", (), ("a",), (None,), (3,)),
    ],
)
def test_predictions_come_back_as_they_were(kept, tmp_path):
    tables.keep([to_table(kept, task="t", split="s")], tmp_path, "run")
    back = from_table(tables.read(tmp_path, "run", "predictions"))
    assert (back.family, back.labels, back.ids) == (kept.family, kept.labels, kept.ids)
    assert (back.gold, back.predicted) == (kept.gold, kept.predicted)
    if kept.probabilities is not None:
        assert np.array_equal(back.probabilities, kept.probabilities)


def test_nan_probabilities_and_other_tables_are_refused():
    bad = said([1, 0, 0, 1])
    bad.probabilities[0, 0] = np.nan
    with pytest.raises(ScoreError, match="NaN"):
        to_table(bad, task="t", split="s")
    with pytest.raises(ScoreError, match="holds no predictions"):
        from_table(Table("curves", {"x": (1,)}))


def test_metrics_are_computed_anew_from_the_beginning_of_an_id(keep):
    keep("abc1", said([1, 0, 0, 1]))
    status, out, _ = asked("score", "abc", "--format", "json")
    assert status == 0
    scores = {s["metric"]: s["value"] for s in json.loads(out)["scores"] if not s["class"]}
    assert scores["accuracy"] == 0.75
    assert scores["f1"] == pytest.approx(0.8)
    status, out, _ = asked("score", "abc")
    assert "accuracy" in out
    assert "By class" in out


def test_two_runs_are_compared_on_the_same_examples(keep):
    keep("arm", said([1, 0, 1, 1]))
    keep("base", said([1, 1, 0, 1]))
    status, out, _ = asked("compare", "arm", "base", "--format", "json")
    assert status == 0
    first = json.loads(out)["comparison"][0]
    assert (first["arm_value"], first["base_value"], first["difference"]) == (1.0, 0.5, 0.5)
    assert (first["gained"], first["lost"], first["mcnemar_p"]) == (2, 0, 0.5)


def test_other_examples_and_unknown_runs_are_refused_in_words(keep):
    keep("arm", said([1, 0, 1, 1]))
    keep("other", said([1, 0, 1, 1], gold=(1, 1, 1, 1)))
    keep("task", said([1, 0, 1, 1]), task="ocnli")
    with pytest.raises(ScoreError, match="different examples"):
        CliRunner().invoke(cli, ["predictions", "compare", "arm", "other"], catch_exceptions=False)
    with pytest.raises(ScoreError, match="one task and split"):
        CliRunner().invoke(cli, ["predictions", "compare", "arm", "task"], catch_exceptions=False)


def test_examples_are_written_one_a_line_and_only_wrong_ones_on_request(keep):
    keep("abc", said([1, 0, 0, 1]))
    _, out, _ = asked("export", "abc")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["right"] for line in lines] == [True, True, False, True]
    assert lines[2] == {
        "id": "c",
        "gold": 1,
        "predicted": 0,
        "probabilities": [1.0, 0.0],
        "right": False,
    }
    _, out, _ = asked("export", "abc", "--wrong")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["c"]
