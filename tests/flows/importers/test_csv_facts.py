"""Columns of tables that state facts about models: recognised, read, never taken for scores."""

from __future__ import annotations

import pytest

from flows.importers._csv_facts import header_fact
from tests.flows.importers.conftest import about, cells, refused, taken


def facts(found):
    return list(about(found).values())


def names(found):
    return [column.name for column in found.board.columns]


def table(header, *values):
    lines = [f'm{i},"{value}",{80 - i}.5,{70 + i}.25' for i, value in enumerate(values)]
    return "\n".join([f'model,"{header}",A,B', *lines]) + "\n"


@pytest.mark.parametrize(
    ("header", "values", "fact", "read"),
    [
        ("#Params (B)", ["7.24", "0.494"], "parameters", [7.24e9, 494e6]),
        ("Params", ["7B", "350M"], "parameters", [7e9, 350e6]),
        ("params_b", ["72", "-1"], "parameters", [72e9, None]),
        ("Number of Parameters", ["22713216", "7000000000"], "parameters", [22713216.0, 7e9]),
        ("Model Size (Million Parameters)", ["335", "7,111"], "parameters", [335e6, 7.111e9]),
        ("Total Parameters (B)", ["7.567", ""], "parameters", [7.567e9, None]),
        ("Parameters (in billions)", ["14.3", "0"], "parameters", [14.3e9, None]),
        ("Params", ["14.3 Billion", "13b*"], "parameters", [14.3e9, 13e9]),
        ("Params (B)", ["7B", "350M"], "parameters", [7e9, 350e6]),
        ("Size", ["7B", "1.5B"], "parameters", [7e9, 1.5e9]),
        ("Active Parameters (B)", ["6.946", "0.452"], "active_parameters", [6.946e9, 452e6]),
        ("Activated Params", ["22B", "3B"], "active_parameters", [22e9, 3e9]),
        ("Embedding Dimensions", ["4096.0", "384"], "dimensions", [4096.0, 384.0]),
        ("Embed Dim", ["1,024", "-"], "dimensions", [1024.0, None]),
        ("Max Tokens", ["8192.0", "inf"], "context_tokens", [8192.0, None]),
        ("Context", ["128k", "2,048"], "context_tokens", [128e3, 2048.0]),
        ("Context Length (K)", ["128", "32"], "context_tokens", [128e3, 32e3]),
        ("License", ["apache-2.0", "unknown"], "licence", ["apache-2.0", None]),
        ("Hub License", ["mit", "other"], "licence", ["mit", "other"]),
        ("Release Date", ["2026-05-23", "2024-06"], "release_date", ["2026-05-23", "2024-06"]),
        ("Precision", ["bfloat16", "4bit"], "precision", ["bfloat16", "4bit"]),
        ("Architecture", ["LlamaForCausalLM", "?"], "architecture", ["LlamaForCausalLM", None]),
        ("Zero-shot", ["82", "-1"], "zero_shot", [0.82, None]),
        ("Zero-shot", ["95%", "100%"], "zero_shot", [0.95, 1.0]),
        ("Open weights", ["Yes", "no"], "open_weights", [True, False]),
        ("Open weights", ["✅", "proprietary"], "open_weights", [True, False]),
        ("Base Model", ["Qwen/Qwen2-7B", "N/A"], "base_model", ["Qwen/Qwen2-7B", None]),
        ("metadata_hub_license", ["mit", ""], "licence", ["mit", None]),
        ("metadata_upload_date", ["2024-05-28", ""], "release_date", ["2024-05-28", None]),
        ("Model SHA", ["4b486f81c9", "1af63c69"], "revision", ["4b486f81c9", "1af63c69"]),
        ("torch_dtype", ["bfloat16", "none"], "precision", ["bfloat16", None]),
        ("fact.parameters", ["7000000000", ""], "parameters", [7e9, None]),
    ],
)
def test_a_column_of_facts_is_recognised_and_no_score(put, header, values, fact, read):
    found = taken("csv", put("a.csv", table(header, *values)))
    assert names(found) == ["A", "B"]
    assert [row.get(fact) for row in facts(found)] == read
    assert any(f"is the fact {fact}" in note for note in found.notes)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Precision", ["88.25", "79.5"]),
        ("Zero-shot", ["45.3", "61.2"]),
        ("Context", ["45", "62"]),
        ("Architecture", ["45.5", "62.5"]),
        ("Revision", ["45.5", "62.5"]),
        ("Languages", ["71.5", "62.5"]),
        ("Instructions", ["1", "0"]),
    ],
)
def test_scores_under_the_name_of_a_fact_stay_scores(put, header, values):
    found = taken("csv", put("a.csv", table(header, *values)), unit=100.0)
    assert names(found) == [header, "A", "B"]
    assert facts(found) == [{}, {}]


