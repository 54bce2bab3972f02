"""A training run that kills itself with SIGKILL after so many epochs: run as a subprocess."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from evaluators.trainer.training import state
from evaluators.trainer.training.finetune import Finetuned, finetune
from evaluators.trainer.training.recipe import Recipe
from tests.evaluators.conftest import pairs

RECIPE = Recipe(
    method={"name": "child-tuning-f", "p": 0.5},
    epochs=2,
    rate=1e-3,
    head_rate=1e-3,
    batch=8,
    max_length=32,
    selection="held-out",
    seed=3,
)


def run(folder: Path, work: Path | None, recipe: Recipe = RECIPE) -> Finetuned:
    def worth(predictions: object) -> float:
        return float(sum(a == b for a, b in zip(predictions.gold, predictions.predicted)))  # type: ignore[attr-defined]  # noqa: B905

    return finetune(
        folder, pairs(), pairs(12), recipe, metric="accuracy", worth=worth, device="cpu", work=work
    )


if __name__ == "__main__":
    write = state.save

    def save_and_die(*given: object) -> None:
        write(*given)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)

    state.save = save_and_die  # type: ignore[assignment]
    run(Path(sys.argv[1]), Path(sys.argv[2]))
