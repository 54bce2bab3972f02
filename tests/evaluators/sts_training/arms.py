"""A tiny world of pairs, and one job of an arm on it; `python -m` runs one that is killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evaluators.dataset import Corpus, PairDataset
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.registry import find
from evaluators.result import Result
from evaluators.trainer.labelled_data import LabelledDataset, TextExample

_PLACES = "北京 上海 广州 成都 南京 西安 杭州 重庆".split()  # noqa: SIM905
_WORDS = "米饭 面条 饺子 豆腐 青菜 鸡蛋 牛肉 苹果".split()  # noqa: SIM905


def pairs(split: str, count: int, seed: int, task: str = "STSB") -> PairDataset:
    """Return pairs whose grade is the number of things that they share."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        place, food, other_place, other_food = rng.integers(0, 8, 4)
        same_place, same_food = number % 2, number // 2 % 2
        other_place = place if same_place else (place + 1 + other_place % 7) % 8
        other_food = food if same_food else (food + 1 + other_food % 7) % 8
        rows.append(
            (
                f"他在{_PLACES[place]}吃{_WORDS[food]}",
                f"{_PLACES[other_place]}的{_WORDS[other_food]}好吃",
                5.0 if same_place and same_food else 3.0 if same_food else 2.0 * same_place,
            )
        )
    first, second, grade = zip(*rows, strict=True)
    return PairDataset(task, split, first, second, np.array(grade))


DATA = {
    ("STSB", "train"): pairs("train", 48, 0),
    ("STSB", "validation"): pairs("validation", 24, 1),
    ("STSB", None): pairs("test", 24, 2),
}
INFERENCE = LabelledDataset(
    "ocnli",
    "train",
    "classification",
    ("neutral", "entailment", "contradiction"),
    tuple(
        TextExample(str(i), f"他在{_PLACES[i % 8]}吃饭", f"他不在{_PLACES[(i + i % 3) % 8]}", i % 3)
        for i in range(24)
    ),
)
CORPUS = Corpus("lines", tuple(f"{a}有{b}" for a in _PLACES for b in _WORDS), "lines", "made up")


def load(ref: DatasetRef) -> Any:
    if ref.kind == "corpus":
        return CORPUS
    return INFERENCE if ref.kind == "clue" else DATA[ref.task, ref.split]


def jobs(*arms: Any, **keys: Any) -> list[Job]:
    evaluator = find("sts_training")
    settings = {"task": "STSB", "seeds": (0,), "resamples": 100, "poolings": ("last-mean",)}
    request = evaluator.Request(arms=arms, **{**settings, **keys})
    return evaluator.jobs(request, "checkpoint", lambda ref: load(ref).digest)


def measure(
    checkpoint: Path, found: list[Job], *, work: Path | None = None, progress: Any = None
) -> list[Result]:
    session = find("sts_training").open_session(checkpoint, found, load, "cpu", progress)
    return [session.evaluate(job, work) for job in found]


TRAINED = {"name": "cosent", "epochs": 2, "batch": 8, "rate": 3e-3, "dropout": 0.2}


def kill_in_step(step: int) -> Callable[[str, int, int], None]:
    def progress(stage: str, done: int, total: int) -> None:
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return progress


if __name__ == "__main__":
    torch.set_num_threads(1)  # as the run that it is compared with
    measure(
        Path(sys.argv[1]),
        jobs(TRAINED, evaluate_every=4),
        work=Path(sys.argv[2]),
        progress=kill_in_step(int(sys.argv[3])),
    )
