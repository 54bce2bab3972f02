"""What the made-up worlds of sentence vectors share."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.stats import spearmanr

from evaluators.experiments._sentence_vectors import (
    batches,
    correlations,
    dropped,
    rows_of,
    simcse_loss,
    whitened,
)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_correlations_are_scipys_of_the_cosines_of_each_world() -> None:
    first, second, gold = normal(2, 30, 4), normal(2, 30, 4, seed=1), normal(2, 30, seed=2)
    for world, found in enumerate(correlations(first, second, gold)):
        u, v = first[world].numpy(), second[world].numpy()
        cosines = (u * v).sum(1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
        assert math.isclose(found, spearmanr(cosines, gold[world].numpy()).statistic)


def test_each_world_is_whitened_by_itself() -> None:
    vectors = normal(2, 500, 3) * torch.tensor([[[1.0, 5, 0.1]], [[9.0, 1, 1]]])
    (found,) = whitened([vectors], vectors)
    for world in found:
        assert torch.allclose(torch.cov(world.T), torch.eye(3, dtype=torch.float64), atol=1e-9)


def test_simcse_compares_each_view_with_every_other_row_of_the_batch() -> None:
    first, second = normal(1, 3, 4), normal(1, 3, 4, seed=1)
    views = torch.cat([first[0], second[0]])
    cosines = [[float(torch.cosine_similarity(a, b, dim=0)) for b in views] for a in views]
    each = []
    for row in range(6):
        others = [math.exp(20 * cosines[row][column]) for column in range(6) if column != row]
        each.append(-math.log(math.exp(20 * cosines[row][(row + 3) % 6]) / sum(others)))
    assert math.isclose(float(simcse_loss(first, second)), sum(each) / 6, rel_tol=1e-9)


def test_an_epoch_has_each_row_once_and_drops_the_rest() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    drawn = list(batches(7, 3, 2, generators))
    assert [epoch for epoch, _ in drawn] == [1, 1, 2, 2]
    for world in range(2):
        rows = torch.cat([drawn[0][1][world], drawn[1][1][world]])
        assert len(rows.unique()) == 6
    table = torch.arange(14).view(2, 7)
    assert torch.equal(rows_of(table, drawn[0][1])[1], table[1, drawn[0][1][1]])


def test_dropout_keeps_the_mean_and_a_world_its_masks_in_any_company() -> None:
    def generators(*seeds: int) -> list[torch.Generator]:
        return [torch.Generator().manual_seed(seed) for seed in seeds]

    ones = torch.ones(2, 20_000)
    both = dropped(ones, 0.3, generators(5, 6))
    assert abs(float(both.mean()) - 1) < 0.02
    assert torch.equal(both[1], dropped(ones[:1], 0.3, generators(6))[0])
