"""`rankcheck audit` in every format."""

import csv
import io
import json

import click
import pytest
from click.testing import CliRunner

from flows.cli import BAD_INPUT, cli
from flows.reports.sheet import FORMATS


def run(*words):
    found = CliRunner().invoke(cli, ["audit", *words], catch_exceptions=False)
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture(autouse=True)
def no_store(monkeypatch, tmp_path):
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/none.duckdb")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_was_compared_and_what_was_found(form):
    code, out, _ = run("glue", "--snapshot", "2022-01", "--against", "superglue", "--format", form)
    out = out.replace("\\", "")
    assert code == 0
    for said in ("2022-01", "per-task", "MaChAmp", "67.6", "STS-B_P is 0; counting all of STS-B"):
        assert said in out, said
    for said in ("zero for missing", "copies differ", "2*CoLA + 2*SST-2 + MRPC_F1"):
        assert said in out, said


def test_people_read_the_sections_in_order():
    _, out, _ = run("xtreme", "--top", "1")
    sections = [
        line for line in out.splitlines() if line.endswith(":") and not line.startswith(" ")
    ]
    assert sections == [
        "Published against recomputed averages:",
        "Inferred rule: found:",
        "Rows that disagree:",
        "Suspicious cells:",
    ]
    assert "n: 15 models over 4 columns, 15 published" in out
    assert "closest is per-task, arithmetic mean: 1 of 15" in out
    assert "3*Question_Answering" in out


def test_csv_has_every_finding_and_names_board_snapshot_treatment_p_and_n():
    _, out, _ = run("openllm-v1", "--format", "csv", "--top", "1", "--treatment", "per-task")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {(r["board"], r["snapshot"], r["n_models"]) for r in rows} == {
        ("openllm-v1", "2024-04", "100")
    }
    averages = [r for r in rows if r["section"] == "average"]
    assert next((r["treatment"], r["p"], r["agree"]) for r in averages) == (
        "per-task",
        "1.0",
        "100",
    )
    assert len(averages) == 3
    found = [r for r in rows if r["finding"] == "moves a rank"]
    assert len(found) == 3, "--top limits the text alone"


def test_json_is_complete():
    _, out, _ = run("glue", "--snapshot", "2021", "--format", "json")
    found = json.loads(out)
    assert found["inference"]["verdict"] == "found"
    assert found["inference"]["rules"][0]["numerators"]["CoLA"] == 2
    assert found["real_zeros"] == {"CoLA": 10}
    borrowed = [s for s in found["suspicions"] if s["kind"] == "borrowed"]
    assert [(s["column"], s["value"]) for s in borrowed] == [("AX", 76.6)]
    best = max(found["averages"], key=lambda a: a["agree"])
    assert (best["treatment"], best["mean"], best["agree"], best["compared"]) == (
        "per-task", "arithmetic", 97, 97,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gleu",), "glue"),
        (("glue", "--snapshot", "1999"), "2021"),
        (("glue", "--treatment", "per-tsk"), "per-task"),
        (("glue", "--against", "superglu"), "superglue"),
        (("glue", "--tolerance", "-1"), "printed"),
        (("glue", "--tolerance", "nan"), "printed"),
        (("glue", "--top", "0"), "x>=1"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(words, said):
    with pytest.raises((*BAD_INPUT, click.UsageError)) as refused:
        CliRunner().invoke(cli, ["audit", *words], catch_exceptions=False, standalone_mode=False)
    assert said in getattr(refused.value, "message", str(refused.value))


def test_tolerance_as_printed():
    _, out, _ = run("superglue", "--tolerance", "printed", "--against", "glue")
    assert "Inferred rule: found" in out


@pytest.mark.parametrize("form", FORMATS)
def test_published_tables_are_audited_in_every_format(form):
    code, out, _ = run("--published", "--top", "100", "--format", form)
    out = out.replace("\\", "")
    assert code == 0
    for said in ("cosent-accuracy", "83.33", "plain/interaction", "SBERT_base-NLI", "72.44"):
        assert said in out, said


def test_published_tables_have_the_counts_of_the_report():
    _, out, _ = run("--published", "--format", "json")
    found = json.loads(out)
    assert sum(found["cells"].values()) == 1522
    counts = {}
    for finding in found["findings"]:
        key = (finding["section"], finding["outcome"])
        counts[key] = counts.get(key, 0) + 1
    assert counts == {
        ("average", "agrees"): 14,
        ("repeated", "equal"): 101,
        ("repeated", "differ"): 55,
        ("repeated", "rounding"): 18,
        ("repeated", "other pooling"): 11,
        ("proportion", "possible"): 48,
        ("proportion", "impossible"): 6,
        ("proportion", "not testable"): 60,
    }


@pytest.mark.parametrize("words", [(), ("glue", "--published")])
def test_a_board_or_published_tables_are_audited(words):
    with pytest.raises(click.UsageError, match="name a BOARD, or give --published"):
        CliRunner().invoke(cli, ["audit", *words], catch_exceptions=False, standalone_mode=False)
