"""R-Drop leaves less divergence between dropout's networks than plain training."""

from __future__ import annotations

from evaluators.experiments.r_drop import on_digits
from tests.evaluators.experiments.arm_means import means, settings


def test_r_drop_leaves_less_divergence() -> None:
    scores = on_digits(
        dropout=0.3, alphas=[4.0], seeds=[0, 1], labelled=100, epochs=15, passes=5
    ).scores
    kl = means(scores, "mean_kl")
    assert set(kl) == {"plain", "r-drop"}
    assert kl["r-drop"] < 0.9 * kl["plain"]


def test_the_gap_is_that_of_the_two_accuracies() -> None:
    scores = on_digits(
        dropout=0.3, alphas=[4.0], seeds=[0, 1], labelled=100, epochs=15, passes=5
    ).scores
    of_weights, of_average, gaps = (
        [score.value for score in scores if score.metric == metric]
        for metric in ("accuracy", "accuracy_average", "gap")
    )
    assert gaps == [abs(a - w) for w, a in zip(of_weights, of_average, strict=True)]


def test_another_number_of_passes_is_another_setting() -> None:
    two, three = (
        on_digits(dropout=0.3, alphas=[4], seeds=[0], labelled=20, epochs=1, passes=passes).scores
        for passes in (2, 3)
    )
    assert not settings(two) & settings(three)
