"""`rankcheck pareto` on a stored board."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from db import open_store
from db.leaderboards import write_boards
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import Fact
from flows.boards.stored import board_rows
from flows.cli import cli
from flows.reports.sheet import FORMATS
from tests.flows.boards.boards import made_up

FACTS = (
    {"parameters": Fact(1e8), "open_weights": Fact(True)},
    {"parameters": Fact(7.24e9), "open_weights": Fact(True)},
    {"parameters": Fact(8e9), "open_weights": Fact(True)},
    {"parameters": Fact(7.1e10), "open_weights": Fact(False)},
    {},
)
VALUES = [
    [50, 51, 52, 50, 49, 50],
    [70, 71, 75, 70, 69, 73],
    [69, 72, 60, 71, 68, 70],
    [90, 91, 92, 88, 90, 91],
    [95, 96, 94, 95, 93, 96],
]


@pytest.fixture(scope="module")
def url(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with the board."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('pareto'))}"
    write_boards(open_store(url), [board_rows(made_up(VALUES, facts=FACTS), source="made up")])
    return url


@pytest.fixture
def stored(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", url)


def pareto(*words: str) -> Result:
    return CliRunner().invoke(
        cli,
        ["pareto", "made-up", "--resamples", "200", *words],
        standalone_mode=False,
        catch_exceptions=False,
    )


@pytest.mark.usefixtures("stored")
def test_the_table_shows_the_front_and_names_what_is_left_out() -> None:
    lines = pareto("--tiers").stdout.splitlines()
    table = [line.split() for line in lines]
    assert ["100M", "m0", "50.33", "5", "100%"] in table
    (step,) = [row for row in table if row[:2] == ["7.24B", "m1"]]
    assert step[2:6] == ["71.33", "3", "100%", "+21.00"]
    assert step[-1] in ("yes", "no")
    assert [row[1] for row in table if row[:1] == ["71B"]] == ["m3"]
    assert "  m4: parameters unknown" in lines
    assert "found: 3 of the 4 models of known parameters are on the front;" in "\n".join(lines)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_it_is_about(form: str) -> None:
    text = pareto("--format", form, "--seed", "3", "--mean", "geometric").stdout
    for said in ("2000", "per-task", "geometric", "200", "parameters", "m1"):
        assert said in text


@pytest.mark.usefixtures("stored")
def test_programs_get_every_model_of_known_size() -> None:
    rows = list(csv.DictReader(io.StringIO(pareto("--format", "csv").stdout)))
    assert [(row["model"], row["on_front"]) for row in rows] == [
        ("m0", "1"),
        ("m1", "1"),
        ("m3", "1"),
        ("m2", "0"),
    ]
    document = json.loads(pareto("--format", "json").stdout)
    assert document["left_out"] == [{"model": "m4", "why": "parameters unknown"}]
    assert [row["gain"] for row in document["rows"]] == [
        None,
        pytest.approx(21.0),
        pytest.approx(19.0),
        None,
    ]


@pytest.mark.usefixtures("stored")
def test_a_condition_narrows_the_front_before_ranking() -> None:
    result = pareto("--where", "open_weights AND parameters > 1e9")
    assert result.stderr == (
        "note: 2 of 5 models match open_weights AND parameters > 1e9; 1 is left out because a fact"
        " they are asked for is unknown\n"
    )
    assert "treatment: per-task (where open_weights AND parameters > 1e9)" in result.stdout
    assert "1 of the 2 models of known parameters is on the front" in result.stdout


@pytest.mark.usefixtures("stored")
def test_a_board_without_that_fact_has_no_front() -> None:
    with pytest.raises(TreatmentError, match="of none of its 5 ranked models the dimensions"):
        pareto("--by", "dimensions")


def test_the_sizes_on_offer_are_those_there_are() -> None:
    from evaluators.model_facts.facts import SIZES
    from flows.commands.pareto import command

    (offered,) = [option for option in command.params if option.name == "fact"]
    assert list(offered.type.choices) == list(SIZES)  # type: ignore[attr-defined]
