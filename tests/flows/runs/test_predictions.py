"""Kept predictions: found, scored again, compared, written out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import spearmanr

from db import open_store
from db.errors import StoreError
from db.record import record
from db.rows import ScoreRow
from evaluators.dataset import PairDataset
from evaluators.errors import EvaluatorError, ScoreError
from evaluators.paired import paired
from evaluators.result import Table
from evaluators.sts import similarities
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.predictions import Predictions, from_table, to_table
from flows.cli import cli
from flows.runs import predictions as tables
from flows.runs.places import places
from tests.db.sample_rows import make_run

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

    def make(run_id: str, predictions: Predictions | Table, task: str = "afqmc") -> None:
        pairs = isinstance(predictions, Table)
        evaluator = "sts" if pairs else "clue"
        run = make_run(run_id, evaluator=evaluator, task=task, run_id=run_id, parameters={})
        table = predictions if pairs else to_table(predictions, task=task, split="validation")
        tables.keep_tables([table], places(url).tables, run_id)
        assert record(open_store(url), run, [ScoreRow("accuracy", 0.5, 4)])

    return make


def similar(noise: float, gold_seed: int = 0) -> Table:
    gold = np.random.default_rng(gold_seed).integers(0, 6, size=120).astype(float)
    words = tuple(f"sentence {i}" for i in range(120))
    dataset = PairDataset("Pairs", "test", words, words, gold)
    return similarities.to_table(dataset, gold + noise * np.random.default_rng(1).normal(size=120))


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
        Predictions("choice", (), ("a", "b"), (0, 1), (1, 1), clusters=(0, 0)),
        Predictions("entity", ("x",), ("a", "b"), ((), ()), ((), ()), repeats=((), ())),
        Predictions("entity", ("x",), ("a", "b"), ((), ()), ((), ()), repeats=(((3, 5, 0),), ())),
    ],
)
def test_predictions_come_back_as_they_were(kept, tmp_path):
    tables.keep_tables([to_table(kept, task="t", split="s")], tmp_path, "run")
    back = from_table(tables.read_parquet(tmp_path, "run", "predictions"))
    assert (back.family, back.labels, back.ids) == (kept.family, kept.labels, kept.ids)
    assert (back.gold, back.predicted) == (kept.gold, kept.predicted)
    assert (back.clusters, back.repeats) == (kept.clusters, kept.repeats)
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


def chosen(predicted: list[int], clusters: tuple[int, ...] | None) -> Predictions:
    ids = tuple(map(str, range(len(predicted))))
    gold = (0,) * len(ids)
    return Predictions("choice", (), ids, gold, tuple(predicted), clusters=clusters)


def test_the_contexts_of_either_run_are_drawn(keep):
    arm, base = [0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]
    contexts = (0, 0, 0, 1, 2, 3)
    for name, predicted, clusters in (
        ("arm-old", arm, None),
        ("base-old", base, None),
        ("arm-new", arm, contexts),
    ):
        keep(name, chosen(predicted, clusters), "c3")
    found = {}
    for name in ("arm-old", "arm-new"):
        status, out, _ = asked("compare", name, "base-old", "--format", "json")
        assert status == 0
        found[name] = json.loads(out)["comparison"][0]
    old, new = found["arm-old"], found["arm-new"]
    assert (old["difference"], old["mcnemar_p"]) == (0.5, 0.25)
    assert (new["difference"], new["mcnemar_p"]) == (0.5, 1.0), "one context changed"
    assert new["ci_low"] == 0.0 < old["ci_low"]
    assert "4 contexts" in asked("compare", "arm-new", "base-old")[1]


def test_runs_of_sentence_pairs_are_compared_pair_by_pair(keep):
    arm, base = similar(0.5), similar(2.0)
    keep("arm", arm, "Pairs")
    keep("base", base, "Pairs")
    status, out, _ = asked("compare", "arm", "base", "--format", "json", "--seed", "3")
    assert status == 0
    records = json.loads(out)["comparison"]
    assert [record["metric"] for record in records] == ["spearman", "pearson"]
    first = records[0]
    both = [
        spearmanr(each.columns["similarity"], each.columns["gold"]).statistic
        for each in (arm, base)
    ]
    assert first["difference"] == pytest.approx(both[0] - both[1], abs=1e-12)
    assert 0 < first["ci_low"] < first["difference"] < first["ci_high"]
    assert (first["n"], first["mcnemar_p"]) == (120, None)
    again = paired(arm, base, seed=3, metric="spearman").metrics[0]
    assert (first["ci_low"], first["ci_high"]) == (again.low, again.high)
    _, out, _ = asked("compare", "arm", "base")
    assert "2,000 bootstrap samples" in out
    assert "McNemar" not in out
    assert "sentence-pair" in asked("compare", "--help")[1]


def test_runs_that_cannot_be_paired_say_why(keep):
    keep("arm", similar(0.5), "Pairs")
    keep("other", similar(0.5, gold_seed=9), "Pairs")
    keep("clue", said([1, 0, 1, 1]))
    for base, why in (("other", "different examples"), ("clue", "cannot be paired")):
        with pytest.raises(ScoreError, match=why):
            CliRunner().invoke(cli, ["predictions", "compare", "arm", base], catch_exceptions=False)
    with pytest.raises(StoreError, match="predictions compare takes"):
        CliRunner().invoke(cli, ["predictions", "score", "arm"], catch_exceptions=False)


@pytest.mark.parametrize(
    "columns",
    [
        {"id": ["a"], "gold": ["x"], "predicted": [None]},
        {"id": ["a"], "gold": [[1]], "predicted": [2**70]},
        {"id": [], "gold": [], "predicted": []},
    ],
)
def test_a_foreign_table_of_predictions_is_a_named_error(columns):
    about = {"task": "afqmc", "split": "validation", "family": "classification", "labels": LABELS}
    table = Table("predictions", columns, about)
    with pytest.raises(EvaluatorError):
        paired(table, table, seed=0)
    with pytest.raises(EvaluatorError):
        paired(*[Table("predictions", columns, {**about, "task": "no such"})] * 2, seed=0)


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


def without_sentences(table: Table) -> Table:
    """Return similarities as runs kept them before they kept the sentences of each pair."""
    columns = {name: table.columns[name] for name in ("pair", "gold", "similarity")}
    return Table(table.name, columns, table.about)


def test_runs_from_before_sentences_were_kept_compare_as_before_and_say_so(
    keep,
) -> None:
    keep("arm", without_sentences(similar(0.5)), "Pairs")
    keep("base", without_sentences(similar(2.0)), "Pairs")
    found = CliRunner().invoke(cli, ["predictions", "compare", "arm", "base"])
    assert "take pairs as independent" in " ".join(found.output.split())
    old = paired(without_sentences(similar(0.5)), without_sentences(similar(2.0)), seed=0)
    new = paired(similar(0.5), similar(2.0), seed=0)
    assert old.metrics == new.metrics  # no sentence is in two pairs
    assert not new.note


def test_sentences_in_several_pairs_widen_the_paired_interval_if_one_run_kept_them() -> None:
    arm, base = similar(0.5), similar(2.0)
    twice = np.arange(120) // 2
    sides = {"first": twice.tolist(), "second": (twice + 60).tolist()}
    told = Table(arm.name, {**arm.columns, **sides}, arm.about)
    old = paired(without_sentences(arm), without_sentences(base), seed=0, metric="spearman")
    new = paired(told, without_sentences(base), seed=0, metric="spearman")
    assert not new.note
    assert new.metrics[0].value == old.metrics[0].value
    assert new.metrics[0].high - new.metrics[0].low >= old.metrics[0].high - old.metrics[0].low
