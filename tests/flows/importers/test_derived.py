"""Columns that are means of neighbours, means of means and ranks, and what only looks like them."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from statistics import fmean

import numpy as np
import pytest

from flows.boards.board_file import boards, read_board
from flows.importers._derived import derived_columns
from tests.flows.importers.conftest import taken

A = (55.2, 56.0, 41.7, 71.3, 60.9)
B = (65.0, 66.0, 62.1, 58.8, 77.7)
C = (20.4, 31.0, 25.2, 44.1, 39.5)
D = (81.6, 70.3, 69.9, 90.2, 64.4)
E = (10.9, 33.1, 28.8, 19.7, 45.6)


def mean(*columns: Sequence[float]) -> list[float]:
    return [fmean(cells) for cells in zip(*columns, strict=True)]


def total(*columns: Sequence[float]) -> list[float]:
    return [fsum(cells) for cells in zip(*columns, strict=True)]


def places(column: Sequence[float]) -> list[int]:
    """Return 1 for the largest."""
    return [sorted(column, reverse=True).index(x) + 1 for x in column]


def printed(
    columns: dict[str, Sequence[float]], digits: int = 1, rows: int = 5
) -> dict[str, list[str]]:
    """Print each column; whole numbers as such, and means with a digit more than their parts."""

    def text(x: float) -> str:
        return str(x) if isinstance(x, int) else f"{x:.{digits + (x != round(x, 1))}f}"

    return {name: [text(x) for x in column[:rows]] for name, column in columns.items()}


def found(columns: dict[str, Sequence[float]], **how: int) -> dict[str, set[str]]:
    return {name: {*what.of} for name, what in derived_columns(printed(columns, **how)).items()}


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        ({"A": A, "B": B, "C": C, "Foo": mean(A, B, C), "D": D}, "ABC"),
        ({"D": D, "Foo": mean(A, B, C), "A": A, "B": B, "C": C}, "ABC"),
        ({"A": A, "B": B, "Foo": mean(A, B), "C": C, "D": D}, "AB"),
        ({"E": E, "C": C, "A": A, "Foo": mean(A, D), "D": D, "B": B}, "AD"),
        ({"Foo": mean(C, D), "A": A, "B": B, "C": C, "D": D, "E": E}, "CD"),
        (
            {"E": E, "A": A, "B": B, "D": D, "Foo": [sum(x) for x in zip(A, B, D, strict=True)]},
            "ABD",
        ),
    ],
    ids=["before", "after", "two", "around", "apart", "sum"],
)
def test_a_mean_of_neighbours_is_found_whatever_its_name(columns, parts):
    assert found(columns) == {"Foo": {*parts}}


@pytest.mark.parametrize(
    ("columns", "how"),
    [
        ({"A": A, "B": B, "C": C, "Foo": mean(A, B, C), "D": D}, {"rows": 2}),
        ({"A": A, "B": B, "C": C, "Foo": mean(A, B, C), "D": D}, {"rows": 3, "digits": 0}),
        ({"A": A, "B": B, "C": C, "Foo": [*mean(A, B, C)[:4], 59.6], "D": D}, {}),
        ({"A": A, "B": A, "Foo": A, "C": C, "D": D}, {}),
        ({"A": A, "B": [x + 10 for x in A], "Foo": [x + 5 for x in A], "D": D}, {}),
        ({"A": [0.0] * 5, "B": [0.0] * 5, "Foo": [0.0] * 5, "D": D}, {}),
        ({"A": A, "B": B, "C": C, "Foo": mean(A, C), "D": D}, {}),
    ],
    ids=["2 rows", "whole numbers", "one row off", "equal", "parallel", "zeros", "not neighbours"],
)  # fmt: skip
def test_what_may_be_chance_is_no_mean_of_neighbours(columns, how):
    assert found(columns, **how) == {}


def test_gaps_decide_nothing():
    cells = printed({"A": A, "B": B, "C": C, "Foo": mean(A, B, C), "D": D})
    cells["B"][1] = cells["Foo"][3] = ""
    assert derived_columns(cells).keys() == {"Foo"}
    cells["C"][0] = ""
    assert derived_columns(cells) == {}  # two rows tell


@pytest.mark.parametrize("order", ["A B G C D E H Avg", "Avg G H A B C D E", "A B C D E G H Avg"])
@pytest.mark.parametrize("rank", [False, True])
def test_means_of_means_and_their_ranks_are_found_in_any_order(order, rank):
    g, h = mean(A, B), mean(C, D, E)
    columns = {"A": A, "B": B, "C": C, "D": D, "E": E, "G": g, "H": h, "Avg": mean(g, h)}
    arranged = {name: columns[name] for name in order.split()}
    if rank:
        arranged = {"Foo": places(columns["Avg"]), **arranged}
    assert found(arranged).keys() == {"G", "H", "Avg", *(["Foo"] if rank else [])}


def test_a_mean_printed_twice_counts_not_at_all():
    foo = mean(A, B, C)
    assert found({"A": A, "B": B, "C": C, "X": foo, "Y": foo, "D": D}).keys() == {"X", "Y"}


def test_ranks_of_a_neighbour_are_found_and_other_counts_are_not():
    ranked = {"A": A, "Foo": places(A), "B": B, "Bar": places(B), "C": C}
    assert found(ranked) == {"Foo": {"A"}, "Bar": {"B"}}
    assert found({"A": A, "Foo": [2, 1, 3, 5, 4], "B": B, "C": C}) == {}
    assert found({"A": A, "Foo": [70, 60, 80, 95, 90], "B": B}) == {}
    tied = (60.1, 58.0, 60.1, 71.3, 41.7)
    assert found({"A": tied, "Foo": [2, 4, 2, 1, 5], "B": B, "C": C}) == {"Foo": {"A"}}


def test_no_column_of_the_boards_is_taken_for_computed():
    rng = np.random.default_rng(0)
    for name, snapshots in boards().items():
        board = read_board(name, snapshots[-1])
        for rows, digits in ((4, 0), (4, 1), (12, 1), (12, 0)):
            drawn = board.values[
                rng.choice(len(board.models), min(rows, len(board.models)), replace=False), :20
            ]
            unit = 100 / max(column.unit_max for column in board.columns)
            cells = {
                column.name: ["" if np.isnan(x) else f"{x * unit:.{digits}f}" for x in drawn[:, j]]
                for j, column in enumerate(board.columns[:20])
            }
            assert derived_columns(cells) == {}, board.name


def test_an_import_counts_the_whole_once_says_it_and_can_keep_it(put):
    cells = printed({"A": A, "B": B, "C": C, "Foo": mean(A, B, C), "D": D})
    lines = (",".join(row) for row in zip("mnopq", *cells.values(), strict=True))
    path = put("a.csv", "\n".join(["model,A,B,C,Foo,D", *lines]))
    result = taken("csv", path)
    assert [column.name for column in result.board.columns] == ["A", "B", "C", "D"]
    [note] = [note for note in result.notes if "Foo" in note]
    assert "the mean of other columns: Foo (of A, B, C)" in note
    assert "--metric-direction 'Foo'=higher" in note
    kept = taken("csv", path, directions={"Foo": "higher"})
    assert [column.name for column in kept.board.columns] == ["A", "B", "C", "Foo", "D"]
