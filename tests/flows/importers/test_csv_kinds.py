"""Columns of foreign tables that are no scores, tables with a column a model, hostile tables."""

import math
import time

import pytest

from flows.importers._csv_header import plain_header
from flows.importers._derived import derived_columns
from tests.flows.importers.conftest import cells, refused, taken


def names(found):
    return [column.name for column in found.board.columns]


def noted(found, text):
    return any(text in note for note in found.notes)


# By name.


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("Rank", "a rank, not a score"),
        ("#", "a rank, not a score"),
        ("Rank (Borda)", "a rank, not a score"),
        ("Average ⬆️", "a mean of other columns"),
        ("Mean (Task)", "a mean of other columns"),
        ("#Params", "a count, not a score"),
        ("Model size (GB)", "a count, not a score"),
        ("Max Tokens", "a count, not a score"),
        ("Hub ❤️", "a count, not a score"),
        ("Throughput (tokens/s)", "a cost, not a score"),
        ("latency_ms", "as less is better"),
        ("Inference time (s)", "as less is better"),
        ("CO₂ cost (kg)", "as less is better"),
        ("perplexity", "as less is better"),
        ("WikiText PPL", "as less is better"),
        ("LibriSpeech WER ↓", "as less is better"),
        ("Hallucination rate", "as less is better"),
        ("Toxicity", "as less is better"),
        ("Acc. stderr", "the error of another number"),
    ],
)
def test_a_column_that_is_no_score_is_left_out_aloud(put, column, reason):
    found = taken("csv", put("a.csv", f"model,{column},A,B\nm1,7,80.1,70.2\nm2,13,79.1,71.2\n"))
    assert names(found) == ["A", "B"]
    assert noted(found, f"left out, {reason}: ")


@pytest.mark.parametrize(
    "task",
    [
        "CoLA",
        "SEED-Bench",
        "Error Detection",
        "Bias in Bios",
        "Logical Memory",
        "Customer Support",
        "ToxicConversationsClassification",
        "Count of Monte Cristo QA",
        "MMLU Global Facts",
        "Date Understanding",
        "Layers of Meaning",
        "Winogrande",
    ],
)
def test_a_task_whose_name_holds_such_a_word_stays(put, task):
    found = taken("csv", put("a.csv", f"model,{task},A\nm1,57,80.1\nm2,43,79.1\n"))
    assert names(found) == [task, "A"]


def test_what_is_left_out_blocks_nothing_and_can_be_kept(put):
    path = put("a.csv", "model,Rank,Size,A\nm1,1st,7B,80.1\nm2,2nd,,79.1\n")
    assert names(taken("csv", path)) == ["A"]
    path = put("b.csv", "model,Toxicity,A\nm1,20.5,80.1\nm2,10.5,79.1\n")
    kept = taken("csv", path, directions={"Toxicity": "higher"})
    assert names(kept) == ["Toxicity", "A"]
    lower = taken("csv", path, lower=True).board.columns
    assert [(c.name, c.higher_is_better) for c in lower] == [("Toxicity", False), ("A", True)]
    assert names(taken("csv", path, ignore=("Toxicity",))) == ["A"]


@pytest.mark.parametrize(
    "cost", ["latency_ms", "perplexity", "bits_per_byte", "CO2 cost (kg)", "RMSE", "FID", "loss"]
)
@pytest.mark.parametrize("values", [(3300, 20), (0.7, 0.6), (1.5, 90)])
def test_a_cost_that_nothing_bounds_has_no_unit(put, cost, values):
    path = put("a.csv", f"model,A,{cost}\nm1,0.8,{values[0]}\nm2,0.7,{values[1]}\n")
    found = taken("csv", path, lower=True)
    assert [c.unit_max for c in found.board.columns] == [1, math.inf]
    assert noted(found, "such as per-task+inverse")
    bounded = taken("csv", path, lower=True, units={cost: 100.0} if max(values) <= 100 else {})
    assert bounded.board.columns[1].unit_max == (100 if max(values) <= 100 else math.inf)


