"""One classifier of each seed, corrected in several ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.experiments.can.cases import Case, digits, gaussian
from evaluators.clue.experiments.scores import Sheet
from evaluators.clue.postprocessing.can import Confusion, can
from evaluators.clue.postprocessing.unsure import official_uncertainty, uncertainty
from evaluators.result import Result, Score

PLAIN, CAN, OFFICIAL, RATIO = "plain", "plain/can", "plain/can-official", "plain/prior-ratio"
BEST = 3

Report = Callable[[int, int], None]


def on_gaussians(
    classes: int,
    *,
    rows: int,
    tested: int,
    taus: Sequence[float],
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Compare CAN with none on Gaussian classes; see `cases.gaussian`."""
    scores: list[Score] = []
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        for prior, case in gaussian(classes, rows=rows, tested=tested, seed=seed).items():
            for tau in taus:
                setting = (
                    f"{classes} classes, prior {prior}, {rows} rows a class, {tested} tested,"
                    f" tau {tau:g}"
                )
                scores += _compare(case, setting, tau, seed)
    return Result(tuple(scores))


def on_digits(
    labelled: int, *, taus: Sequence[float], seeds: Sequence[int], report: Report
) -> Result:
    """Compare CAN with none on digits; see `cases.digits`."""
    scores: list[Score] = []
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        for fit, case in digits(labelled=labelled, seed=seed).items():
            for tau in taus:
                scores += _compare(
                    case, f"digits, {labelled} labels, {fit}, tau {tau:g}", tau, seed
                )
    return Result(tuple(scores))


def _compare(case: Case, setting: str, tau: float, seed: int) -> list[Score]:
    sheet, n = Sheet(setting), len(case.labels)
    right = _right(case.probabilities, case)
    sheet.add("accuracy", right.mean(), n, arm=PLAIN, seed=seed)
    apart = np.abs(case.probabilities.mean(axis=0) - case.expected).sum()
    sheet.add("prior_mismatch", apart, n, arm=PLAIN, seed=seed)
    for arm, unsure in (
        (CAN, uncertainty(case.probabilities, BEST) >= tau),
        (OFFICIAL, official_uncertainty(case.probabilities) >= tau),
    ):
        sheet.add("share_unsure", unsure.mean(), n, arm=arm, seed=seed)
        if unsure.all():
            continue  # there is no confident row to correct by
        confusion: Confusion = "article" if arm == CAN else "official"
        corrected = can(case.probabilities, case.expected, k=BEST, tau=tau, confusion=confusion)
        sheet.add("accuracy", _right(corrected.probabilities, case).mean(), n, arm=arm, seed=seed)
        if arm == CAN and unsure.any():
            for name, part in (("confident", ~unsure), ("unsure", unsure)):
                sheet.add(
                    "subset_accuracy", right[part].mean(), int(part.sum()), arm=name, seed=seed
                )
    if not np.array_equal(case.expected, case.trained):
        # What Bayes' rule asks for, where both priors are known.
        ratio = case.probabilities * (case.expected / case.trained)
        sheet.add("accuracy", _right(ratio, case).mean(), n, arm=RATIO, seed=seed)
    return sheet.scores


def _right(probabilities: NDArray[np.float64], case: Case) -> NDArray[np.bool_]:
    return np.asarray(probabilities.argmax(axis=1) == case.labels)
