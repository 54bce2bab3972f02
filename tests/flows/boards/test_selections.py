"""Saved selections of models and tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from db.errors import QueryError
from flows.boards.selections import selection_of
from flows.cli import cli
from flows.errors import LeaderboardError


def test_a_saved_selection_is_named_after_its_file(tmp_path: Path) -> None:
    file = tmp_path / "reading.yaml"
    file.write_text("without: [CB]\nweights: {MultiRC: 2}\n")
    selection = selection_of(selection=str(file))
    assert (selection.without, selection.weights) == (("CB",), {"MultiRC": 2.0})
    assert selection.text == "selection reading"
    assert selection_of(without=["RTE"], selection=str(file)).text == (
        "without CB, RTE; weights MultiRC 2"
    )


def test_weights_of_a_file_take_the_place_of_those_saved(tmp_path: Path) -> None:
    file, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    file.write_text("weights: {MultiRC: 2}\n")
    other.write_text("RTE: 0.5\n")
    assert selection_of(selection=str(file), weights=other).weights == {"RTE": 0.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: [CB]", "a.yaml, task: Extra inputs"),
        ("where: [a]", r"a.yaml, where: Input should be a valid string"),
        ("weights: {CB: heavy}", r"a.yaml, weights.CB: Input should be a valid number"),
        ("without: [CB]\nwithout: [RTE]", "the key 'without' is a duplicate"),
        (f"without: {'[' * 100_000}", "nested deeper than 50 levels"),
        (f"without: [{'9' * 5000}]", "Exceeds the limit"),
        ("# " + "x" * 2**20, "a.yaml must have at most 1,048,576 bytes"),
        ("- CB", "a.yaml, content: Input should be"),
        ("{", "cannot be read as YAML"),
    ],
)
def test_another_content_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(LeaderboardError, match=message):
        selection_of(selection=str(tmp_path / "a.yaml"))


def test_a_saved_condition_is_one_line_and_another_narrows_it(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("where: |\n  parameters < 1e9\n  AND open_weights\n")
    saved = selection_of(selection=str(file))
    assert saved.where == "parameters < 1e9 AND open_weights"
    assert saved.text == "selection small"
    both = selection_of(selection=str(file), where="dimensions < 1000")
    assert both.where == "(parameters < 1e9 AND open_weights) AND (dimensions < 1000)"
    assert both.text == f"where {both.where}"
    with pytest.raises(LeaderboardError, match="--where must be a condition"):
        selection_of(where=" ")


@pytest.mark.parametrize("command", ["rank", "stability", "resolution"])
def test_every_command_ranks_only_the_models_that_match(command: str) -> None:
    more = ["--mean", "arithmetic"] if command != "resolution" else []
    where = "is_human OR published_score > 89"
    result = CliRunner().invoke(
        cli, [command, "superglue", *more, "--where", where], catch_exceptions=False
    )
    assert result.stderr.startswith(f"note: 7 of 24 models match {where}\n")
    assert f"treatment: per-task (where {where})" in result.stdout
    assert "7 of 7 models" in result.stdout


def test_an_unknown_fact_is_named() -> None:
    with pytest.raises(QueryError, match="did you mean 'parameters'"):
        CliRunner().invoke(
            cli,
            ["rank", "superglue", "--where", "params < 1e9"],
            catch_exceptions=False,
            standalone_mode=False,
        )


def test_a_selection_is_found_by_name_in_the_folder_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "selections").mkdir()
    (tmp_path / "selections" / "reading.yaml").write_text("languages: [en]\n")
    found = selection_of(selection="reading")
    assert (found.languages, found.text) == (("en",), "selection reading")
    with pytest.raises(LeaderboardError, match=r"no selection 'readin': .*the folder has reading"):
        selection_of(selection="readin")
