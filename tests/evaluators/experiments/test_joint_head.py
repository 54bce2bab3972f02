"""One head on two label sources."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from evaluators.contrastive.pair_losses import features
from evaluators.experiments.joint_head import MATCHES, Pairs, Worlds, loss, new_head


def test_a_masked_head_is_two_heads() -> None:
    worlds, head = Worlds([0, 1]), new_head([0, 1])
    match, nli = worlds.matching(12), worlds.nli(12)
    both = Pairs(*(torch.cat(parts, dim=1) for parts in zip(match, nli, strict=True)))
    found = loss(head, both, masked=True)
    for world in range(2):
        of_source = []
        for pairs, weight, start in (
            (match, head.weight[world, :, :MATCHES], 0),
            (nli, head.weight[world, :, MATCHES:], MATCHES),
        ):
            u, v = (head.network.outputs(side)[world] for side in (pairs.first, pairs.second))
            of_source.append(cross_entropy(features(u, v) @ weight, pairs.labels[world] - start))
        assert torch.allclose(found[world], sum(of_source) / 2, atol=1e-6)  # type: ignore[arg-type]
    assert (loss(head, both, masked=False) > found).all(), "five classes compete"


def test_negations_differ_from_paraphrases_in_polarity_alone() -> None:
    texts = {}
    for polarity in (1, -1):
        worlds = Worlds([0])
        worlds.mix = torch.eye(49)[None]
        texts[polarity] = worlds.alike(500, polarity=polarity)
    first, same, turned = texts[1].first[0], texts[1].second[0], texts[-1].second[0]
    assert torch.equal(first[:, 24], same[:, 24])
    assert torch.equal(first[:, 24], -turned[:, 24])
    assert torch.equal(same[:, :24], turned[:, :24])
    assert torch.equal(same[:, 25:], turned[:, 25:])


def test_matching_pairs_never_differ_in_polarity_and_share_most_of_a_topic() -> None:
    worlds = Worlds([0])
    worlds.mix = torch.eye(49)[None]
    pairs = worlds.matching(400)
    assert torch.equal(pairs.first[..., 24], pairs.second[..., 24])
    apart = (pairs.first - pairs.second)[0].abs().gt(1).float()
    negative = pairs.labels[0] == 0
    assert apart[negative, :20].sum() == 0
    assert apart[negative, 20:24].mean() > 0.3


def test_a_seed_gives_the_same_world_in_any_company() -> None:
    for one, both in zip(Worlds([3]).nli(20), Worlds([1, 3]).nli(20), strict=True):
        assert torch.equal(one[0], both[1])
