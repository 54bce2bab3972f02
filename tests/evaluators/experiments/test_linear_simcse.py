"""The made-up frozen vectors."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from evaluators.experiments import linear_simcse
from evaluators.experiments.linear_simcse import Encoder, Recipe, compare, draw


def means(exponent: float, dropped: Literal["hidden", "vector"] = "hidden") -> dict[str, float]:
    result = compare(exponent, dropped, [0, 1], Recipe(640, 4, 64, 1e-2, 0.3), lambda *_: None)
    by_arm: dict[str, list[float]] = {}
    for score in result.scores:
        if score.metric == "spearman":
            by_arm.setdefault(score.variant["arm"], []).append(100 * score.value)
    return {arm: float(np.mean(values)) for arm, values in by_arm.items()}


def test_on_isotropic_vectors_all_tie() -> None:
    found = means(0.0)
    for arm in ("centred", "whitened-target", "whitened-train"):
        assert abs(found[arm] - found["raw"]) < 2.5, arm
    assert abs(found["linear-simcse"] - found["raw"]) < 5


def test_on_anisotropic_vectors_whitening_gains_and_a_layer_gains_less_late_dropout() -> None:
    hidden, vector = means(1.0), means(1.0, "vector")
    assert hidden["whitened-target"] - hidden["raw"] > 20
    assert hidden["linear-simcse"] > vector["linear-simcse"] + 5, "noise drowns small directions"


def test_without_dropout_a_view_is_the_vector() -> None:
    encoder = Encoder.drawn(1.0, [3])
    sentences = draw(5, [torch.Generator().manual_seed(0)])
    generators = [torch.Generator().manual_seed(0)]
    view = encoder.view(sentences, "hidden", 0.0, generators)
    assert torch.allclose(view, encoder(sentences), atol=1e-4)


def test_variances_fall_by_the_power_law() -> None:
    turn = Encoder.drawn(1.0, [3]).turn[0].double()
    scales = torch.linalg.svdvals(turn)
    assert scales / scales[0] == pytest.approx(1 / np.arange(1, linear_simcse.WIDTH + 1), rel=1e-4)


def test_a_seed_gives_the_same_encoder_in_any_company() -> None:
    for alone, both in zip(Encoder.drawn(1.0, [3]), Encoder.drawn(1.0, [1, 3]), strict=True):
        assert torch.equal(alone[0], both[1])
