"""Training on counts: gradients, what full rank reaches, and that seeds do not touch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from evaluators.dimension_words import objective as layout
from evaluators.dimension_words.counting import PairCounts, count_pairs, read_tokens
from evaluators.dimension_words.fitting import Training, fit, losses
from evaluators.dimension_words.objective import Objective, pairs_of
from evaluators.errors import DimensionError, ScoreError
from tests.evaluators.dimension_words.test_counting import lines

SHORT = Training(steps=10, last_steps=30)


def same_everywhere(counts):
    matrix = csr_array(np.asarray(counts, dtype=np.int64))
    return PairCounts(matrix, matrix, matrix, coverage=1.0)


def symmetric(n_words, seed=0):
    drawn = np.random.default_rng(seed).integers(1, 400, size=(n_words, n_words))
    return drawn + drawn.T


def scores_and_counts(seed=0):
    random = torch.Generator().manual_seed(seed)
    scores = torch.randn(2, 5, 5, generator=random, dtype=torch.float64, requires_grad=True)
    counts = torch.rand(2, 5, 5, generator=random, dtype=torch.float64)
    return scores, counts / counts.sum(dim=(1, 2), keepdim=True)


def test_the_softmax_gradient_is_that_of_torch_cross_entropy():
    scores, counts = scores_and_counts()
    rows = counts.sum(dim=-1, keepdim=True)
    # Each row's counts as the soft target of torch's own loss, weighted by how often it occurs.
    loss = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), (counts / rows).flatten(0, 1), reduction="none"
    )
    (loss * rows.flatten()).sum().backward()
    found = Objective().residual(scores.detach().clone(), counts, rows, torch.zeros(()))
    torch.testing.assert_close(found, scores.grad)


def test_the_negative_sampling_gradient_is_autograds():
    scores, counts = scores_and_counts(1)
    objective = Objective("negative", negatives=3)
    unigram = counts.sum(dim=1, keepdim=True).log()
    log_noise, rows = objective.log_noise(unigram), counts.sum(dim=-1, keepdim=True)
    log_sigmoid = torch.nn.functional.logsigmoid
    loss = (
        -(counts * log_sigmoid(scores)).sum()
        - (3 * rows * log_noise.exp() * log_sigmoid(-scores)).sum()
    )
    loss.backward()
    found = objective.residual(scores.detach().clone(), counts, rows, log_noise)
    torch.testing.assert_close(found, scores.grad)
    assert log_noise.exp().sum(dim=-1).flatten().tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("kind", ["softmax", "negative"])
def test_zero_vectors_are_the_unigram_model(kind):
    pairs = pairs_of([same_everywhere(symmetric(6))])
    objective = Objective(kind)
    log_noise = objective.log_noise(pairs.unigram)
    bias = objective.first_bias(pairs.unigram, log_noise)
    zero = torch.zeros(1, 6, 2)
    found = losses(pairs, zero, zero, bias, objective, log_noise)
    torch.testing.assert_close(found, pairs.baseline, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["softmax", "negative"])
def test_full_rank_reaches_the_conditional_entropy_and_less_cannot(kind):
    counts = symmetric(6)
    joint = counts / counts.sum()
    entropy = -(joint * np.log(joint / joint.sum(axis=1, keepdims=True))).sum()
    pairs = pairs_of([same_everywhere(counts)])
    long = Training(steps=20, last_steps=600, tolerance=1e-7)
    full, small = (fit(pairs, n, [0], objective=Objective(kind), training=long) for n in (6, 1))
    assert full.train[0] == pytest.approx(entropy, abs=1e-4)
    assert full.train == full.validation == full.test
    assert entropy + 1e-3 < small.test[0] < pairs.baseline[0, 2]


def test_seeds_trained_together_equal_seeds_trained_alone():
    tokens = read_tokens(lines(400))
    splits = [count_pairs(tokens, 20, seed=seed) for seed in (3, 4)]
    together = fit(pairs_of(splits), 5, (3, 4), training=SHORT)
    for at, seed in enumerate((3, 4)):
        alone = fit(pairs_of([splits[at]]), 5, (seed,), training=SHORT)
        for name in ("train", "validation", "test", "decay"):
            assert getattr(alone, name)[0] == pytest.approx(getattr(together, name)[at], abs=1e-5)
        assert alone.ended[0] == together.ended[at]


def test_the_same_seed_gives_the_same_bits():
    pairs = pairs_of([count_pairs(read_tokens(lines()), 10)])
    assert fit(pairs, 3, [0], training=SHORT).test == fit(pairs, 3, [0], training=SHORT).test
    assert fit(pairs, 3, [0], training=SHORT).test != fit(pairs, 3, [1], training=SHORT).test


def test_blocks_of_rows_and_sparse_counts_change_nothing(monkeypatch):
    splits = [count_pairs(read_tokens(lines()), 20, seed=seed) for seed in (0, 1)]
    whole = pairs_of(splits)
    monkeypatch.setattr(layout, "_BLOCK_BYTES", 4 * 2 * 20 * 7)
    blocked = pairs_of(splits)
    monkeypatch.setattr(layout, "_DENSE_BYTES", 0)
    sparse = pairs_of(splits)
    assert [len(p.blocks) for p in (whole, blocked, sparse)] == [1, 3, 3]
    assert sparse.blocks[0].parts[0].is_sparse
    expected = fit(whole, 4, (0, 1), training=SHORT)
    for pairs in (blocked, sparse):
        assert fit(pairs, 4, (0, 1), training=SHORT).test == pytest.approx(expected.test, abs=1e-5)


def test_overfitting_ends_training_and_what_is_kept_was_chosen_on_the_validation_part():
    # Words that say nothing about one another: all that is learnt is noise of the training part.
    pairs = pairs_of([count_pairs(read_tokens(lines(60)), 25)])
    found = fit(pairs, 25, [0])
    assert found.ended == ("overfit",)
    assert found.overfit[0] > 0.01
    free = fit(pairs, 25, [0], training=Training(decays=(0.0,), last_steps=200))
    assert free.validation[0] >= found.validation[0]
    assert free.overfit[0] > found.overfit[0]


@pytest.mark.parametrize("n", [0, -1, 11])
def test_more_dimensions_than_words_are_refused(n):
    pairs = pairs_of([same_everywhere(symmetric(10))])
    with pytest.raises(DimensionError, match=f"between 1 and the vocabulary's 10, got {n}"):
        fit(pairs, n, [0])


def test_what_cannot_be_trained_is_named():
    one, other = same_everywhere(symmetric(4)), same_everywhere(symmetric(5))
    with pytest.raises(DimensionError, match="must have one vocabulary"):
        pairs_of([one, other])
    with pytest.raises(DimensionError, match="1 splits, got 2"):
        fit(pairs_of([one]), 2, [0, 1])
    with pytest.raises(ScoreError, match="a loss became NaN or infinite"):
        fit(pairs_of([one]), 2, [0], training=replace(SHORT, rate=1e38))
    with pytest.raises(DimensionError, match="decays must be"):
        Training(decays=())
    with pytest.raises(ValueError, match="unknown objective 'sofmax': did you mean 'softmax'"):
        Objective("sofmax")


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["softmax", "negative"])
def test_cuda_finds_what_the_cpu_finds(kind):
    splits = [count_pairs(read_tokens(lines(400)), 20, seed=seed) for seed in (0, 1)]
    found = [
        fit(pairs_of(splits, device), 5, (0, 1), objective=Objective(kind), training=SHORT)
        for device in ("cpu", "cuda")
    ]
    assert found[1].test == pytest.approx(found[0].test, abs=1e-4)
