"""Measure how often smooth curves jump and jumps are found, and write docs/reports/trajectories.md.

python -m tests.evaluators.trajectories.trajectory_calibration RESULTS [--curves 400]

RESULTS is the folder of the lm-evaluation-harness results of Pythia 70m and 160m.
"""

from __future__ import annotations

import argparse
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from evaluators.averaging import MEANS, TREATMENTS
from evaluators.trajectories.change_points import describe_jumps, jump_p_value, log_steps
from evaluators.trajectories.runs import MEAN, board_curves
from evaluators.trajectories.summary import LEVEL, CurveSummary, summarize
from flows import importers
from flows.importers._draft import Asked

REPORT = Path("docs/reports/trajectories.md")
DRAWS = 199
PYTHIA = (0, *(2**k for k in range(10)), 1000, *range(3000, 144000, 10000))
DESIGNS = {
    "Pythia's 27 steps": PYTHIA,
    "20 even steps": tuple(range(1000, 21000, 1000)),
    "0 and 11 doublings": (0, *(2**k for k in range(11))),
}
SMOOTH = ("linear in log step", "power law", "accelerating", "logistic", "rise and decline")
HEIGHTS = (5, 30, 100)
NOISES = ("normal", "Student's t, 4 degrees", "correlated 0.3", "correlated 0.6")
JUMPS = (3, 5, 8, 12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--curves", type=int, default=400)
    args = parser.parse_args()
    lines = [*_head(), *_smooth(args.curves), *_noises(args.curves), *_power(args.curves)]
    REPORT.write_text("\n".join([*lines, *_pythia(args.results), ""]))
    print(REPORT)


def _head() -> list[str]:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return [
        "# Scores along training runs",
        "",
        f"Measured {date.today()}, commit `{commit}`. Written by",
        "`python -m tests.evaluators.trajectories.trajectory_calibration`.",
        "",
    ]


def smooth_curve(kind: str, x: NDArray[np.float64], rng: np.random.Generator) -> NDArray:
    """Return a curve of height 1 over log steps (n,); logistics rise in 3 doublings or more."""
    length = x[-1]
    if kind == "linear in log step":
        return x / length
    if kind in ("power law", "accelerating"):
        power = rng.uniform(0.1, 0.7) * (1 if kind == "accelerating" else -1)
        curve = 2 ** (power * x)
        return (curve - curve[0]) / (curve[-1] - curve[0])
    width = rng.uniform(3, 8) / (2 * np.log(9))
    rise = 1 / (1 + np.exp(-(x - rng.uniform(0.1, 0.9) * length) / width))
    return rise - (kind == "rise and decline") * rng.uniform(0.2, 0.6) * (x / length) ** 2


def noise_of(kind: str, n: int, rng: np.random.Generator) -> NDArray:
    """Return noise with a standard deviation of 1, shape (n,)."""
    if kind.startswith("Student"):
        return rng.standard_t(4, n) / np.sqrt(2)
    noise = rng.standard_normal(n)
    if kind.startswith("correlated"):
        share = float(kind.split()[1])
        for i in range(1, n):
            noise[i] = share * noise[i - 1] + np.sqrt(1 - share**2) * noise[i]
    return noise


def _steps(design: str) -> tuple[float, ...]:
    return tuple(float(step) for step in DESIGNS[design])


def _jumps(steps: tuple[float, ...], scores: NDArray, seed: int) -> bool:
    return jump_p_value(steps, scores, seed=1000 + seed, draws=DRAWS)[0] <= LEVEL


def _smooth(count: int) -> list[str]:
    lines = [
        "## Smooth curves that seem to jump",
        "",
        f"Share of {count} curves with a jump at 5%. The height of the curve is {HEIGHTS[0]},",
        f"{HEIGHTS[1]} and {HEIGHTS[2]} standard deviations of the noise, which is normal.",
        "Logistics rise from 10% to 90% in 3 to 8 doublings of the step.",
        "",
        f"| curve | {' | '.join(DESIGNS)} |",
        f"|---|{'---|' * len(DESIGNS)}",
    ]
    for kind in SMOOTH:
        cells = []
        for design in DESIGNS:
            steps = _steps(design)
            x, rng = log_steps(steps), np.random.default_rng(1)
            shares = [
                sum(
                    _jumps(steps, height * smooth_curve(kind, x, rng) + noise, i)
                    for i, noise in enumerate(rng.standard_normal((count, len(steps))))
                )
                / count
                for height in HEIGHTS
            ]
            cells.append(", ".join(f"{share:.1%}" for share in shares))
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return [*lines, ""]


def _noises(count: int) -> list[str]:
    lines = [
        "Noise alone. *Correlated*: neighbouring checkpoints share that part of their noise, which",
        "the test does not know. Heavy tails and correlated noise make jumps where there are none:",
        "a jump of a run whose checkpoints are close together needs another run to confirm it.",
        "",
        f"| noise | {' | '.join(DESIGNS)} |",
        f"|---|{'---|' * len(DESIGNS)}",
    ]
    for kind in NOISES:
        cells = []
        for design in DESIGNS:
            steps, rng = _steps(design), np.random.default_rng(2)
            found = sum(_jumps(steps, noise_of(kind, len(steps), rng), i) for i in range(count))
            cells.append(f"{found / count:.1%}")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return [*lines, ""]


def _power(count: int) -> list[str]:
    lines = [
        "## Jumps that are found",
        "",
        "A flat curve with one jump at a random place. *Found*: at 5%. *In place*: found between",
        "the right steps. *Covered*: of those found, the 95% interval contains the place. Jumps",
        "between steps that are a doubling apart are harder to tell from steep logistics than",
        "those between steps that are close.",
        "",
        "| steps | height in standard deviations | found | in place | covered |",
        "|---|---|---|---|---|",
    ]
    for design in DESIGNS:
        steps, rng = _steps(design), np.random.default_rng(3)
        n = len(steps)
        for height in JUMPS:
            found = right = covered = 0
            for i in range(count // 2):
                place = int(rng.integers(2, n - 1))
                scores = height * (np.arange(n) >= place) + rng.standard_normal(n)
                p_value, at = jump_p_value(steps, scores, seed=i, draws=DRAWS)
                if p_value <= LEVEL:
                    found += 1
                    right += at == place
                    (point,) = describe_jumps(steps, scores, [(at, p_value)], seed=i)
                    covered += point.low <= steps[place - 1] and steps[place] <= point.high
            lines.append(
                f"| {design} | {height} | {found / (count // 2):.0%} |"
                f" {right / (count // 2):.0%} | {covered / max(found, 1):.0%} |"
            )
    return [*lines, ""]


def _pythia(results: Path) -> list[str]:
    asked = Asked("pythia", "2023-05")
    board = importers.find("lm-eval").read(results, asked, shots="0").board
    treatment = TREATMENTS["per-task"]
    found = board_curves(board, treatment)
    summaries = summarize(found.curves, seed=0)
    lines = [
        "## Pythia 70m and 160m, zero-shot",
        "",
        f"{found.columns} tasks, 27 steps a run: EleutherAI's results of lm-evaluation-harness",
        "(`rankcheck import lm-eval … --shots 0`, `rankcheck trajectory`). P-values are Holm's",
        f"over all {len(summaries)} curves.",
        "",
        "| run | tasks that rise | fall | neither | tasks that jump | last step is the best"
        " | median best step |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in found.runs:
        of_run = [s for s in summaries if s.curve.run == run.name and s.curve.task != MEAN]
        trends = [s.trend for s in of_run]
        last = sum(s.best == len(s.curve.steps) - 1 for s in of_run)
        best = np.median([s.curve.steps[s.best] for s in of_run])
        lines.append(
            f"| {run.name} | {trends.count('rises')} | {trends.count('falls')} |"
            f" {trends.count('none')} | {sum(bool(s.change_points) for s in of_run)} |"
            f" {last} of {len(of_run)} tasks | {best:,.0f} |"
        )
    lines += [*_change_points(summaries), *_means(board, found.runs)]
    return lines


def _change_points(summaries: tuple[CurveSummary, ...]) -> list[str]:
    lines = [
        "",
        "Change points:",
        "",
        "| run | task | between | and | size | p |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {s.curve.run} | {s.curve.task} | {point.before:,.0f} | {point.after:,.0f} |"
        f" {point.size:+.3f} | {point.p_value:.2g} |"
        for s in summaries
        for point in s.change_points or ()
    ]
    return lines


def _means(board, runs) -> list[str]:
    lines = [
        "",
        "The order of the steps under another mean. Early steps score 0 on LAMBADA, so that they",
        "have no geometric and harmonic mean. *Like arithmetic*: Spearman's correlation of the",
        "scores of the steps that have both.",
        "",
        "| run | mean | best step | rank of the last step | like arithmetic |",
        "|---|---|---|---|---|",
    ]
    by_mean = {
        mean: board_curves(board, TREATMENTS["per-task"], p, tasks=[MEAN]).curves
        for mean, p in MEANS.items()
    }
    for i, run in enumerate(runs):
        base = by_mean["arithmetic"][i]
        for mean, curves in by_mean.items():
            curve = curves[i]
            rank = 1 + int((curve.scores > curve.scores[-1]).sum())
            shared = np.isin(base.steps, curve.steps)
            alike = spearmanr(base.scores[shared], curve.scores).statistic
            lines.append(
                f"| {run.name} | {mean} | {curve.steps[curve.scores.argmax()]:,.0f} |"
                f" {rank} of {len(curve.steps)} | {alike:.3f} |"
            )
    return lines


if __name__ == "__main__":
    main()
