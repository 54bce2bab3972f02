"""Claims about arms: two ways of training, compared seed by seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from evaluators.claims.judging.claim import FEWEST_SEEDS, Fresh, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.seeds_and_examples import crossed_interval
from evaluators.statistics import Interval, mean_interval, paired_values
from evaluators.training_curve import still_improving

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARED_EXAMPLES = ("clue", "sts_training")
"""Evaluators whose seeds are all scored on the same examples."""

ON_VALIDATION = ("spearman_first", "spearman_validation")
"""Their metrics on pairs that choose the step, whose single answers are not kept."""

ON_CLUE = (
    " On a CLUE task all seeds are scored on the same examples: there the interval is over seeds"
    " and examples, and not testable where the single answers of a run were not kept, or where an"
    " arm is below a constant answer and so has learned nothing."
)

CONSTANT = "constant"
"""Column of rows of a CLUE task: what a constant answer has there, where it was measured."""

POINTS = 100
"""Scores are kept in 0…1 and spoken of in points."""

BySeed = Mapping[int, float]


def arms_in(evidence: RowEvidence, metric: str) -> list[str]:
    """Return the arms that have a metric, sorted."""
    return sorted({row["arm"] for row in evidence.rows if row["metric"] == metric})


def by_seed(evidence: RowEvidence, metric: str, arm: str) -> BySeed:
    """Return an arm's numbers by seed.

    Raises:
        NotTestable: It was not measured.
    """
    found = {
        int(row["seed"]): float(row["value"])
        for row in evidence.rows
        if row["metric"] == metric and row["arm"] == arm
    }
    if not found:
        raise NotTestable(f"the arm {arm!r} was not measured in {metric}")
    return found


def differences(evidence: RowEvidence, metric: str, arm: str, base: str) -> list[float]:
    """Return arm less base in points, one for each seed that both have, by seed.

    Raises:
        NotTestable: Too few seeds are common.
    """
    both = paired_values(by_seed(evidence, metric, arm), by_seed(evidence, metric, base))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(
            f"{arm} and {base} have {len(both)} common seeds: an interval needs {FEWEST_SEEDS}"
        )
    return [POINTS * (ours - theirs) for ours, theirs in both.values()]


def gain(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean of arm less base in points, with its 95% interval, paired by seed.

    Where all seeds are scored on the same examples, it is over seeds and examples.

    Raises:
        NotTestable: Too few seeds are common, an arm is still improving, or the seeds share
            examples whose answers are not known.
    """
    found = differences(evidence, metric, arm, base)
    require_trained(evidence, arm, base)
    require_learned(evidence, metric, arm, base)
    if not shares_examples(evidence, metric):
        return mean_interval(found)
    return over_seeds_and_examples(evidence, metric, arm, base)


def shares_examples(evidence: RowEvidence, metric: str) -> bool:
    """Tell whether all seeds of an arm have a metric on the same examples, which runs keep."""
    if metric in ON_VALIDATION:
        return False
    return any(row.get("evaluator") in SHARED_EXAMPLES for row in evidence.rows)


