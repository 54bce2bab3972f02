"""Networks trained on few labels by the plain loss and by R-Drop, with dropout on and off."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import log_softmax

from evaluators.clue import methods
from evaluators.clue.experiments.digits.fit import Rows, drawn, fit, right
from evaluators.clue.experiments.digits.networks import Networks
from evaluators.clue.experiments.scores import Sheet
from evaluators.clue.named import words
from evaluators.result import Result

WIDTHS = (64, 128, 128, 10)
BATCH = 20
RATE = 1e-3

Report = Callable[[str, int, int], None]


def on_digits(
    *,
    dropout: float,
    alphas: Sequence[float],
    seeds: Sequence[int],
    labelled: int,
    epochs: int,
    passes: int,
    report: Report,
) -> Result:
    """Train all arms on the same rows, in the same order, from the same weights.

    Args:
        dropout: Rate after each hidden layer.
        alphas: R-Drop's weights; 0 is two passes without its penalty.
        seeds: One network each.
        labelled: Training rows; all other digits are tested.
        epochs: How often they are seen.
        passes: Over whose masks predictions are averaged.
        report: Called with the arm, the epochs done and all of them.
    """
    train, test = drawn(seeds, labelled)
    sheet = Sheet(
        f"digits, {labelled} labels, dropout {dropout:g}, {epochs} epochs, {passes} passes"
    )
    every = [methods.find("plain")]
    every += [methods.find({"name": "r-drop", "alpha": alpha}) for alpha in alphas]
    for found in every:
        arm, method = words(found), found.module.make(found.options)
        model = Networks(WIDTHS, seeds, dropout)
        recipe = {"epochs": epochs, "batch": BATCH, "rate": RATE}

        def said(done: int, total: int, arm: str = arm) -> None:
            report(arm, done, total)

        fit(model, method, train, seeds=seeds, report=said, **recipe)  # type: ignore[arg-type]
        _measure(sheet, arm, model, test, seeds, passes)
    return Result(tuple(sheet.scores))


@torch.no_grad()
def _measure(
    sheet: Sheet, arm: str, model: Networks, test: Rows, seeds: Sequence[int], passes: int
) -> None:
    off = log_softmax(model(test.batch).double(), dim=-1)
    model.train()
    mean = torch.zeros_like(off)
    for _ in range(passes):
        mean += torch.softmax(model(test.batch).double(), dim=-1) / passes
    model.eval()
    weights, average = right(off, test), right(mean, test)
    apart = (mean * (mean.clamp_min(1e-300).log() - off)).sum(dim=-1).mean(dim=1)
    columns = {
        "accuracy": weights,
        "accuracy_average": average,
        "gap": (average - weights).abs(),
        "mean_kl": apart,
    }
    for metric, values in columns.items():
        for seed, value in zip(seeds, values.tolist(), strict=True):
            sheet.add(metric, value, len(test), arm=arm, seed=seed)