@pytest.mark.parametrize(
    ("column", "values", "unit"),
    [
        ("WER", (12.5, 120.0), 100),
        ("WER", (0.125, 0.3), 1),
        ("Toxicity", (0.2, 0.1), 1),
        ("Toxicity", (20.5, 10.5), 100),
        ("Frobs", (20.5, 10.5), 100),
        ("Frobs", (2050, 10.5), math.inf),
    ],
)
def test_an_error_in_shares_has_their_unit_and_one_of_unknown_range_where_it_fits(
    put, column, values, unit
):
    path = put("a.csv", f"model,A,{column}\nm1,80.1,{values[0]}\nm2,70.1,{values[1]}\n")
    found = taken("csv", path, directions={column: "lower"})
    assert [c.unit_max for c in found.board.columns] == [100, unit]


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("Average ⬆️", "Average"),
        ("WER ↓", "WER"),
        ("WER↓", "WER"),
        ("🏆 Rank", "Rank"),
        ("**ARC**", "ARC"),
        ("❤️", "❤️"),
        ("C++", "C++"),
        ("A | B", "A | B"),
        ("1 + 1", "1 + 1"),
        ("平均", "平均"),
    ],
)
def test_marks_around_a_name_are_no_part_of_it(printed, plain):
    assert plain_header(printed) == plain


def test_names_that_differ_by_a_mark_only_are_two_columns(put):
    found = taken("csv", put("a.csv", "model,A,A ⬆️\nm1,80.1,70.2\nm2,79.1,71.2\n"))
    assert names(found) == ["A", "A ⬆️"]


def test_an_arrow_says_which_way_is_better(put):
    path = put("a.csv", "model,Frob ↓,A ↑\nm1,20.5,80.1\nm2,10.5,79.1\n")
    assert names(taken("csv", path)) == ["A"]
    assert [c.higher_is_better for c in taken("csv", path, lower=True).board.columns] == [
        False,
        True,
    ]
    assert names(taken("csv", path, ignore=("Frob ↓",))) == ["A"]


# By arithmetic.

A, B, C = ("55.2", "56.0", "41.7"), ("65.0", "66.0", "62.1"), ("20.4", "31.0", "25.2")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (("46.9", "51.0", "43.0"), "mean"),
        (("46.87", "51.00", "43.00"), "mean"),
        (("140.6", "153.0", "129.0"), "sum"),
        (("2", "1", "3"), "rank"),
        (("1", "2", "3"), "rank"),
        (("46.9", "", "43.0"), "mean"),
        (("46.9", "51.0", "44.0"), None),
        (("55.2", "56.0", "41.7"), None),
        (("47", "51", "43"), "mean"),
    ],
)
def test_a_column_computed_from_the_others_is_found(column, kind):
    found = derived_columns({"A": A, "B": B, "X": column, "C": C})
    assert {name: what.kind for name, what in found.items()} == ({"X": kind} if kind else {})


def test_groups_beside_their_parts_and_the_mean_of_the_parts_are_found():
    law, art, mmlu = ("10.0", "20.5", "31.0"), ("30.0", "40.5", "52.0"), ("20.0", "30.5", "41.5")
    arc = ("61.0", "52.5", "73.3")
    overall = ("40.50", "41.50", "57.40")  # of mmlu and arc
    cells_ = {"mmlu": mmlu, "mmlu-law": law, "mmlu-art": art, "arc": arc}
    assert set(derived_columns(cells_)) == {"mmlu"}
    of_leaves = ("33.67", "37.83", "52.10")
    assert set(derived_columns({**cells_, "X": of_leaves})) == {"mmlu", "X"}
    assert "X" not in derived_columns({**cells_, "X": overall[::-1]})


@pytest.mark.parametrize(
    "table",
    [
        {"A": ("1", "1"), "B": ("1", "1"), "C": ("1", "1")},
        {"A": ("0", "0"), "B": ("0", "0"), "C": ("0", "0")},
        {"A": ("5", "6"), "B": ("4", "5"), "C": ("6", "7")},  # two rows of whole numbers
        {"A": ("50.1",), "B": ("40.1",), "C": ("45.1",)},
        {"A": A, "B": A},
    ],
)
def test_what_may_be_chance_is_no_computed_column(table):
    assert derived_columns(table) == {}


def test_an_unnamed_mean_is_left_out_and_can_be_the_published_score(put):
    rows = "".join(f"m{i},{A[i]},{B[i]},{x}\n" for i, x in enumerate(("60.1", "61.0", "51.9")))
    path = put("a.csv", f"model,A,B,Quality\n{rows}")
    found = taken("csv", path)
    assert names(found) == ["A", "B"]
    assert noted(found, "the mean of other columns: Quality (of all others)")
    assert noted(found, "--published 'Quality'")
    published = taken("csv", path, {"published": "Quality"})
    assert published.board.published.tolist() == [60.1, 61.0, 51.9]
    assert names(published) == ["A", "B"]
    kept = taken("csv", path, directions={"Quality": "higher"})
    assert names(kept) == ["A", "B", "Quality"]
    assert "did you mean 'Quality'" in refused("csv", path, {"published": "Qualty"})


