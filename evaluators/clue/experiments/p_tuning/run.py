"""Every way with the same language model, labels and new sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from evaluators.clue.experiments.p_tuning.arms import answer
from evaluators.clue.experiments.p_tuning.language import pretrain, sentences
from evaluators.clue.experiments.scores import Sheet
from evaluators.contrastive.one_thread import one_thread
from evaluators.result import Result

TESTED = 1000


def compare(
    arms: Sequence[str],
    labelled: Sequence[int],
    seed: int,
    pretraining: int,
    report: Callable[[int, int], None] | None = None,
) -> Result:
    """Return the accuracy of each way at each number of labels, with one language model.

    Args:
        arms: See `answer`.
        labelled: Numbers of labels.
        seed: Of the language model and of all that is drawn.
        pretraining: Steps of the language model.
        report: Told how much is done.
    """
    scores = []
    with one_thread():
        whole = pretrain(pretraining, seed)
        generator = torch.Generator().manual_seed(seed + 1_000_003)
        new, truth = sentences(TESTED, generator, told=False)
        known, labels = sentences(max(labelled), generator, told=False)
        for done, count in enumerate(labelled):
            if report is not None:
                report(done, len(labelled))
            sheet = Sheet(f"{count} labels, language model of {pretraining} steps")
            for arm in arms:
                found = answer(arm, whole, known[:count], labels[:count], new, seed)
                right = float((found == truth).double().mean())
                sheet.add("accuracy", right, TESTED, arm=arm, seed=seed)
            scores += sheet.scores
    return Result(tuple(scores))
