"""The made-up language, and a probe of labels that are all the same."""

from __future__ import annotations

import torch

from evaluators.experiments.p_tuning import (
    CLASS_WORDS,
    classify,
    compare,
    pretrain,
    sentences,
)
from tests.evaluators.experiments.arm_means import quiet, settings


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
    predicted, curve = classify(
        "probe", model, ids[:2], torch.tensor([1, 1]), ids[2:], seed=0, steps=1
    )
    assert predicted.tolist() == [1, 1, 1, 1]
    assert curve is None


def test_every_arm_that_trains_has_a_curve_and_more_steps_are_another_setting() -> None:
    arms = ("probe", "finetune", "prompt 1 + masked tokens")
    short, long = (compare(arms, [4], 0, 1, quiet, steps=steps) for steps in (60, 70))
    for result in (short, long):
        assert [curve.variant["arm"] for curve in result.curves] == list(arms[1:])
        assert [score.metric for score in result.scores].count("late_improvement") == 2
    assert settings(short.scores) == {"4 labels, language model of 1 steps"}
    assert not settings(short.scores) & settings(long.scores)
