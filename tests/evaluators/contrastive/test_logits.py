"""Logits beside the table of all cosines."""

from __future__ import annotations

import pytest
import torch

from evaluators.contrastive.logits import block_logits, two_view_logits


@pytest.mark.parametrize("batch", [2, 3, 17])
def test_logits_are_the_cosines_of_the_pairs_they_name(batch: int) -> None:
    generator = torch.Generator().manual_seed(batch)
    first, second = (torch.randn(2, batch, 5, generator=generator) for _ in range(2))
    views = torch.nn.functional.normalize(torch.cat([first, second], dim=-2), dim=-1)
    cosines = views @ views.transpose(-1, -2)
    found = two_view_logits(first, second, 0.2, negative_temperature=0.5)
    for i in range(2 * batch):
        partner = (i + batch) % (2 * batch)
        others = [j for j in range(2 * batch) if j not in (i, partner)]
        assert torch.equal(found.positive[:, i], cosines[:, i, partner] / 0.2)
        assert torch.equal(found.negative[:, i], cosines[:, i, others] / 0.5)
    half = block_logits(views[:, 1:batch], views, partner=batch + 1, itself=1, temperature=0.2)
    assert torch.allclose(half.positive, found.positive[:, 1:batch])
    assert torch.allclose(half.negative * 0.2, found.negative[:, 1:batch] * 0.5)
    last = block_logits(
        views[:, -1:], views, partner=batch - 1, itself=2 * batch - 1, temperature=1
    )
    assert torch.allclose(last.negative, found.negative[:, -1:] * 0.5)