def over_seeds_and_examples(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean of arm less base in points, with its 95% interval over seeds and examples.

    Raises:
        NotTestable: The answers of a run were not kept, or the examples differ.
    """
    sides = (arm, base)
    shared = paired_values(*(by_seed(evidence, metric, side) for side in sides))
    both = [_examples(evidence, metric, side, shared) for side in sides]
    units = {unit for side in both for unit, _ in side.values()}
    lengths = {len(values) for side in both for _, values in side.values()}
    if len(units) > 1 or len(lengths) > 1:
        raise NotTestable(f"the seeds of {arm} and {base} were not scored on the same examples")
    table = [both[0][seed][1] - both[1][seed][1] for seed in shared]
    return crossed_interval([POINTS * row for row in table], units.pop())


def _examples(
    evidence: RowEvidence, metric: str, arm: str, seeds: Collection[int]
) -> Mapping[int, tuple[str, NDArray[np.float64]]]:
    """Return by seed what the examples are, and each one's part in the number of an arm.

    Raises:
        NotTestable: They are not known of a seed.
    """
    found = {}
    for row in evidence.rows:
        if row["metric"] == metric and row["arm"] == arm and int(row["seed"]) in seeds:
            if row.get("examples") is None:
                raise NotTestable(
                    f"all seeds of {arm} are scored on the same examples, so seeds alone say"
                    " nothing of other examples, and the single answers of seed"
                    f" {row['seed']} were not kept: run it again"
                )
            found[int(row["seed"])] = (str(row["example units"]), row["examples"])
    return found


def require_learned(evidence: RowEvidence, metric: str, *arms: str) -> None:
    """Require that each arm is at least as good as a constant answer, where one was measured.

    Raises:
        NotTestable: One is not.
    """
    for arm in arms:
        rows = [row for row in evidence.rows if (row["metric"], row["arm"]) == (metric, arm)]
        floors = [float(row[CONSTANT]) for row in rows if CONSTANT in row]
        own = mean(evidence, metric, arm)
        if floors and own < POINTS * max(floors):
            raise NotTestable(
                f"nothing was learned: {arm} has {own:.1f} points of {metric}, a constant answer"
                f" {POINTS * max(floors):.1f}"
            )


def require_trained(evidence: RowEvidence, *arms: str) -> None:
    """Require that no arm improves up to the end of its training; arms without a curve pass.

    Raises:
        NotTestable: An arm does; see `training_curve.still_improving`.
    """
    late: dict[str, list[float]] = {}
    for row in evidence.rows:
        if row["metric"] == LATE_IMPROVEMENT and row["arm"] in arms:
            late.setdefault(row["arm"], []).append(float(row["value"]))
    validate_trained(late)


def validate_trained(late: Mapping[str, Sequence[float]]) -> None:
    """Raise where arms are still improving, by their `late_improvement` of each seed.

    Raises:
        NotTestable: At least one is.
    """
    if improving := [arm for arm, values in late.items() if still_improving(values)]:
        raise NotTestable(
            f"still improving: {', '.join(sorted(improving))}, with the epochs it had; try twice as"
            " many"
        )


def mean(evidence: RowEvidence, metric: str, arm: str) -> float:
    """Return the mean of an arm in points.

    Raises:
        NotTestable: It was not measured.
    """
    found = by_seed(evidence, metric, arm)
    return POINTS * sum(found.values()) / len(found)


def with_head(evidence: RowEvidence, metric: str, head: str) -> str:
    """Return the name of the arm that is a head, trained plainly: `crf`, or `plain/crf` on CLUE.

    Raises:
        NotTestable: There is none.
    """
    known = arms_in(evidence, metric)
    for name in (head, f"plain/{head}"):
        if name in known:
            return name
    raise NotTestable(f"the arm {head!r} was not measured in {metric}")


def main_metric(evidence: RowEvidence, wanted: Sequence[str]) -> str:
    """Return the first of these metrics that there is.

    Raises:
        NotTestable: There is none of them.
    """
    there = {row["metric"] for row in evidence.rows}
    for metric in wanted:
        if metric in there:
            return metric
    raise NotTestable(f"none of {', '.join(wanted)} was measured")


SETTING = ("evaluator", "task", "setting", "checkpoint", "trained_on")
"""Columns whose values make the rows of `arm_scores` that can be compared."""


def of_heads(evaluator: str, *heads: str, also: tuple[str, ...] = ()) -> RowsOf:
    """Return what claims on heads are judged on: an experiment's rows, and those of CLUE tasks.

    Args:
        evaluator: The experiment.
        heads: Names of arms.
        also: Evaluators that train the same heads.
    """
    arms = (*heads, *(f"plain/{head}" for head in heads))
    evaluators = (evaluator, "clue", *also)
    return RowsOf("arm_scores", by=SETTING, among={"evaluator": evaluators, "arm": arms})


def made_up_arms(
    means: Mapping[str, float],
    *,
    metric: str,
    noise: float = 0.3,
    seeds: int = 7,
    setting: str = "made up",
    draw: int = 7,
    late: Mapping[str, float] | None = None,
) -> list[Mapping[str, object]]:
    """Return rows of arms about these means, for controls.

    Args:
        means: By arm, in points.
        metric: Of all rows.
        noise: Standard deviation of what an arm has of its own in a seed; it adds up to 0.
        seeds: How many.
        setting: Of all rows.
        draw: Seed of the noise.
        late: By arm, the `late_improvement` of every seed.
    """
    import numpy as np

    rng = np.random.default_rng(draw)
    shared = rng.normal(0, 2, seeds)
    rows: list[Mapping[str, object]] = [
        {"setting": setting, "arm": arm, "metric": LATE_IMPROVEMENT, "seed": seed, "value": value}
        for arm, value in (late or {}).items()
        for seed in range(seeds)
    ]
    for arm, centre in means.items():
        own = rng.normal(0, noise, seeds)
        values: Sequence[float] = (centre + shared - shared.mean() + own - own.mean()).tolist()
        rows += [
            {
                "setting": setting,
                "arm": arm,
                "metric": metric,
                "seed": seed,
                "value": value / POINTS,
            }
            for seed, value in enumerate(values)
        ]
    return rows


FALL = 0.95
"""A variance that keeps more than this share does not fall."""


def steps_of(metric: str) -> RowsOf:
    """Return the rows of Adam's steps, one group a setting."""
    among = {"evaluator": ("child_tuning",), "metric": (metric,), "setting": ("Adam, *",)}
    return RowsOf("arm_scores", by=("setting",), among=among)


def ratios(
    evidence: RowEvidence, metric: str, method: str, *, power: float = 0.0
) -> Mapping[float, Interval]:
    """Return by p the mean over seeds of arm / (plain · p^power), largest p first.

    Raises:
        NotTestable: There is no such arm, too few seeds, or nothing to be a part of.
    """
    found = {}
    plain = by_seed(evidence, metric, "plain")
    for arm in arms_in(evidence, metric):
        match = re.fullmatch(r"(.+) \(p ([0-9.]+)\)", arm)
        if not match or match[1] != method:
            continue
        p = float(match[2])
        both = paired_values(by_seed(evidence, metric, arm), plain)
        if len(both) < FEWEST_SEEDS or any(base <= 0 for _, base in both.values()):
            raise NotTestable(f"{len(both)} common seeds of {arm} and plain: {FEWEST_SEEDS} needed")
        found[p] = mean_interval([ours / base / p**power for ours, base in both.values()])
    if not found:
        raise NotTestable(f"no arm of {method} was measured in {metric}")
    return dict(sorted(found.items(), reverse=True))


def made_up_steps(by_arm: Mapping[str, float], metric: str, noise: float = 0.002) -> RowEvidence:
    """Return rows about these values, relative noise added, for controls."""
    import numpy as np

    rng = np.random.default_rng(7)
    rows = [
        {"setting": "Adam, made up", "arm": arm, "metric": metric, "seed": seed, "value": value}
        for arm, centre in by_arm.items()
        for seed, value in enumerate((centre * (1 + rng.normal(0, noise, 7))).tolist())
    ]
    return RowEvidence(rows, {"setting": "Adam, made up"})


def in_words(found: Mapping[float, Interval]) -> str:
    """Return the ratios by p, for people."""
    return ", ".join(
        f"{one.estimate:.3f} ({one.low:.3f} to {one.high:.3f}) at p = {p:g}"
        for p, one in found.items()
    )


def as_published(*tasks: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a group of rows is the source's own setting: its model on its whole tasks.

    By the names of `plans/methods-gpu.yaml`, trained on all of a task's own training set and scored
    on all of its development set.
    """

    def is_it(group: Mapping[str, Any]) -> bool:
        cut = re.search(r"\d (examples|scored)", str(group.get("setting")))
        return (
            group.get("task") in tasks
            and group.get("checkpoint") in ("bert-base-chinese", "chinese-roberta-wwm-ext")
            and group.get("trained_on") == f"{group.get('task')}/train"
            and cut is None
        )

    return is_it


PAIR_LOSSES = Fresh(
    "pair_losses",
    "the bench was chosen among about eight after a look at them",
    seeds_from=1000,
)
CAN = Fresh(
    "can", "the default was chosen among about two dozen sizes, as the nearest", seeds_from=1000
)
"""Benches that were chosen after a look, frozen on 2026-11-28; seeds below were seen before."""

PLAIN = "plain"
ACCURACY = "accuracy"


class Pair(NamedTuple):
    """An arm and what it is compared with."""

    arm: str
    base: str


def rows_of(*evaluators: str, metrics: tuple[str, ...] = (ACCURACY,)) -> RowsOf:
    """Return the rows of experiments, one group a task, setting, checkpoint and training set."""
    return RowsOf(
        "arm_scores",
        by=("task", "setting", "checkpoint", "trained_on"),
        among={"evaluator": evaluators, "metric": (*metrics, LATE_IMPROVEMENT)},
    )


def method_pair(evidence: RowEvidence, metric: str, method: str, *, asked: str = "") -> Pair:
    """Return the arm of a way of training, and plain training with the same head.

    Args:
        evidence: Rows of one setting. An arm is `method (options)/head/post`, options left out
            where they are the usual ones.
        metric: That both need.
        method: Name of the method.
        asked: What the usual options say, `alpha 4.0`, which others must say too.

    Raises:
        NotTestable: There is no such arm, or none without the method.
    """

    def is_it(arm: str) -> str | None:
        words, _, rest = arm.partition("/")
        name, _, options = words.removesuffix(")").partition(" (")
        if name != method or (options and asked and asked not in options.split(", ")):
            return None
        return f"{PLAIN}/{rest}" if rest else PLAIN

    return _pair(evidence, metric, is_it, method)


def method_gain(evidence: RowEvidence, metric: str, pair: Pair) -> Interval:
    """Return what a way of training adds, in points, as `gain` does.

    Raises:
        NotTestable: As for `gain`, or the two are equal in every seed.
    """
    found = differences(evidence, metric, pair.arm, pair.base)
    if not any(found):
        raise NotTestable(
            f"{pair.arm} and {pair.base} are equal to the last digit in all {len(found)} seeds:"
            " nothing was learned, or too little for the two to part"
        )
    return gain(evidence, metric, pair.arm, pair.base)


def post_pair(evidence: RowEvidence, metric: str, post: str) -> Pair:
    """Return the arm with a post-processing, and the same predictions without it.

    Raises:
        NotTestable: There is no such arm.
    """

    def is_it(arm: str) -> str | None:
        base, _, last = arm.rpartition("/")
        return base if last == post else None

    return _pair(evidence, metric, is_it, post)


def _pair(
    evidence: RowEvidence, metric: str, is_it: Callable[[str], str | None], what: str
) -> Pair:
    arms = arms_in(evidence, metric)
    pairs = [Pair(arm, base) for arm in arms if (base := is_it(arm)) in arms and base is not None]
    if not pairs:
        raise NotTestable(f"no {what} beside the same without it in {metric}: {', '.join(arms)}")
    # Plain training first, then what has least besides.
    return min(pairs, key=lambda pair: (not pair.base.startswith(PLAIN), len(pair.arm), pair.arm))
