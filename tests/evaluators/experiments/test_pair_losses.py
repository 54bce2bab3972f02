"""The made-up pairs of texts."""

from __future__ import annotations

import torch

from evaluators.experiments.pair_losses import draw_pairs


def test_a_seed_gives_the_same_world_in_any_company() -> None:
    alone, together = draw_pairs(20, 16, [3]), draw_pairs(20, 16, [1, 3])
    for one, both in zip(alone, together, strict=True):
        assert torch.equal(one[0], both[1])
    assert alone.labels.sum() == 8


def test_negatives_are_nearer_the_more_they_share() -> None:
    def distance(shared: int) -> float:
        pairs = draw_pairs(shared, 2000, [0])
        negative = pairs.labels[0] == 0
        return float((pairs.first - pairs.second)[0, negative].norm(dim=-1).mean())

    assert distance(20) < distance(0)
