"""The made-up sentences, and how what is found in them is scored."""

from __future__ import annotations

from collections import Counter

from evaluators.experiments.entity_heads import (
    FILLERS,
    TRIGGERS,
    Recipe,
    compare,
    draw_sentences,
    entity_f1,
)
from evaluators.trainer.labelled_data import Entity
from evaluators.training_curve import still_improving
from tests.evaluators.experiments.arm_means import quiet


def test_f1_counts_entities_over_all_sentences_together() -> None:
    a, b, c = (Entity("x", place, place + 1) for place in range(3))
    assert entity_f1([{a, b}, set()], [{a}, {c}]) == 2 * 1 / (2 + 2)


def test_both_ends_of_an_entity_name_its_type_and_decoys_do_not() -> None:
    types = 4
    sentences = draw_sentences(types, 200, seed=1)
    marks = Counter()
    for tokens, entities in zip(
        sentences.tokens.tolist(), sentences.entities.tolist(), strict=True
    ):
        firsts = {first for kind, first, _ in entities if kind >= 0}
        for kind, first, last in entities:
            if kind >= 0:
                assert (tokens[first] - FILLERS) // TRIGGERS == 2 * kind
                assert (tokens[last] - FILLERS) // TRIGGERS == 2 * kind + 1
        for place, token in enumerate(tokens):
            if token >= FILLERS and (token - FILLERS) // TRIGGERS % 2 == 0:
                marks["entity" if place in firsts else "decoy"] += 1
    assert 0.5 < marks["entity"] / marks.total() < 0.7


def test_two_epochs_are_too_few_and_the_result_says_so() -> None:
    recipe = Recipe(epochs=2, batch=16, rate=5e-3, size=8)
    result = compare("global-pointer", 3, 160, [0, 1, 2], recipe, quiet)
    late = [score.value for score in result.scores if score.metric == "late_improvement"]
    assert still_improving(late)
    assert [len(curve.values) for curve in result.curves] == [11] * 3
