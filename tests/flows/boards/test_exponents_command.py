"""`rankcheck exponents`, and `rankcheck rank` by rules and ratios."""

import csv
import io
import json

import click
import pytest
from click.testing import CliRunner

from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError
from flows.cli import cli
from flows.reports.sheet import FORMATS


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/none.duckdb")

    def call(*words):
        return CliRunner().invoke(cli, list(words), standalone_mode=False, catch_exceptions=True)

    return call


SUPERGLUE = ("superglue", "--snapshot", "2021")


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_names_board_snapshot_treatment_p_and_n(run, form):
    for words in (
        ("exponents", *SUPERGLUE, "--from", "-12"),
        ("exponents", *SUPERGLUE, "--from", "-12", "--pairs"),
        ("rank", *SUPERGLUE, "--rule", "borda"),
        ("rank", *SUPERGLUE, "--reference", "human", "--p", "-12"),
    ):
        result = run(*words, "--format", form)
        assert result.exception is None, words
        text = result.output
        size = {"csv": ",22,8,", "json": '"n_models": 22'}.get(form, "22 of 24 models over 8")
        assert size in text
        assert "superglue" in text.lower()
        for said in ("2021", "per-task", "borda" if "--rule" in words else "-12"):
            assert said in text
        if "--pairs" not in words:
            assert "Outside Best" in text


def test_table_says_where_humans_are_first_and_above_each_model(run):
    text = run("exponents", *SUPERGLUE).output
    assert "first at p in: [5.8187, inf)" in text
    assert "[-20, -12.3268)" in text
    assert "(-0.4687, inf)" in text
    assert "Outside Best: no value for" in text


def test_csv_and_json_have_every_digit(run):
    rows = list(csv.DictReader(io.StringIO(run("exponents", *SUPERGLUE, "--format", "csv").output)))
    first = [row for row in rows if row["what"] == "first"]
    assert [(float(r["p_low"]), r["p_high"], r["has_low"]) for r in first] == [
        (pytest.approx(5.818721887383543, rel=1e-12), "inf", "1")
    ]
    found = json.loads(run("exponents", *SUPERGLUE, "--above", "T5", "--format", "json").output)
    (rival,) = found["rivals"]
    assert rival["crossings"] == [pytest.approx(-0.4687090684505121, rel=1e-12)]
    assert rival["above"][0]["p_high"] == "inf"
    assert [step["rank"] for step in found["ranks"]] == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_without_a_human_row_it_is_about_the_leader(run):
    text = run("exponents", "xtreme").output
    leader = json.loads(run("rank", "xtreme", "--p", "1", "--format", "json").output)["rows"][0]
    assert f"model: {leader['model']}" in text


def test_a_mixed_treatment_is_said_aloud(run):
    for words in (("--pairs",), ()):
        text = run("exponents", *SUPERGLUE, "--treatment", "paper-mixed", *words).output
        assert "NOT the same for every row" in text


def test_pairs_are_cut_to_the_exponents_shown(run):
    words = ("exponents", *SUPERGLUE, "--pairs", "--from", "-1", "--to", "0", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(run(*words).output)))
    assert all(-1 <= float(row["crossing"]) <= 0 for row in rows)
    assert {("T5", "SuperGLUE Human Baselines")} & {
        pair
        for row in rows
        for pair in [(row["model"], row["rival"]), (row["rival"], row["model"])]
    }
    none = run("exponents", *SUPERGLUE, "--pairs", "--from", "999", "--to", "999").output
    assert "0 of 231" in none


def test_rules_and_ratios(run):
    ranked = json.loads(run("rank", *SUPERGLUE, "--rule", "copeland", "--format", "json").output)
    assert (ranked["mean"], ranked["p"], ranked["rows"][0]["is_human"]) == ("copeland", None, True)
    ratios = json.loads(run("rank", *SUPERGLUE, "--reference", "human", "--format", "json").output)
    human = next(row for row in ratios["rows"] if row["is_human"])
    assert set(human["scores"].values()) == {1}
    for mean in ("arithmetic", "geometric", "harmonic"):
        assert sum((row["scores"][mean] or 0) > 1 for row in ratios["rows"]) == 3
    assert "20\n" in run("rank", *SUPERGLUE, "--rule", "copeland").output


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("exponents", *SUPERGLUE, "--model", "T6"), UnknownNameError, "did you mean 'T5'"),
        (("exponents", *SUPERGLUE, "--above", "T6"), UnknownNameError, "did you mean 'T5'"),
        (("exponents", *SUPERGLUE, "--above", "human"), TreatmentError, "above itself"),
        (("exponents", *SUPERGLUE, "--model", "Outside Best"), TreatmentError, "no value for CB"),
        (("exponents", *SUPERGLUE, "--above", "Outside Best"), TreatmentError, "no value for CB"),
        (("exponents", "xtreme", "--model", "human"), TreatmentError, "no human row"),
        (("exponents", *SUPERGLUE, "--from", "1", "--to", "0"), click.UsageError, "at most --to"),
        (("exponents", *SUPERGLUE, "--from", "nan"), click.UsageError, "at most --to"),
        (("exponents", *SUPERGLUE, "--from", "inf", "--to", "inf"), click.UsageError, "finite exp"),
        (("exponents", *SUPERGLUE, "--pairs", "--model", "T5"), click.UsageError, "--pairs"),
        (("exponents", *SUPERGLUE, "--curve", "--pairs"), click.UsageError, "all models"),
        (("exponents", *SUPERGLUE, "--curve", "--above", "T5"), click.UsageError, "all models"),
        (("exponents", *SUPERGLUE, "--curve", "--model", "T5"), click.UsageError, "all models"),
        (("exponents", *SUPERGLUE, "--curve", "--step", "0"), click.UsageError, "above 0"),
        (("exponents", *SUPERGLUE, "--curve", "--step", "-1"), click.UsageError, "above 0"),
        (("exponents", *SUPERGLUE, "--curve", "--step", "nan"), click.UsageError, "above 0"),
        (("exponents", *SUPERGLUE, "--curve", "--to", "inf"), click.UsageError, "finite"),
        (("exponents", *SUPERGLUE, "--curve", "--step", "1e-9"), TreatmentError, "larger --step"),
        (("exponents", *SUPERGLUE, "--step", "1"), click.UsageError, "--curve"),
        (("rank", *SUPERGLUE, "--rule", "borde"), UnknownNameError, "did you mean 'borda'"),
        (("rank", *SUPERGLUE, "--rule", "borda", "--p", "1"), TreatmentError, "a rule and a mean"),
        (("rank", *SUPERGLUE, "--rule", "borda", "--mean", "harmonic"), TreatmentError, "only one"),
        (("rank", *SUPERGLUE, "--rule", "iqm", "--reference", "T5"), TreatmentError, "give only"),
        (("rank", *SUPERGLUE, "--by", "type"), TreatmentError, "BoolQ has none"),
        (("rank", *SUPERGLUE, "--reference", "T6"), UnknownNameError, "did you mean 'T5'"),
        (("rank", "mteb-classic-en", "--rule", "kemeny"), TreatmentError, "at most 18 models"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_what_to_do(run, words, error, said):
    result = run(*words)
    assert isinstance(result.exception, error)
    assert said in str(result.exception)
