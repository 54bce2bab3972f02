"""The made-up world of whitening: what must gain gains, and its controls tie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

from evaluators.experiments.whitening_world import World, compare, draw
from evaluators.result import Result
from tests.evaluators.experiments.arm_means import means, quiet, settings

SIZES = {"width": 64, "decay": 0.5, "epochs": 8}


@pytest.fixture(scope="module")
def worlds() -> dict[str, Result]:
    kinds: tuple[World, ...] = ("untuned", "tuned", "isotropic")
    return {kind: compare(kind, pairs=600, seeds=[0, 1], report=quiet, **SIZES) for kind in kinds}


def gain(result: Result, arm: str, metric: str = "spearman") -> float:
    return means(result.scores, metric)[arm] - means(result.scores, "spearman")["raw"]


@pytest.mark.parametrize("fitted_on", ["target", "other"])
def test_untuned_vectors_gain_and_the_controls_do_not(
    worlds: dict[str, Result], fitted_on: str
) -> None:
    arm, metric = f"whiten ({fitted_on})", "spearman_at_chosen_k"
    assert gain(worlds["untuned"], arm, metric) > 0.2
    assert gain(worlds["tuned"], arm, metric) < 0.01
    assert -0.03 < gain(worlds["isotropic"], arm, metric) < 0.01


def test_fewer_dimensions_are_better_where_the_rest_is_noise(worlds: dict[str, Result]) -> None:
    for kind, better in (("untuned", True), ("isotropic", False)):
        at_k = means(worlds[kind].scores, "spearman_at_chosen_k")["whiten (target)"]
        at_all = means(worlds[kind].scores, "spearman")["whiten (target)"]
        assert (at_k > at_all + 0.02) is better


def test_the_worlds_of_one_request_are_controls_of_each_other(worlds: dict[str, Result]) -> None:
    described = {setting for result in worlds.values() for setting in settings(result.scores)}
    assert {setting.split(" vectors, ")[0] for setting in described} == set(worlds)
    assert len({setting.split(" vectors, ")[1] for setting in described}) == 1


def test_a_seed_gives_the_same_world_in_any_company() -> None:
    alone, together = (
        compare("untuned", pairs=100, seeds=seeds, report=quiet, **SIZES).scores
        for seeds in ([4], [3, 4])
    )
    assert list(alone) == [score for score in together if score.variant["seed"] == 4]


def test_scores_are_those_of_other_libraries() -> None:
    scored, choice, other = draw("untuned", pairs=150, seed=5, **SIZES)
    scores = compare("untuned", pairs=150, seeds=[5], report=quiet, **SIZES).scores
    pca = PCA(whiten=True).fit(other.vectors)

    def spearman(pairs: object, k: int) -> float:
        kept = pca.transform(pairs.vectors)[:, :k]  # type: ignore[attr-defined]
        kept /= np.linalg.norm(kept, axis=1, keepdims=True)
        half = len(kept) // 2
        return float(spearmanr((kept[:half] * kept[half:]).sum(axis=1), pairs.gold).statistic)  # type: ignore[attr-defined]

    on_choice = [spearman(choice, k) for k in range(2, 65)]
    k = int(np.argmax(on_choice)) + 2
    found = {s.metric: s.value for s in scores if s.variant["arm"] == "whiten (other)"}
    assert found["chosen_k"] == k
    assert found["spearman_at_chosen_k"] == pytest.approx(spearman(scored, k), abs=1e-10)
    assert found["spearman"] == pytest.approx(spearman(scored, 64), abs=1e-10)
