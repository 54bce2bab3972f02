"""What each head makes of the same sentences."""

from __future__ import annotations

from collections.abc import Callable

from evaluators.clue.examples import Entity
from evaluators.clue.experiments.entity_heads.sentences import LENGTH, draw_sentences
from evaluators.clue.experiments.entity_heads.train import Recipe, train
from evaluators.clue.experiments.scores import Sheet
from evaluators.contrastive.one_thread import one_thread
from evaluators.result import Result

TESTED = 1000
_TEST_STREAM = 1_000_003


def compare(
    arm: str,
    types: int,
    sentences: int,
    seeds: list[int],
    recipe: Recipe,
    report: Callable[[int, int], None] | None = None,
) -> Result:
    """Return the entity F1 of one head on 1,000 new sentences, and how many weights it has.

    Args:
        arm: The head.
        types: How many types of entity there are.
        sentences: Trained on.
        seeds: One training set, test set and network each.
        recipe: How it is trained.
        report: Told how many seeds are done, of how many.
    """
    labels = tuple(f"type {kind}" for kind in range(types))
    sheet = Sheet(
        f"{types} types, {sentences} sentences of {LENGTH}, {recipe.epochs} epochs, rate"
        f" {recipe.rate:g}, batch {recipe.batch}, size {recipe.size}"
    )
    with one_thread():
        for done, seed in enumerate(seeds):
            if report is not None:
                report(done, len(seeds))
            known = draw_sentences(types, sentences, seed)
            new = draw_sentences(types, TESTED, seed + _TEST_STREAM)
            trained = train(arm, types, known, seed, recipe, labels)
            f1 = entity_f1(trained.found(new), new.gold(labels))
            sheet.add("f1", f1, TESTED, arm=arm, seed=seed)
            sheet.add("head_parameters", trained.parameters, 1, arm=arm, seed=seed)
    return Result(tuple(sheet.scores))


def entity_f1(found: list[set[Entity]], gold: list[set[Entity]]) -> float:
    """Return 2 · right / (found + there), over all sentences together; 0 where none is found."""
    right = sum(len(one & other) for one, other in zip(found, gold, strict=True))
    return 2 * right / (sum(map(len, found)) + sum(map(len, gold)))
