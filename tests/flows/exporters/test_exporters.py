"""What goes out comes in again: models, tasks, metrics and scores to the last digit."""

import json
import math

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators.averaging import Board, Column
from evaluators.model_facts.facts import FACTS as FACT_KINDS
from evaluators.model_facts.facts import Fact
from flows import exporters
from flows.boards.measured import CellInterval
from flows.boards.metrics import phrase_facts
from flows.errors import LeaderboardError
from flows.exporters._outgoing import folder_path, outgoing
from tests.flows.importers.conftest import taken

IMPORTERS = {
    "eval-results": "hub-results",
    "every-eval-ever": "every-eval-ever",
    "model-index": "model-card",
    "mteb": "mteb",
}
# Facts that a form has a field for.
FACTS = {
    "eval-results": (),
    "every-eval-ever": tuple(FACT_KINDS),
    "model-index": ("parameters", "licence", "languages", "base_model"),
    "mteb": (
        *("parameters", "active_parameters", "dimensions", "context_tokens", "release_date"),
        *("licence", "open_weights", "instructions", "languages", "base_model", "revision"),
    ),
}
METRICS = ("accuracy", "f1", "cosine_spearman", "ndcg_at_10", "exact_match,strict", "score")
LETTERS = st.text(
    st.one_of(
        st.sampled_from("aZ09 ._-/%#()[]:;'\"\\*&!~+é中\u2028\t"),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    min_size=1,
    max_size=12,
)
# A reader of cards takes the spaces around a name off.
MODELS = LETTERS.filter(lambda name: name == name.strip())
# Importers name MTEB's tasks and the subsets of tasks in ways of their own.
# A task that is called like an error or a count ("K") is left out where a format names no metric.
TASKS = MODELS.filter(lambda name: not name.startswith("MTEB ") and phrase_facts(name) is None)


VALUES = {
    "parameters": st.integers(10_000, 10**13).map(float),
    "zero_shot": st.floats(0, 1),
    "step": st.integers(0, 10**6).map(float),
    "release_date": st.sampled_from(["2024", "2024-06", "2023-11-30"]),
    "licence": st.sampled_from(["mit", "apache-2.0", "other", "https://x.org/L?a=1", "no", "1.0"]),
    "languages": st.sampled_from(["eng", "en, zh", "zho", "no", "zh-CN, deu"]),
    "base_model": st.sampled_from(["google/gemma-2b", "a, b", "x"]),
    "revision": st.sampled_from(["main", "e4ce9877abf3edfe10b0d82785e83bdcb973e22e", "v1.0"]),
}
KINDS = {
    "number": st.integers(1, 10**9).map(float),
    "flag": st.booleans(),
    "text": st.sampled_from(["LlamaForCausalLM", "bfloat16", "4bit", "org/adapter"]),
}


@st.composite
def facts_about(draw):
    names = draw(st.lists(st.sampled_from(sorted(FACT_KINDS)), unique=True))
    if "trajectory" not in names:  # an import names the run of a step after its model
        names = [name for name in names if name != "step"]
    return {
        name: Fact(draw(VALUES.get(name, KINDS[FACT_KINDS[name].kind])), "somewhere")
        for name in names
    }


@st.composite
def boards(draw):
    unit = draw(st.sampled_from([1.0, 100.0]))
    score = st.floats(0, 1) if unit == 1 else st.floats(1.5, 100)
    models = draw(st.lists(MODELS, min_size=1, max_size=4, unique=True))
    tasks = draw(st.lists(TASKS, min_size=1, max_size=4, unique=True))
    metrics = [draw(st.sampled_from(METRICS)) for _ in tasks]
    cells = st.one_of(st.just(math.nan), score)
    values = np.array([[draw(cells) for _ in tasks] for _ in models])
    values[0] = [draw(score) for _ in tasks]
    columns = (
        Column(f"{task} ({metric})", task, metric, unit_max=unit)
        for task, metric in zip(tasks, metrics, strict=True)
    )
    about = without_twins([draw(facts_about()) for _ in models])
    return Board("a-board", "2024", tuple(models), tuple(columns), values, facts=about)


def without_twins(about):
    """Drop the step of a second row that is the same step of one run: an import refuses it."""
    seen, kept = set(), []
    for facts in about:
        step = (facts["trajectory"].value, facts["step"].value) if "step" in facts else None
        if step in seen:
            facts = {name: fact for name, fact in facts.items() if name != "step"}
        elif step is not None:
            seen.add(step)
        kept.append(facts)
    return tuple(kept)


def facts(board):
    return {
        (model, column.task, column.metric, float(value))
        for model, row in zip(board.models, board.values, strict=True)
        for column, value in zip(board.columns, row, strict=True)
        if not math.isnan(value)
    }


@pytest.mark.parametrize("form", exporters.names())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(board=boards())
def test_what_goes_out_comes_in_unchanged(form, board, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    exporters.find(form).write(outgoing(board), folder)
    found = taken(IMPORTERS[form], folder, unit=board.columns[0].unit_max)
    assert facts(found.board) == facts(board)
    kept = FACTS[form]
    assert about_models(found.board, kept) == about_models(board, kept)


def about_models(board, names):
    written = outgoing(board).rows
    models = {row.model for row in written}
    return {
        model: {name: fact.value for name, fact in about.items() if name in names}
        for model, about in zip(board.models, board.facts, strict=True)
        if model in models
    }


def small(**more):
    columns = (
        Column("MRPC_F1", "MRPC", "f1", unit_max=100),
        Column("MRPC_Acc", "MRPC", "accuracy", unit_max=100),
        Column("asr", "asr", "wer", unit_max=100, higher_is_better=False),
    )
    values = [[90.1, 88.7, 5.5], [80.3, math.nan, 6.25]]
    return Board("glue", "2024-07", ("org/a", "b"), columns, np.array(values), **more)


def test_several_metrics_and_less_is_better_come_back_from_every_eval_ever(tmp_path):
    exporters.find("every-eval-ever").write(outgoing(small()), tmp_path)
    found = taken("every-eval-ever", tmp_path, lower=True).board
    assert facts(found) == facts(small())
    assert {(c.name, c.higher_is_better, c.unit_max) for c in found.columns} == {
        ("MRPC_F1", True, 100.0),
        ("MRPC_Acc", True, 100.0),
        ("asr", False, 100.0),
    }


def test_a_cost_that_nothing_bounds_comes_back_without_a_unit(tmp_path):
    cost = Column("wikitext", "wikitext", "perplexity", unit_max=math.inf, higher_is_better=False)
    board = Board("x", "1", ("org/a",), (cost,), np.array([[3000.0]]))
    exporters.find("every-eval-ever").write(outgoing(board), tmp_path)
    assert taken("every-eval-ever", tmp_path, lower=True).board.columns == (cost,)


def test_intervals_go_out_with_every_eval_ever(tmp_path):
    interval = CellInterval(88.5, 91.5, 1725)
    written = outgoing(small(), {("org/a", "MRPC_F1"): interval}, measured=True)
    exporters.find("every-eval-ever").write(written, tmp_path)
    (path,) = tmp_path.glob("data/glue/org/a/*.json")
    record = json.loads(path.read_text())
    by_name = {r["evaluation_result_id"]: r["score_details"] for r in record["evaluation_results"]}
    spread = by_name["MRPC_F1"]["uncertainty"]
    assert spread["confidence_interval"]["lower"] == 88.5
    assert spread["confidence_interval"]["upper"] == 91.5
    assert spread["num_samples"] == 1725
    assert "uncertainty" not in by_name["MRPC_Acc"]
    assert record["eval_library"]["name"] == "rankcheck"


def test_suspect_cells_and_models_without_scores_stay_and_are_named(tmp_path):
    board = small(suspect={(1, 0): "borrowed", (1, 2): "borrowed"}, is_human=(True, False))
    written = outgoing(board)
    assert [row.model for row in written.rows] == ["org/a"]
    notes = " ".join(written.notes)
    assert "2 suspect cells left out, of b" in notes
    assert "1 model without a score left out: b" in notes
    assert "import with --human: org/a" in notes
    with pytest.raises(LeaderboardError, match="has no scores to write"):
        outgoing(board.take([1]))


def test_rows_of_one_name_are_numbered(tmp_path):
    board = Board("x", "1", ("a", "a"), (Column("t", "t"),), np.array([[50.5], [60.5]]))
    exporters.find("model-index").write(outgoing(board), tmp_path)
    assert set(taken("model-card", tmp_path).board.models) == {"a#1", "a#2"}


def test_two_columns_of_one_task_and_metric_go_out_by_name(tmp_path):
    columns = (Column("m", "MNLI", "accuracy"), Column("mm", "MNLI", "accuracy"))
    board = Board("x", "1", ("a",), columns, np.array([[50.5, 60.5]]))
    exporters.find("eval-results").write(outgoing(board), tmp_path)
    found = taken("hub-results", tmp_path).board
    assert facts(found) == {("a", "m", "accuracy", 50.5), ("a", "mm", "accuracy", 60.5)}


def test_yaml_of_the_hub_is_what_its_library_parses(tmp_path):
    from huggingface_hub import parse_eval_result_entries

    columns = (Column("g", "Idavidrein/gpqa gpqa_diamond", "accuracy"), Column("no", "08"))
    board = Board("x", "1", ("org/a",), columns, np.array([[50.5, 60.5]]))
    exporters.find("eval-results").write(outgoing(board), tmp_path)
    content = yaml.safe_load((tmp_path / "org/a/.eval_results/x.yaml").read_text())
    first, second = parse_eval_result_entries(content)
    assert (first.dataset_id, first.task_id) == ("Idavidrein/gpqa", "gpqa_diamond")
    assert (first.value, first.notes) == (50.5, "metric: accuracy; more is better")
    assert (second.dataset_id, second.task_id, second.notes) == ("08", "default", None)


def test_a_model_card_is_what_its_library_reads(tmp_path):
    from huggingface_hub import ModelCard

    exporters.find("model-index").write(outgoing(small()), tmp_path)
    card = ModelCard.load(tmp_path / "org" / "a" / "README.md")
    assert card.data.model_name == "org/a"
    results = {(r.dataset_name, r.metric_type): r.metric_value for r in card.data.eval_results}
    assert results == {("MRPC", "f1"): 90.1, ("MRPC", "accuracy"): 88.7, ("asr", "wer"): 5.5}


def test_mteb_reads_its_results(tmp_path):
    peer = pytest.importorskip("mteb", reason="the peer is not installed")
    columns = (
        Column("STSB (en)", "STSB (en)", "cosine_spearman", split_of="STSB", unit_max=1),
        Column("STSB (zh)", "STSB (zh)", "cosine_spearman", split_of="STSB", unit_max=1),
    )
    board = Board("x", "1", ("org/a",), columns, np.array([[0.5, 0.625]]))
    exporters.find("mteb").write(outgoing(board), tmp_path)
    (path,) = tmp_path.glob("org__a/*/STSB.json")
    result = peer.TaskResult.from_disk(path)
    assert [s["main_score"] for s in result.scores["test"]] == [0.5, 0.625]
    assert facts(taken("mteb", tmp_path).board) == facts(board)


@pytest.mark.parametrize("name", ["../../etc", "/etc/x", "a//b", ".", "..", "a/.eval_results"])
def test_no_name_leads_out_of_the_folder(name):
    path = folder_path(name)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert not any(part.startswith(".") for part in path.parts)


def test_a_name_too_long_for_a_folder_is_refused():
    with pytest.raises(LeaderboardError, match="is too long for a folder"):
        folder_path("a" * 300)


@pytest.mark.parametrize("metric", ["wiggle", "score"])
def test_which_way_is_better_goes_out_with_results_of_the_hub(metric, tmp_path):
    columns = (Column("t", "t", metric), Column("u", "u", metric, higher_is_better=False))
    board = Board("x", "1", ("a",), columns, np.array([[50.5, 2.5]]))
    exporters.find("eval-results").write(outgoing(board), tmp_path)
    found = taken("hub-results", tmp_path, lower=True, unit=100.0).board
    assert facts(found) == facts(board)
    assert [column.higher_is_better for column in found.columns] == [True, False]


def test_the_main_score_of_mteb_is_one_metric_for_every_model(tmp_path):
    columns = (Column("p", "STS-B", "pearson"), Column("s", "STS-B", "spearman"), Column("t", "t"))
    values = np.array([[90.5, 91.5, 50.0], [math.nan, 80.5, 60.0]])
    written = outgoing(Board("x", "1", ("a", "b"), columns, values))
    assert exporters.find("mteb").write(written, tmp_path) == 3
    notes = " ".join(written.notes)
    assert "other metrics stand beside it, for --metric: STS-B spearman" in notes
    assert "left out, without the main metric of their task: b STS-B" in notes
    found = taken("mteb", tmp_path).board
    kept = {("a", "STS-B", "pearson", 90.5), ("a", "t", "score", 50.0), ("b", "t", "score", 60.0)}
    assert facts(found) == kept


def test_an_adapter_goes_out_as_the_relation_to_its_base_model(tmp_path):
    facts = {"base_model": Fact("org/b"), "adapter": Fact("org/a"), "licence": Fact("mit")}
    board = small(facts=(facts, {"adapter": Fact("org/other"), "base_model": Fact("org/b")}))
    exporters.find("model-index").write(outgoing(board), tmp_path)
    found = taken("model-card", tmp_path, lower=True).board
    about = dict(zip(found.models, found.facts, strict=True))
    assert {name: fact.value for name, fact in about["org/a"].items()} == {
        "base_model": "org/b",
        "adapter": "org/a",
        "licence": "mit",
    }
    assert about["b"].keys() == {"base_model"}


@pytest.mark.parametrize(
    ("form", "left"),
    [("mteb", "zero_shot"), ("eval-results", "licence, zero_shot"), ("every-eval-ever", "")],
)
def test_facts_without_a_field_are_named(form, left, tmp_path):
    facts = {"licence": Fact("mit"), "zero_shot": Fact(0.5)}
    written = outgoing(small(facts=(facts, {})))
    exporters.find(form).write(written, tmp_path)
    said = [note for note in written.notes if "no field for some facts" in note]
    assert [note.rpartition(": ")[2] for note in said] == ([left] if left else [])


def test_mteb_reads_the_facts_of_a_model(tmp_path):
    model_meta = pytest.importorskip("mteb.models.model_meta", reason="the peer is not installed")
    facts = {
        "parameters": Fact(7e9),
        "dimensions": Fact(1024.0),
        "release_date": Fact("2024-06-01"),
    }
    board = Board("x", "1", ("org/a",), (Column("t", "t"),), np.array([[50.5]]), facts=(facts,))
    exporters.find("mteb").write(outgoing(board), tmp_path)
    (path,) = tmp_path.rglob("model_meta.json")
    meta = json.loads(path.read_text())
    fields = model_meta.ModelMeta.model_fields.items()
    required = {name: None for name, field in fields if field.is_required()}
    model = model_meta.ModelMeta(**{**required, "framework": [], **meta})
    assert (model.n_parameters, model.embed_dim) == (7_000_000_000, 1024)
