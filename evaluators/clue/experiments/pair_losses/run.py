"""What each loss makes of the same pairs."""

from __future__ import annotations

from collections.abc import Callable

from evaluators.clue.experiments.pair_losses.pairs import TOPIC, draw_pairs
from evaluators.clue.experiments.pair_losses.train import Recipe, train
from evaluators.clue.experiments.scores import Sheet
from evaluators.clue.threshold import best_threshold, worth_at
from evaluators.contrastive.one_thread import one_thread
from evaluators.result import Result
from evaluators.sts.spearman import spearman

HELD_OUT, TESTED = 1000, 2000


def compare(
    arm: str,
    shared: int,
    pairs: int,
    seeds: list[int],
    recipe: Recipe,
    report: Callable[[int, int], None] | None = None,
) -> Result:
    """Return Spearman's correlation and accuracy of one loss on pairs it has not seen.

    `spearman` after the last epoch and `spearman_first` after the first are with the label on
    2,000 pairs; at most 0.866 of it can be had, as labels are halves of ties. `accuracy` is that
    of the threshold that is best on 1,000 held-out pairs.

    Args:
        arm: The loss.
        shared: Dimensions of topic that the texts of a negative share, of 24.
        pairs: Trained on.
        seeds: One world and network each.
        recipe: How it is trained.
        report: Told how many epochs are done, of how many.
    """
    sheet = Sheet(
        f"negatives share {shared} of {TOPIC}, {pairs} pairs, {recipe.epochs} epochs,"
        f" rate {recipe.rate:g}, batch {recipe.batch}"
    )
    with one_thread():
        every = draw_pairs(shared, pairs + HELD_OUT + TESTED, seeds)
        held_out = every.part(pairs, pairs + HELD_OUT)
        tested = every.part(pairs + HELD_OUT, pairs + HELD_OUT + TESTED)
        gold = tested.labels.double().numpy()
        for epoch, cosines in enumerate(train(arm, every.part(0, pairs), seeds, recipe), 1):
            if report is not None:
                report(epoch, recipe.epochs)
            if epoch not in (1, recipe.epochs):
                continue
            known, new = (cosines(each).double().numpy() for each in (held_out, tested))
            for place, seed in enumerate(seeds):
                found = float(spearman(new[place], gold[place]))
                if epoch == 1:
                    sheet.add("spearman_first", found, TESTED, arm=arm, seed=seed)
                if epoch == recipe.epochs:
                    sheet.add("spearman", found, TESTED, arm=arm, seed=seed)
                    cut = best_threshold(known[place], held_out.labels[place]).value
                    accuracy = worth_at(new[place], gold[place], cut)
                    sheet.add("accuracy", accuracy, TESTED, arm=arm, seed=seed)
    return Result(tuple(sheet.scores))
