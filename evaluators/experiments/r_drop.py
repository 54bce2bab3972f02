"""Compare R-Drop with plain training on digits with few labels, with dropout on and off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Progress, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.trainer import methods
from evaluators.trainer.named import words

if TYPE_CHECKING:
    from evaluators.experiments._digits import Networks, Rows

WIDTHS = (64, 128, 128, 10)
BATCH = 20
RATE = 1e-3


class RDropRequest(Request):
    """The keys of an `evaluator: r_drop` entry in a plan.

    Attributes:
        alphas: Weights of the divergence; 0 is two passes without it.
        dropouts: Dropout rates, above 0, as two passes agree without dropout; each is a setting.
        seeds: Seeds; each trains one network, and all train together.
        labelled: Number of training rows of the 1,797 digits, 20 to 1,500; the rest are test rows.
        epochs: Number of training epochs.
        passes: Number of dropout masks that predictions are averaged over, at least 2.
    """

    alphas: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (0, 1, 4)
    dropouts: Distinct[Share] = (0.3, 0.5)
    seeds: Seeds = tuple(range(12))
    labelled: Annotated[int, Field(ge=20, le=1500)] = 200
    epochs: Count = 150
    passes: Annotated[int, Field(ge=2)] = 30


class RDrop(Evaluator[RDropRequest]):
    """The arms are plain training and R-Drop with each weight; a seed is a network."""

    VERSION = "2"
    BUDGET = ("epochs", "passes")
    Request = RDropRequest

    def jobs(self, request: RDropRequest, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return one job for each rate of dropout, with all arms and seeds."""
        return [
            self.job(
                "r_drop",
                {
                    "dropout": dropout,
                    "alphas": sorted(request.alphas),
                    "seeds": sorted(request.seeds),
                    "labelled": request.labelled,
                    "epochs": request.epochs,
                    "passes": request.passes,
                },
            )
            for dropout in sorted(request.dropouts)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        # The networks are small, so they stay on the CPU whatever the session's device.
        return on_digits(**job.parameters, progress=session.progress)


def on_digits(
    *,
    dropout: float,
    alphas: Sequence[float],
    seeds: Sequence[int],
    labelled: int,
    epochs: int,
    passes: int,
    progress: Progress | None = None,
) -> Result:
    """Train all arms on the same rows, in the same order, from the same weights.

    Args:
        dropout: Dropout rate after each hidden layer.
        alphas: R-Drop's weights; 0 is two passes without its penalty.
        seeds: One network each.
        labelled: Number of training rows; all other digits are test rows.
        epochs: Number of epochs.
        passes: Number of masks that predictions are averaged over.
        progress: Called with the arm, the epochs done and all of them.
    """
    from evaluators.experiments._digits import Networks, draw_rows, fit

    train, test = draw_rows(seeds, labelled)
    scores = ArmScores(
        f"digits, {labelled} labels, dropout {dropout:g}, {epochs} epochs, {passes} passes"
    )
    arms = [methods.find("plain")]
    arms += [methods.find({"name": "r-drop", "alpha": alpha}) for alpha in alphas]
    for entry in arms:
        arm, method = words(entry), entry.module.make(entry.options)
        model = Networks(WIDTHS, seeds, dropout)
        report = stage_progress(progress, f"{arm}, dropout {dropout:g}")
        curve = fit(
            model,
            method,
            train,
            seeds=seeds,
            epochs=epochs,
            batch=BATCH,
            rate=RATE,
            report=report,
        )
        with torch.no_grad():
            _measure(scores, arm, model, test, seeds, passes)
        scores.add_curve(curve, arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


def _measure(
    scores: ArmScores, arm: str, model: Networks, test: Rows, seeds: Sequence[int], passes: int
) -> None:
    from evaluators.experiments._digits import accuracies

    # Averaging weights is one pass without dropout; averaging predictions is many with it.
    off = torch.log_softmax(model(test.batch).double(), dim=-1)
    model.train()
    mean = torch.zeros_like(off)
    for _ in range(passes):
        mean += torch.softmax(model(test.batch).double(), dim=-1) / passes
    model.eval()
    of_weights, of_average = accuracies(off, test), accuracies(mean, test)
    # A mean that underflowed to 0 has no logarithm, but counts 0 · log 0 = 0.
    divergence = (mean * (mean.clamp_min(1e-300).log() - off)).sum(dim=-1).mean(dim=1)
    columns = {
        "accuracy": of_weights,
        "accuracy_average": of_average,
        "gap": (of_average - of_weights).abs(),
        "mean_kl": divergence,
    }
    for metric, values in columns.items():
        for seed, value in zip(seeds, values.tolist(), strict=True):
            scores.add(metric, value, len(test), arm=arm, seed=seed)
