"""The STS page: prompts, sizes of vectors, pairs of two classes, MTEB's means."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.prompts import prompt_spread
from dashboard.charts.vector_sizes import score_ranges, size_panel
from dashboard.queries import sts
from dashboard.sts.by_prompt import spread_points
from dashboard.sts.prompt_names import Prompts, names, shortened
from db import open_store
from db.record import write_prompt_choices
from db.rows import PromptChoiceRow
from tests.dashboard.look import everything
from tests.dashboard.vectors import PROMPTS

LONG = PROMPTS[3]


@pytest.fixture(scope="module")
def asked(vectors: str):
    """Return a function that asks the store one question."""

    def ask(question, *params):
        with open_store(vectors).read() as connection:
            return question(connection, *params)

    return ask


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "no prompt"),
        ("query: ", "“query: ”"),
        ("two\nlines", "“two↵lines”"),
        ("a" * 41, f"“{'a' * 40}…”"),
        ("中" * 21, f"“{'中' * 20}…”"),  # each as wide as two letters
    ],
)
def test_prompt_is_shortened_to_one_line(text: str, shown: str) -> None:
    assert shortened(text) == shown


def test_prompts_that_differ_further_on_are_numbered() -> None:
    named = names(["", "x" * 50, "x" * 60])
    assert list(named.values()) == ["no prompt", f"“{'x' * 40}…”", f"“{'x' * 40}…” (2)"]


def test_declared_prompt_is_read_from_the_runs(asked) -> None:
    declared = asked(sts.declared_prompts).set_index("checkpoint_digest").prompt
    assert declared.to_dict() == {"digest of small": "", "digest of wide 宽": "query: "}


def test_own_prompt_is_the_declared_one_and_else_the_one_with_most_scores() -> None:
    scores = pd.DataFrame(
        [("a", "S", "p"), ("a", "S", "q"), ("a", "T", "q"), ("b", "S", "p"), ("b", "S", "q"),
         ("b", "T", "q"), ("c", "S", "r"), ("c", "T", "s")],
        columns=["checkpoint_digest", "task", "prompt"],
    )  # fmt: skip
    own = Prompts({}, {"a": "p"}).own(scores)
    assert scores.assign(own=own).groupby(["checkpoint_digest", "task"]).own.first().to_dict() == {
        ("a", "S"): "p",  # declared
        ("a", "T"): "q",  # the declared one was not scored on it
        ("b", "S"): "q",
        ("b", "T"): "q",
        ("c", "S"): "r",
        ("c", "T"): "s",
    }


def test_all_tasks_shows_each_checkpoint_with_its_own_prompt(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts")
    matrix = app.dataframe[0].value
    assert matrix.checkpoint.tolist() == ["wide 宽", "small"]
    assert matrix.prompt.tolist() == ["“query: ” (declared)", "no prompt"]
    assert matrix.STS12.round(6).tolist() == [79.0, 70.0]
    app.selectbox(key="prompt").set_value("no prompt").run()
    assert app.dataframe[0].value.STS12.round(6).tolist() == [80.0, 70.0]


def test_every_score_shows_own_prompts_and_all_only_when_chosen(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=Every score")
    assert len(app.dataframe[0].value) == 4
    app.selectbox(key="prompt").set_value("every prompt").run()
    table = app.dataframe[0].value
    assert len(table) == 16
    assert set(table.prompt) == {"no prompt", *PROMPTS[1:]}  # whole


def test_one_task_shows_one_prompt(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=One task, every dimension", checkpoint="wide 宽")
    assert app.selectbox(key="prompt-here").value == "“query: ” (declared)"
    assert "77.00" in everything(app)  # BIOSSES
    app.selectbox(key="prompt-here").set_value("no prompt").run()
    assert "78.00" in everything(app)


def test_prompts_tab_says_what_the_prompt_moves(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=Prompts", task="STS12")
    assert not app.exception
    table = app.dataframe[0].value.set_index("checkpoint")
    row = table.loc["wide 宽"]
    assert row[["spread", "best", "unprompted", "worst"]].round(6).tolist() == [3, 80, 80, 77]
    assert row.unprompted_interval == "77.0 … 83.0"
    assert row.worst_prompt == f"“{LONG[:20]}…”"
    shown = everything(app)
    assert "3.0 points of Spearman ×100 between its best and its worst" in shown
    assert f">{LONG}<" in shown  # whole, in the fold


def test_chart_of_prompts_has_the_best_none_the_declared_and_the_worst(asked) -> None:
    spreads, scores = asked(sts.spreads), asked(sts.scores)
    row = spreads[(spreads.task == "STS12") & (spreads.checkpoint == "wide 宽")]
    known = Prompts(names(PROMPTS), {"digest of wide 宽": "query: "})
    points = spread_points(row, scores[scores.task == "STS12"], known)
    assert points.label.tolist() == [
        "80.0  best: no prompt",
        "79.0  “query: ” (declared)",
        f"77.0  worst: “{LONG[:20]}…”",
    ]
    drawn = prompt_spread(points).to_dict()
    heads = drawn["datasets"][drawn["layer"][3]["data"]["name"]]
    assert [head["block"] for head in heads] == ["wide 宽 · 3.0 between best and worst of 4"]


def test_size_tab_has_bytes_and_the_paired_change(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=Size", task="STS12")
    assert not app.exception
    table = app.dataframe[0].value
    wide = table[table.checkpoint == "wide 宽"].set_index(["precision", "k"])
    assert wide.bytes.to_dict() == {
        ("float32", 64): 256, ("float32", 32): 128, ("int8", 64): 64, ("int8", 32): 32,
        ("binary", 64): 8, ("binary", 32): 4,
    }  # fmt: skip
    assert round(wide.spearman["binary", 32], 6) == 64.0
    assert wide.smaller["binary", 32] == 64
    assert wide.change_interval["int8", 64] == "−3.0 … 1.0"
    assert "(binary) Spearman ×100 changes by −10.0 at full width" in everything(app)


def test_panels_of_sizes_span_equally_many_points() -> None:
    points = pd.DataFrame(
        {"panel": ["a", "a", "b", "b"], "low": [10.0, 30, 70, 72], "high": [12.0, 40, 72, 75]}
    )
    ranges = score_ranges(points, "panel")
    assert {name: round(high - low, 6) for name, (low, high) in ranges.items()} == {
        "a": 38.4,
        "b": 38.4,
    }
    assert all(ranges[row.panel][0] < row.low < row.high < ranges[row.panel][1]
               for row in points.itertuples())  # fmt: skip


def test_panel_of_sizes_names_each_line_at_its_end() -> None:
    points = pd.DataFrame(
        {
            "precision": ["float32", "float32", "int8"],
            "k": [8, 4, 8],
            "bytes": [32, 16, 8],
            "value": [50.0, 40.0, 49.0],
            "low": [45.0, None, 44.0],
            "high": [55.0, None, 54.0],
        }
    )
    drawn = size_panel(points, "m", (8, 32), (30, 60)).to_dict()
    ends = drawn["datasets"][drawn["layer"][3]["data"]["name"]]
    assert {(row["precision"], row["bytes"]) for row in ends} == {("float32", 32), ("int8", 8)}


def test_pairs_of_two_classes_by_metric_and_similarity(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=Pair classification")
    assert not app.exception
    assert app.dataframe[0].value.Ocnli.round(6).tolist() == [80.0, 70.0]
    app.selectbox(key="pair-metric").set_value("accuracy").run()
    app.selectbox(key="similarity").set_value("dot product").run()
    assert app.dataframe[0].value.Ocnli.round(6).tolist() == [83.0, 73.0]
    assert "too high for new ones: here by 2.00 to 2.00 points" in everything(app)
    every = app.dataframe[1].value
    assert len(every) == 10  # two checkpoints under five similarities, each with its own prompt
    assert every.accuracy_interval.iloc[0] == "79.0 … 84.0"


def test_means_of_mteb_name_the_tasks_that_are_missing(open_page, vectors: str) -> None:
    app = open_page(vectors, "sts?sts-view=Published")
    assert not app.exception
    means = app.dataframe[-1].value
    row = means[(means.checkpoint == "small") & (means.type == "STS")].iloc[0]
    assert row.measured_tasks == "2 of 9"
    assert pd.isna(row.measured)
    assert "STSBenchmark" in row.missing
    assert "BIOSSES" not in row.missing


def test_mean_of_prompts_by_task_is_named_by_what_chose_them(
    open_page, vectors: str, tmp_path: Path
) -> None:
    url = f"duckdb:///{shutil.copy(vectors.removeprefix('duckdb:///'), tmp_path)}"
    texts = {"STS12": PROMPTS[1], "BIOSSES": PROMPTS[0]}
    write_prompt_choices(
        open_store(url),
        [
            PromptChoiceRow("digest of small", "small", task, "mteb", text)
            for task, text in texts.items()
        ],
    )
    app = open_page(url, "sts?sts-view=Published&prompt=by task (mteb)")
    assert not app.exception
    means = app.dataframe[-1].value
    assert means.checkpoint.tolist() == ["small"]
    assert means.measured_tasks.tolist() == ["2 of 9"]


@pytest.mark.parametrize(
    ("view", "line"),
    [
        ("Prompts", "prompt: [declared, none, 'query: ']"),
        ("Size", "precisions: [int8, binary]"),
        ("Pair classification", "tasks: [Ocnli, TwitterURLCorpus]"),
    ],
)
def test_tab_with_nothing_to_show_names_the_plan_that_fills_it(
    open_page, full: str, tmp_path, view: str, line: str
) -> None:
    from flows.plans.plan import read_plan

    app = open_page(full, f"sts?sts-view={view}")
    assert not app.exception
    plan, command = (code.value for code in app.code)
    assert line in plan
    assert command == "rankcheck run my-plan.yaml"
    (tmp_path / "my-plan.yaml").write_text(plan)
    assert read_plan(tmp_path / "my-plan.yaml").name == "my-plan"


@pytest.mark.parametrize("view", ["All tasks", "Prompts", "Size", "Pair classification"])
def test_choice_that_a_tab_does_not_have_falls_back_to_its_first(
    open_page, vectors: str, view: str
) -> None:
    elsewhere = {"task": "nowhere", "prompt": "“of yesteryear”", "checkpoint": "none"}
    app = open_page(vectors, f"sts?sts-view={view}", **elsewhere)
    assert not app.exception
    assert {box.value for box in app.selectbox}.isdisjoint(elsewhere.values())
    assert app.dataframe


@pytest.mark.parametrize(
    ("tab", "key"), [("All tasks", "sts-by-task"), ("Every score", "sts-every-score")]
)
def test_a_row_opens_by_its_name(open_page, full: str, tab: str, key: str) -> None:
    app = open_page(full, "sts", **{"sts-view": tab})
    box = app.selectbox(key=f"{key}-name")
    name = box.options[0]
    assert _doors(app) == []
    box.set_value(0).run()
    assert not app.exception
    assert _doors(app) == [f"Everything about {name.split(' · ')[0]}"]


def _doors(app: AppTest) -> list[str]:
    labels = [link.proto.label.replace("\\", "") for link in app.get("page_link")]
    return [label for label in labels if label.startswith("Everything about")]
