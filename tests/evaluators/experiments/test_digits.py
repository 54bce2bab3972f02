"""The networks on digits that several experiments train."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.experiments._digits import Networks, accuracies, draw_rows, fit
from evaluators.trainer.methods.plain import Plain
from evaluators.trainer.methods.r_drop import RDrop
from evaluators.training_curve import Floats


def test_a_seeds_network_does_not_depend_on_the_others() -> None:
    def of(seeds: list[int]) -> torch.Tensor:
        train, test = draw_rows(seeds, 60)
        model = Networks((64, 16, 10), seeds, 0.2)
        fit(model, Plain(), train, seeds=seeds, epochs=3, batch=20, rate=1e-3)
        return model(test.batch).detach()[-1]

    assert torch.allclose(of([5]), of([3, 5]), atol=1e-4)


def test_train_and_test_share_no_row_and_every_digit_is_used() -> None:
    train, test = draw_rows([0, 1], 50, among=(5, 6))
    assert len(train) + len(test) == 363  # 182 fives and 181 sixes
    images = torch.cat([train.inputs[0], test.inputs[0]])
    assert len(torch.unique(images, dim=0)) == len(images)
    assert set(test.labels.flatten().tolist()) == {0, 1}
    perfect = torch.nn.functional.one_hot(test.labels, 2)
    assert accuracies(perfect, test).tolist() == [1.0, 1.0]


def test_the_curve_of_a_seed_is_its_own_cross_entropy() -> None:
    def of(seeds: list[int], method: Plain) -> Floats:
        train, _ = draw_rows(seeds, 60)
        model = Networks((64, 16, 10), seeds, 0.2)
        return fit(model, method, train, seeds=seeds, epochs=6, batch=20, rate=1e-2).points()

    alone, together = of([5], Plain()), of([3, 5], Plain())
    assert np.allclose(alone[0], together[1], atol=1e-3)
    # The first step of R-Drop has the same rows and weights: without the penalty, a like loss.
    assert of([5], RDrop(4.0))[0, 0] == pytest.approx(alone[0, 0], rel=0.2)
    assert (together[:, -1] < 0.8 * together[:, 0]).all()