def test_a_named_average_can_be_the_published_score(put):
    path = put("a.csv", "model,Average ⬆️,A,B\nm1,60.1,55.2,65.0\nm2,61.0,56.0,66.0\n")
    assert noted(taken("csv", path), "--published 'Average'")
    for name in ("Average", "Average ⬆️"):
        assert taken("csv", path, {"published": name}).board.published.tolist() == [60.1, 61.0]


# Turned tables.

SUMMARY = """\
dataset,version,metric,mode,model-a,model-b
--------- exams ---------,-,-,-,-,-
ceval,-,naive_average,gen,45.1,55.2
mmlu,-,naive_average,gen,50.3,-
gsm8k,1d7fe4,accuracy,gen,20.1,30.2
triviaqa,2121ce,score,gen,42.1,33.2
humaneval,8e312c,humaneval_pass@1,gen,12.2,13.4
wikitext,0a1b,ppl,ppl,8.1,7.2
"""


def test_a_summary_of_opencompass_is_recognised_and_turned_where_asked(put):
    path = put("summary.csv", SUMMARY)
    for own in ({}, {"model_column": "dataset", "missing": ["-"]}):
        assert "give --transpose" in refused("csv", path, own)
    found = taken("csv", path, {"transpose": True}, directions={"humaneval_pass@1": "higher"})
    assert cells(found) == {
        "model-a": {
            "ceval": 45.1,
            "mmlu": 50.3,
            "gsm8k": 20.1,
            "triviaqa": 42.1,
            "humaneval": 12.2,
        },
        "model-b": {"ceval": 55.2, "gsm8k": 30.2, "triviaqa": 33.2, "humaneval": 13.4},
    }
    assert {c.name: c.metric for c in found.board.columns}["gsm8k"] == "accuracy"
    assert noted(found, "as less is better: wikitext")


def test_a_task_of_two_modes_is_two_columns_of_one_task(put):
    text = "dataset,metric,mode,m1,m2\narc,accuracy,gen,50.1,60.1\narc,accuracy,ppl,51.1,61.1\n"
    found = taken("csv", put("a.csv", text), {"transpose": True})
    assert names(found) == ["arc [gen]", "arc [ppl]"]
    assert {c.task for c in found.board.columns} == {"arc"}


def test_a_table_without_facts_of_tasks_is_turned_by_its_first_column(put):
    text = "Benchmark (shots),m1,m2\nARC (25),55.1,65.2\nMMLU (5),66.1,54.2\nRank,2,1\n"
    found = taken("csv", put("a.csv", text), {"transpose": True})
    assert cells(found) == {
        "m1": {"ARC (25)": 55.1, "MMLU (5)": 66.1},
        "m2": {"ARC (25)": 65.2, "MMLU (5)": 54.2},
    }


def test_a_table_of_models_that_has_a_column_called_version_is_not_turned(put):
    found = taken("csv", put("a.csv", "model,dataset,version\nm1,55.1,1.5\nm2,65.2,2.5\n"))
    assert found.board.models == ("m1", "m2")


# Hostile tables.


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("model" + ",A" * 1_000_000 + "\n", "1,000,001 columns"),
        (
            "model," + ",".join(f"c{i}" for i in range(1_000_000)) + "\n",
            "than 4,194,304 characters",
        ),
        ("model,A\n" + "m,1\n" * 1_300_000, "more than 5,000,000 cells"),
        ("model,A\nm\0,50\n", "NUL"),
        ("model,A\nm,50\n".encode("utf-16"), "UTF-16"),
        ("model,A\nm,50\n".encode("utf-16-le"), "NUL"),
        ('model,A\n"' + "x" * 200_000 + '",50\n', "cannot be read as UTF-8 CSV"),
        ("model,A\nm,1e400\n", "one plain number"),
        ("model,A\nm,NaN\n", "leave the cell empty"),
    ],
    ids=["columns", "names", "cells", "NUL", "UTF-16", "no BOM", "long cell", "1e400", "NaN"],
)
def test_a_hostile_table_is_a_named_error_soon(put, content, said):
    path = put("a.csv", content)
    started = time.process_time()
    assert said in refused("csv", path)
    assert time.process_time() - started < 10
