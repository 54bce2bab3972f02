"""The made-up texts of two types, and what is distilled on them."""

from __future__ import annotations

import torch

from evaluators.experiments.similarity_distillation import (
    SPREAD,
    TYPE,
    Recipe,
    Worlds,
    _batches,
    compare,
    recall,
)

RECIPE = Recipe(128, 1, 16, 2e-3, 100.0)


def test_recall_counts_queries_whose_own_key_is_nearest() -> None:
    keys = torch.tensor([[[1.0, 0], [0, 1], [-1, 0], [0, -1]]])
    queries = torch.tensor([[[2.0, 0.1], [0.1, 3], [1, 0.2], [0, -5]]])
    assert recall(queries, keys) == [0.75]


def test_batches_of_one_type_never_mix_them() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    one = _batches("pairs (one type)", 128, RECIPE, generators)
    assert all(len((rows < 64).unique()) == 1 for batch in one for rows in batch)
    mixed = _batches("pairs (mixed types)", 128, RECIPE, generators)
    assert len(one) == len(mixed) == 8
    assert any(len((rows < 64).unique()) == 2 for batch in mixed for rows in batch)
    assert all(int(batch.max()) < 64 for batch in _batches("teacher", 128, RECIPE, generators))


def test_types_differ_in_style_and_not_in_topic() -> None:
    worlds = Worlds([0])
    worlds.mix = torch.eye(48)[None]
    first = worlds.pairs(4000).first[0]
    apart = (first[:2000].mean(0) - first[2000:].mean(0)) / 2
    assert torch.allclose(apart[:24], torch.zeros(24), atol=0.1)
    assert torch.allclose(apart[24:], torch.full((24,), TYPE), atol=0.1)


def test_a_class_is_drawn_from_the_softmax_of_the_scores_of_a_style() -> None:
    worlds = Worlds([0])
    worlds.mix = torch.eye(48)[None]
    texts, classes = worlds.texts(torch.zeros(1, 4000, 24), torch.ones(4000))
    chances = ((texts[0, :, 24:] - TYPE) @ worlds.styles[0] / SPREAD).softmax(-1)
    likeliest, best = chances.max(-1)
    drawn = float((classes[0] == best).double().mean())
    assert 0.3 < drawn < 0.8
    assert abs(drawn - float(likeliest.mean())) < 4 * 0.5 / 4000**0.5


def test_distillation_brings_the_student_nearer_to_its_teacher() -> None:
    result = compare([0, 1], Recipe(1024, 4, 32, 2e-3, 100.0), lambda *_: None)
    found = {
        (score.variant["arm"], score.variant["seed"]): score.value
        for score in result.scores
        if score.metric == "spearman"
    }
    for seed in (0, 1):
        assert found["distillation", seed] > found["without-distillation", seed] + 0.1
