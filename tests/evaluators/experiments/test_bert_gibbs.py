"""Known sources, masked models, Gibbs sampling and cycles of conditionals."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from evaluators.experiments import _conditionals as conditionals
from evaluators.experiments import _masked_models as masked
from evaluators.experiments import bert_gibbs
from tests.evaluators.experiments.arm_means import means, settings

SIZE, LENGTH = 3, 4


def generators(seeds: int = 1) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(seeds)]


def every_sequence() -> Tensor:
    return torch.tensor(list(product(range(SIZE), repeat=LENGTH)))[None]


@pytest.mark.parametrize("order", [1, 2])
def test_the_joint_of_a_chain_adds_up_to_one_and_has_its_ngrams(order: int) -> None:
    chain = conditionals.Chains.drawn(order, SIZE, [0])
    joint = chain.log_joint(every_sequence()).exp()
    assert float(joint.sum()) == pytest.approx(1, abs=1e-12)
    grams = torch.zeros(SIZE, SIZE, SIZE, dtype=torch.float64)
    for sequence, share in zip(every_sequence()[0].tolist(), joint[0].tolist(), strict=True):
        grams[tuple(sequence[1:4])] += share
    if order == 1:
        grams = grams.sum(dim=2)
    assert torch.allclose(grams.flatten(), chain.ngrams(order)[0], atol=1e-12)


def test_conditionals_are_those_of_the_joint_written_out() -> None:
    chain = conditionals.Chains.drawn(2, SIZE, [1])
    joint = chain.log_joint(every_sequence()).exp().view([SIZE] * LENGTH)
    found = chain.conditionals(torch.tensor([[[2, 0, 1, 1]]]), 1).exp()[0, 0]
    right = joint[2, :, 1, 1] / joint[2, :, 1, 1].sum()
    assert torch.allclose(found, right, atol=1e-12)


def test_drawn_sequences_have_the_sources_ngrams() -> None:
    chain = conditionals.Chains.drawn(2, SIZE, [0, 1])
    drawn = chain.draw(12, 4000, generators(2))
    assert float(conditionals.divergence(drawn, chain.ngrams(2), 2).max()) < 0.03
    other = conditionals.Chains.drawn(2, SIZE, [5, 6]).ngrams(2)
    assert float(conditionals.divergence(drawn, other, 2).min()) > 0.1


def test_divergence_is_the_total_variation_of_shares() -> None:
    # Pairs 01, 11 in one sequence, against even shares: |1/2 − 1/4| · 2 + 2 · 1/4, halved.
    even = torch.full((1, 4), 0.25, dtype=torch.float64)
    found = conditionals.divergence(torch.tensor([[[0, 1, 1]]]), even, 1)
    assert float(found) == pytest.approx(0.5)


def test_an_ising_model_has_no_cycles_and_independent_errors_have_some() -> None:
    coupling = torch.randn(LENGTH, LENGTH, generator=generators()[0]).double()

    def log_joint(sequences: Tensor) -> Tensor:
        spins = 2.0 * sequences.double() - 1
        return torch.einsum("sbi,ij,sbj->sb", spins, coupling, spins)

    ising = conditionals.conditionals_of(log_joint, 2)
    sequences = torch.tensor(list(product((0, 1), repeat=LENGTH)))[None]
    other = 1 - sequences[:, :, [0, 1]]
    assert float(conditionals.cycles(ising, sequences, (0, 1), other).abs().max()) < 1e-12

    def uneven(asked: Tensor, place: int) -> Tensor:
        # Token 0 looks at token 1, which does not look back.
        scores = ising(asked, place)
        return (scores + (place == 0) * asked[..., 1, None] * torch.tensor([0, 1])).log_softmax(2)

    around = conditionals.cycles(uneven, sequences, (0, 1), other)
    assert torch.allclose(around.abs(), torch.ones_like(around), atol=1e-12)


def test_gibbs_sampling_with_true_conditionals_reaches_the_source() -> None:
    chain = conditionals.Chains.drawn(1, SIZE, [0])
    draws = generators()
    sequences = torch.zeros(1, 3000, 6, dtype=torch.long)
    for _ in range(5):
        sequences = conditionals.gibbs_sweep(chain.conditionals, sequences, range(6), draws)
    assert float(conditionals.divergence(sequences, chain.ngrams(1), 1)) < 0.03


def test_a_model_does_not_see_the_token_it_is_asked_for_and_depends_on_its_own_seed() -> None:
    both = masked.MaskedModels.drawn(SIZE, LENGTH, 8, 1, [3, 4])
    alone = masked.MaskedModels.drawn(SIZE, LENGTH, 8, 1, [4])
    asked = torch.tensor([[[0, 1, 2, 0], [0, 2, 2, 0], [1, 1, 2, 0]]])
    found = both.conditionals(asked.repeat(2, 1, 1), 1)
    assert torch.allclose(found[:, 0], found[:, 1])
    assert not torch.allclose(found[:, 0], found[:, 2])
    assert torch.allclose(found[1:], alone.conditionals(asked, 1), atol=1e-6)


def test_the_experiment_finds_an_error_with_cycles_and_a_joint_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bert_gibbs, "ASKED", 60)
    found = bert_gibbs.compare(1, [1, 3], 100, 30, 16, 1e-2, [0, 1]).scores
    assert settings(found) == {
        "order 1, updates 30",
        "order 1, updates 30, sweeps 1",
        "order 1, updates 30, sweeps 3",
    }
    cycle, error = means(found, "cycle"), means(found, "error")
    assert max(cycle["source"], cycle["joint of equal error"]) < 1e-10
    assert cycle["independent errors"] > 0.05
    for arm in ("joint of equal error", "independent errors"):
        assert error[arm] == pytest.approx(error["MLM"], rel=0.02)
    far = means(found, "divergence")
    assert far["true samples"] < far["independent tokens"] < far["untrained MLM"]
    assert far["source"] < far["independent tokens"]
