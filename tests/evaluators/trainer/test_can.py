"""CAN beside a straight implementation, row by row and round by round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluators.errors import MethodError
from evaluators.trainer.can import can, official_uncertainty, uncertainty

Floats = NDArray[np.float64]


def entropy_of_best(row: Floats, k: int) -> float:
    best = np.sort(row)[-k:]
    best = best / best.sum()
    return float(-sum(p * np.log(p) for p in best if p > 0) / np.log(k))


def is_unsure(row: Floats, k: int, tau: float, confusion: str) -> bool:
    tried = range(2, len(row) + 1) if confusion == "official" else [min(k, len(row))]
    return max(entropy_of_best(row, size) for size in tried) >= tau


def straight(
    rows: Floats, prior: Floats, k: int, tau: float, alpha: float, iterations: int, confusion: str
) -> Floats:
    unsure = [is_unsure(row, k, tau, confusion) for row in rows]
    confident = rows[~np.array(unsure)]
    out = rows.copy()
    for i in np.flatnonzero(unsure):
        stacked = np.vstack([confident, rows[i]])
        for _ in range(iterations):
            stacked = stacked**alpha
            stacked = stacked / stacked.mean(axis=0)
            stacked = stacked * prior
            stacked = stacked / stacked.sum(axis=1, keepdims=True)
        out[i] = stacked[-1]
    return out


def made(n: int, classes: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    sharp = rng.choice([0.05, 1.0, 3.0], n)[:, None]
    rows = rng.dirichlet(np.ones(classes), n) ** sharp + 1e-12
    return rows / rows.sum(axis=1, keepdims=True), rng.dirichlet(np.full(classes, 3.0))


@given(
    classes=st.integers(2, 12),
    k=st.integers(2, 6),
    tau=st.sampled_from([0.5, 0.7, 0.9]),
    alpha=st.sampled_from([0.0, 0.5, 1.0, 1.3, 3.0]),
    iterations=st.integers(1, 4),
    confusion=st.sampled_from(["article", "official"]),
    seed=st.integers(0, 999),
)
def test_it_is_the_straight_algorithm(**case: Any) -> None:
    rows, prior = made(30, case.pop("classes"), case.pop("seed"))
    # The surest row keeps both definitions from calling every row unsure.
    rows[0] = 1e-9
    rows[0, 0] = 1 - 1e-9 * (rows.shape[1] - 1)
    found = can(rows, prior, **case)
    wanted = straight(rows, prior, **case)
    assert np.abs(found.probabilities - wanted).max() <= 1e-12
    assert np.array_equal(found.probabilities[~found.unsure], rows[~found.unsure])


def test_uncertainty_is_the_entropy_of_the_best() -> None:
    rows, _ = made(50, 7, 3)
    rows[0] = np.eye(7)[2]
    for k in (2, 3, 7, 9):
        wanted = [entropy_of_best(row, min(k, 7)) for row in rows]
        assert uncertainty(rows, k) == pytest.approx(wanted, abs=1e-12)
    all_k = [max(entropy_of_best(row, k) for k in range(2, 8)) for row in rows]
    assert official_uncertainty(rows) == pytest.approx(all_k, abs=1e-12)


def test_blocks_and_high_powers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, prior = made(40, 6, 5)
    whole = can(rows, prior, iterations=3, alpha=1.5).probabilities
    monkeypatch.setattr("evaluators.trainer.can._CELLS", 1)
    assert np.abs(can(rows, prior, iterations=3, alpha=1.5).probabilities - whole).max() <= 1e-12
    steep = can(rows, prior, iterations=4, alpha=9.0).probabilities
    wanted = straight(rows, prior, 3, 0.9, 9.0, 4, "article")
    assert np.abs(steep - wanted).max() <= 1e-6  # the 6,561st power of what is right to 1e-16


def test_an_unsure_row_moves_away_from_the_class_that_the_confident_ones_hold() -> None:
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.5, 0.5]])
    found = can(rows, np.array([0.5, 0.5]))
    assert found.unsure.tolist() == [False, False, False, True]
    assert found.probabilities[3].argmax() == 1
    # Columns with it sum to 2.4 and 1.6.
    wanted = np.array([0.5 / 2.4, 0.5 / 1.6])
    assert found.probabilities[3] == pytest.approx(wanted / wanted.sum())


def test_nothing_unsure_no_round_and_classes_without_mass() -> None:
    rows = np.array([[0.99, 0.01, 0.0], [0.01, 0.99, 0.0]])
    prior = np.array([0.4, 0.4, 0.2])
    assert not can(rows, prior).unsure.any()
    more = np.vstack([rows, [[0.5, 0.5, 0.0]]])
    assert can(more, prior, iterations=0, k=2).probabilities[2].tolist() == [0.5, 0.5, 0.0]
    for iterations in (1, 3):
        row = can(more, prior, k=2, iterations=iterations).probabilities[2]
        assert row == pytest.approx([0.5, 0.5, 0.0])
    one = can(np.float32([[0.9, 0.1]]), np.array([0.5, 0.5]))
    assert one.probabilities == pytest.approx(np.array([[0.9, 0.1]]), abs=1e-7)


GOOD = np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3]])
PRIOR = np.full(3, 1 / 3)
BAD = {
    "no distribution": ({"probabilities": np.array([[0.9, np.nan, 0.1]])}, "row 0"),
    "negative": ({"probabilities": np.array([[0.5, 0.6, -0.1]])}, "row 0"),
    "logits": ({"probabilities": np.array([[0.98, 0.01, 0.01], [2.0, 1.0, 0.0]])}, "row 1"),
    "one class": ({"probabilities": np.ones((3, 1))}, "two classes"),
    "one dimension": ({"probabilities": np.ones(3) / 3}, "two classes"),
    "a prior of two": ({"prior": np.array([0.5, 0.5])}, "3 classes"),
    "a class left out": ({"prior": np.array([0.5, 0.5, 0.0])}, "class 2 must be above 0, got 0"),
    "a prior that is NaN": (
        {"prior": np.array([0.5, 0.5, np.nan])},
        "class 2 must be above 0, got nan",
    ),
    "counts": ({"prior": np.array([5.0, 3.0, 2.0])}, "sum to 1, got 10"),
    "one best": ({"k": 1}, "k must be .* got 1"),
    "no threshold": ({"tau": 0.0}, "tau must be .* got 0"),
    "too high": ({"tau": 1.1}, "tau must be .* got 1.1"),
    "alpha": ({"alpha": -1.0}, "alpha must be .* got -1"),
    "infinite": ({"alpha": float("inf")}, "alpha must be .* got inf"),
    "NaN": ({"alpha": float("nan")}, "alpha must be .* got nan"),
    "rounds": ({"iterations": -1}, "iterations must be .* got -1"),
    "none confident": ({"probabilities": np.full((4, 3), 1 / 3)}, "none of 4 rows is confident"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_said(name: str) -> None:
    change, said = BAD[name]
    settings: dict[str, Any] = {"probabilities": GOOD, "prior": PRIOR, **change}
    with pytest.raises(MethodError, match=said):
        can(**settings)


def test_an_unknown_definition_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="article"):
        can(GOOD, PRIOR, confusion="articel")  # type: ignore[arg-type]
