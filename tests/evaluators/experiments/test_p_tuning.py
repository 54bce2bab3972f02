"""The made-up language, and a probe of labels that are all the same."""

from __future__ import annotations

import torch

from evaluators.experiments.p_tuning import (
    CLASS_WORDS,
    classify,
    pretrain,
    sentences,
)


def test_one_word_names_the_class_where_it_is_asked_for() -> None:
    generator = torch.Generator().manual_seed(0)
    ids, labels = sentences(50, generator, with_class_word=True)
    words = torch.tensor(CLASS_WORDS)
    assert torch.equal((ids == words[labels][:, None]).sum(dim=1), torch.ones(50).long())
    ids, _ = sentences(50, generator, with_class_word=False)
    assert not torch.isin(ids, words).any()


def test_a_probe_of_one_class_answers_with_that_class() -> None:
    model = pretrain(1, seed=0)
    generator = torch.Generator().manual_seed(0)
    ids, _ = sentences(6, generator, with_class_word=False)
    predicted, curve = classify("probe", model, ids[:2], torch.tensor([1, 1]), ids[2:], seed=0)
    assert predicted.tolist() == [1, 1, 1, 1]
    assert curve is None
