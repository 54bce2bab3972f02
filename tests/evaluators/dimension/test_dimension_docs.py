"""The numbers of docs/reports/dimension.md are those that the code computes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from evaluators.dimension.law_comparison import compare_laws
from evaluators.dimension.theory import published_dimension, smallest_dimension, table

PAGE = (Path(__file__).parents[3] / "docs" / "reports" / "dimension.md").read_text("utf-8")
ITEMS = (100, 512, 1000, 2048, 1e4, 1e5, 1e6, 5e6, 1e8)


def test_coefficient_table() -> None:
    for row in table():
        cells = (
            f"{row.n:,}",
            f"{row.h:.4f}",
            f"{row.per_dimension:.5f}",
            f"{row.coefficient:.3f}",
            f"{row.mean_cosine:.4f}",
        )
        assert f"| {' | '.join(cells)} |" in PAGE


def test_dimensions_of_each_number_of_items() -> None:
    for name, function in (
        ("smallest n with H < 0", smallest_dimension),
        ("⌈8.33 ln N⌉", published_dimension),
    ):
        found = re.search(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
        assert found is not None
        assert [int(cell) for cell in found[1].split("|")] == [function(n) for n in ITEMS]


def test_the_sentence_of_three_points() -> None:
    found = compare_laws([100, 300, 1000], [24, 48, 64], rng=np.random.default_rng(0))
    assert found.sentence in PAGE
