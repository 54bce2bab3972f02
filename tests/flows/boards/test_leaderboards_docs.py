from pathlib import Path

from evaluators.averaging import MEANINGS, TREATMENTS, Treatment, rank
from flows.boards.leaderboards import boards, read_board
from flows.reports.rank import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "guides" / "leaderboards.md").read_text("utf-8")


def test_every_board_and_snapshot_is_on_the_page():
    for name, snapshots in boards().items():
        line = next(
            line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line
        )
        assert all(snapshot in line for snapshot in snapshots)


def test_every_choice_of_a_treatment_is_on_the_page():
    for choice, meanings in MEANINGS.items():
        for value in meanings:
            name = Treatment(**{choice: value}).name
            assert name in PAGE or name.removeprefix("per-task") in PAGE, name
    for name in TREATMENTS:
        assert name.split("+")[0] in PAGE


def test_what_the_page_says_of_the_example_is_so():
    ranking = rank(read_board("superglue", "2021"), TREATMENTS["per-task"], p=-1)
    assert f"ranking.human.rank  # {ranking.human.rank}" in PAGE
    assert "csv" in FORMATS
