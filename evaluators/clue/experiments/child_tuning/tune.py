"""Networks that know some digits, tuned on others from few labels."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

from evaluators.clue import methods
from evaluators.clue.experiments.scores import Sheet
from evaluators.clue.methods.plain import Plain
from evaluators.clue.named import words
from evaluators.clue.training.model import Method
from evaluators.experiments._digits import Networks, accuracies, draw_rows, fit
from evaluators.result import Result

KNOWN, NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)
WIDTHS = (64, 128, 128, len(KNOWN))
DROPOUT = 0.1
WITH_P = ("child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout")
FIRST = {"epochs": 20, "batch": 32, "rate": 1e-3}
"""How the known digits are learnt, from 400 labels."""

Report = Callable[[int, int], None]


def on_digits(
    *,
    p: float,
    seeds: Sequence[int],
    labelled: int,
    epochs: int,
    rate: float,
    report: Report,
) -> Result:
    """Tune all arms from the same network, on the same rows, in the same order.

    Args:
        p: Share that is kept, of every arm.
        seeds: One network each, trained alone, so that a mask of parameters is its own.
        labelled: Training rows of the new digits; all others of them are tested.
        epochs: How often they are seen, ten a step.
        rate: Adam's.
        report: Called with the seeds done and all of them.
    """
    sheet = Sheet(f"digits 0-4, then 5-9 from {labelled} labels, {epochs} epochs, Adam {rate:g}")
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        start = Networks(WIDTHS, [seed], DROPOUT)
        known, _ = draw_rows([seed], 400, among=KNOWN)
        fit(start, Plain(), known, seeds=[seed], **FIRST)  # type: ignore[arg-type]
        start.new_classes(len(NEW))
        train, test = draw_rows([seed], labelled, among=NEW)
        for arm, method in _arms(p).items():
            model = copy.deepcopy(start)
            fit(model, method, train, seeds=[seed], epochs=epochs, batch=10, rate=rate)
            value = float(accuracies(model(test.batch), test))
            sheet.add("accuracy", value, len(test), arm=arm, seed=seed)
    return Result(tuple(sheet.scores))


def _arms(p: float) -> dict[str, Method]:
    found = [methods.find("plain")]
    found += [methods.find({"name": name, "p": p}) for name in WITH_P]
    return {words(one): one.module.make(one.options) for one in found}
