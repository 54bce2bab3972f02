"""Lengths are those of the table of Wagner and Fischer; F1 is KgCLUE's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.constrained_decoding.common_subsequence import CommonSubsequence, f1

words = st.text(alphabet="abcd", max_size=80)  # longer than a machine word


def table(first: str, second: str) -> int:
    rows = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            rows[i + 1][j + 1] = (
                rows[i][j] + 1 if one == other else max(rows[i][j + 1], rows[i + 1][j])
            )
    return rows[-1][-1]


@given(words, words)
def test_the_length_is_that_of_the_table(first: str, second: str) -> None:
    assert CommonSubsequence(first).length(second) == table(first, second)


def test_f1_by_hand() -> None:
    assert f1("周杰伦", "周伦") == pytest.approx(4 / 5)
    assert f1("abc", "cba") == pytest.approx(1 / 3)
    assert f1("", "") == 0
    assert f1("a", "") == 0
    assert f1("同", "同") == 1