def test_zero_shot_beside_few_shot_is_a_score(put):
    path = put("a.csv", "model,Zero-shot,Few-shot,A\nm1,45,60,80.5\nm2,50,62,81.5\n")
    assert names(taken("csv", path)) == ["Zero-shot", "Few-shot", "A"]


@pytest.mark.parametrize(
    "header", ["Model size (GB)", "Available on the hub", "Memory Usage (GB, fp32)", "Hub ❤️"]
)
def test_what_is_no_fact_is_not_taken_for_one(header):
    assert header_fact(header) is None


def test_sizes_without_a_unit_are_asked_about_not_guessed(put):
    path = put("a.csv", table("#Params", "7", "13"))
    found = taken("csv", path)
    assert (names(found), facts(found)) == (["A", "B"], [{}, {}])
    assert any("--fact 'parameters=#Params*1e9'" in note for note in found.notes)
    said = taken("csv", path, {"facts": ["parameters=#Params*1e9"]})
    assert [row["parameters"] for row in facts(said)] == [7e9, 13e9]


def test_a_cell_that_cannot_be_read_is_unknown_and_counted(put):
    path = put("a.csv", table("Params", "MoE 8x7B", "7B", "13B", "7 or 8B"))
    found = taken("csv", path)
    assert [row.get("parameters") for row in facts(found)] == [None, 7e9, 13e9, None]
    assert any(
        "parameters: 2 values cannot be read and left unknown: m0 ('MoE 8x7B')" in note
        for note in found.notes
    )
    assert "row 2 (m0)" in refused("csv", path, strict=True)


def test_zero_and_minus_one_are_unknown_sizes_aloud(put):
    found = taken("csv", put("a.csv", table("Params (B)", "-1", "0", "7")))
    assert [row.get("parameters") for row in facts(found)] == [None, None, 7e9]
    assert any("parameters: 2 values of 0 or less taken as unknown" in n for n in found.notes)


def test_the_user_says_what_a_column_is(put):
    path = put("a.csv", "model,weights,Precision,A,B\nm1,mit,81.5,80.1,70.2\nm2,,82.5,79.1,71.2\n")
    found = taken("csv", path, {"facts": ["licence=weights"]})
    assert facts(found) == [{"licence": "mit"}, {}]
    assert names(found) == ["Precision", "A", "B"]
    assert "unknown fact 'licens'" in refused("csv", path, {"facts": ["licens=weights"]})
    assert "unknown column 'weight'" in refused("csv", path, {"facts": ["licence=weight"]})
    two = {"facts": ["licence=weights", "licence=Precision"]}
    assert "a second column for licence" in refused("csv", path, two)


def test_there_is_a_way_out(put):
    path = put("a.csv", table("Max Tokens", "512", "8192"))
    assert facts(taken("csv", path, ignore=("Max Tokens",))) == [{}, {}]
    assert facts(taken("csv", path, no_facts=True)) == [{}, {}]
    path = put("b.csv", table("Dim", "64", "80"))
    kept = taken("csv", path, directions={"Dim": "higher"}, unit=100)
    assert cells(kept)["m0"]["Dim"] == 64


def test_a_second_column_of_a_fact_is_left_out_and_can_be_chosen(put):
    path = put(
        "a.csv", "model,License,Hub License,A,B\nm1,mit,other,80.1,70.2\nm2,,mit,79.1,71.2\n"
    )
    found = taken("csv", path)
    assert facts(found) == [{"licence": "mit"}, {}]
    assert any("--fact licence='Hub License' takes it instead" in note for note in found.notes)
    other = taken("csv", path, {"facts": ["licence=Hub License"]})
    assert facts(other) == [{"licence": "other"}, {"licence": "mit"}]


def test_a_decimal_comma_holds_for_sizes_too(put):
    path = put("a.csv", "model;Params (B);A;B\nm1;7,24;80,1;70,2\nm2;0,5;79,1;71,2\n")
    found = taken("csv", path, {"delimiter": "semicolon", "decimal": "comma"})
    assert [row["parameters"] for row in facts(found)] == [7.24e9, 0.5e9]


def test_each_fact_says_where_it_was_read(put):
    found = taken("csv", put("a.csv", table("Params (B)", "7", "13")), source="https://x.org/t")
    assert found.board.facts[0]["parameters"].source == "https://x.org/t: column Params (B)"
