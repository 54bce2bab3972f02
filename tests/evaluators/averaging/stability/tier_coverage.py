"""Measure how often equal models are told apart, and write docs/reports/tiers.md.

python -m tests.evaluators.averaging.stability.tier_coverage [--boards 1000]
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from evaluators.averaging import TREATMENTS
from evaluators.averaging.stability.resolution import board_resolution
from evaluators.averaging.stability.tiers import LEAST_TASKS, board_tiers, told_apart
from evaluators.averaging.stability.weighted import effective_tasks
from evaluators.errors import TreatmentError
from flows.boards.board_file import boards
from flows.boards.leaderboards import read_board
from tests.evaluators.averaging.stability.test_tiers import noisy, told_apart_by_drawing

NOISES = ("normal", "heavy and uneven", "skewed", "families")
TASKS = (6, 7, 10, 20, 41)
REPORT = Path("docs/reports/tiers.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=1000)
    count = parser.parse_args().boards
    parts = [*_head(count), *_coverage(count), "", *_weighted(count), "", *_boards(), ""]
    REPORT.write_text("\n".join(parts))
    print(REPORT)


def _head(count: int) -> list[str]:
    return [
        "# Models that boards do not tell apart",
        "",
        f"Measured {date.today()}, commit `{_commit()}`. Written by",
        "`python -m tests.evaluators.averaging.stability.tier_coverage`.",
        "",
        f"Share of {count:,} simulated boards of 20 equally good models on which any two are told",
        "apart at 95% confidence, 399 resamples each. *Signs*: what rankcheck does. *Drawing*:",
        "tasks drawn with replacement and standard errors kept, as in Mogstad et al. (2024), on a",
        "tenth of the boards. *Steps*: half of the models are better than the others by two",
        "standard deviations; share of boards with a wrong pair, and of true pairs that are found.",
        "",
        "| tasks | noise | signs | drawing | steps: wrong | steps: found |",
        "|---|---|---|---|---|---|",
    ]


def _commit() -> str:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _coverage(count: int) -> list[str]:
    return [_line(tasks, noise, count) for tasks in TASKS for noise in NOISES]


def _line(tasks: int, noise: str, count: int) -> str:
    rng = np.random.default_rng(tasks)
    wrong = wrong_steps = drawing = 0
    found = 0.0
    for i in range(count):
        scores = noisy(noise, 20, tasks, rng)
        signs = rng.choice((-1.0, 1.0), (tasks, 399))
        wrong += int(told_apart(scores, signs, 0.95)[0].any())
        scores[:10] += 2 * scores.std()
        better, _, _ = told_apart(scores, signs, 0.95)
        wrong_steps += int(better[:10, :10].any() or better[10:].any())
        found += float(better[:10, 10:].mean())
        if i % 10 == 0:
            drawing += told_apart_by_drawing(noisy(noise, 20, tasks, rng), rng)
    return (
        f"| {tasks} | {noise} | {wrong / count:.1%} | {drawing / (count / 10):.0%} |"
        f" {wrong_steps / count:.1%} | {found / count:.0%} |"
    )


WEIGHTS: dict[str, Callable[[int], np.ndarray]] = {
    "2 for half of them": lambda k: np.where(np.arange(k) < k // 2, 2.0, 1.0),
    "5 for one": lambda k: np.where(np.arange(k) == 0, 5.0, 1.0),
    "falling from 1 to 1/16": lambda k: 2.0 ** -(4 * np.arange(k) / k),
}


def _weighted(count: int) -> list[str]:
    lines = [
        "## Weighted means",
        "",
        f"Share of {count // 2:,} boards of equally good models whose tasks have weights.",
        "*Worth*: number of tasks of one weight, (Σw)²/Σw²; rankcheck asks for at least 6.",
        "",
        f"| tasks | weights | worth | {' | '.join(NOISES)} |",
        "|---|---|---|---|---|---|---|",
    ]
    for tasks in TASKS[1:]:
        for name, make in WEIGHTS.items():
            weights = make(tasks)
            if effective_tasks(weights) >= LEAST_TASKS:
                shares = [_wrong(tasks, noise, weights, count // 2) for noise in NOISES]
                cells = " | ".join(f"{share:.1%}" for share in shares)
                lines.append(f"| {tasks} | {name} | {effective_tasks(weights):.3g} | {cells} |")
    return lines


def _wrong(tasks: int, noise: str, weights: np.ndarray, count: int) -> float:
    rng = np.random.default_rng(tasks)
    wrong = 0
    for _ in range(count):
        scores = noisy(noise, 20, tasks, rng)
        signs = rng.choice((-1.0, 1.0), (tasks, 399))
        wrong += int(told_apart(scores, signs, 0.95, weights=weights)[0].any())
    return wrong / count


def _boards() -> list[str]:
    lines = [
        "## The bundled boards",
        "",
        "Arithmetic mean, treatment `per-task`. *Not told apart*: models that are not told apart",
        "from the first. *Smallest difference*: of two means, seen in 80% of such boards.",
        "",
        "| board | models | tasks | not told apart | tiers | smallest difference | at ceiling |"
        " do not separate | pairs that say the same |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    treatment = TREATMENTS["per-task"]
    for name, snapshots in boards().items():
        board = read_board(name, snapshots[-1])
        try:
            tiers = board_tiers(board, treatment, seed=0)
            found = board_resolution(board, treatment)
        except TreatmentError as error:
            lines.append(f"| {name} | | | {str(error).removeprefix(f'{name}: ')} | | | | | |")
            continue
        lines.append(
            f"| {name} {snapshots[-1]} | {len(tiers.tiers)} | {len(found.tasks)} |"
            f" {(tiers.tiers == 1).sum() - 1} | {tiers.tiers.max()} |"
            f" {found.smallest_difference:.2g} | {len(found.saturated)} |"
            f" {', '.join(found.idle) or '–'} | {len(found.same)} |"
        )
    return lines


if __name__ == "__main__":
    main()
