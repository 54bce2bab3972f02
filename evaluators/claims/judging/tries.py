"""Claims about decoding inside a prefix tree, and about what the tree weighs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import (
    POINTS,
    by_seed,
    differences,
    made_up_arms,
    require_trained,
)
from evaluators.claims.judging.claim import Fresh, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mcnemar_p, mean_interval, student_t_quantile

SOURCE = (
    "Su Jianlin, kexue.fm/archives/8802 (2021-12-17), and baseline.py of bojone/KgCLUE-bert4keras;"
    " no table of EM and F1 is known; paraphrased"
)
ARTICLE = 8802
FREE, TRIE, AHEAD, SHUFFLED = "free", "trie", "look-ahead", "trie, objects shuffled"
UNNAMED = " (no overlap)"
NETWORK = "network"
REAL = "kgclue"
"""Task of the real questions, which the seeds share."""

EM, ILLEGAL, WEIGHED = "em", "illegal", "weighed"
MARGIN = 1.0
"""Point of EM: the smallest gain worth the name."""

RANDOM = RowsOf("arm_scores", by=("task",), among={"evaluator": ("trie_legality",)})
ANSWERED = RowsOf(
    "arm_scores",
    by=("task", "setting", "checkpoint"),
    among={"evaluator": ("kgclue_trie", "kgclue_checkpoint")},
)
FRESH = Fresh(
    "kgclue_trie",
    "sizes, epochs and the share of unseen relations were chosen after looks at five of them",
    seeds_from=1000,
)
UNITS = (
    " paired by question. Made-up worlds: Student's t over seeds, each with its own questions. Real"
    " questions, which seeds share: the variance over seeds and, as McNemar's, that over questions"
    " are added. Each setting by itself. All arms decode one network."
)


def paired_gain(evidence: RowEvidence, arm: str, base: str) -> Interval:
    """Return an arm's gain in EM over a base, in points, paired by question.

    Made-up worlds have questions of their own, so that seeds are independent. Seeds share real
    questions: the variance over questions of one seed, known from the questions that one side alone
    gets right, is added whole to that over seeds; the degrees of freedom are Satterthwaite's.

    Raises:
        NotTestable: Something was not measured, or the training still improves.
    """
    found = mean_interval(differences(evidence, EM, arm, base))
    require_trained(evidence, NETWORK)
    if evidence.group.get("task") != REAL:
        return found
    gained, lost = by_seed(evidence, "gained", arm), by_seed(evidence, "lost", arm)
    counts = {int(row["seed"]): int(row["n"]) for row in evidence.rows if row["metric"] == "gained"}
    each = [
        (gained[seed] + lost[seed] - (gained[seed] - lost[seed]) ** 2) / counts[seed]
        for seed in gained
    ]
    questions = POINTS * math.sqrt(sum(each) / len(each))
    seeds = found.standard_error
    error = math.hypot(seeds, questions)
    if not error:
        return found
    least = min(counts.values()) - 1
    freedom = error**4 / (seeds**4 / (found.n - 1) + questions**4 / least)
    half = student_t_quantile(freedom) * error
    interval = Interval.around(found.estimate, half, found.n, freedom)
    return interval._replace(basis="over seeds and questions", floor=questions)


def mcnemar_in_words(evidence: RowEvidence, arm: str) -> str:
    """Return how many questions one side alone gets right, and McNemar's p where it is largest."""
    gained, lost = by_seed(evidence, "gained", arm), by_seed(evidence, "lost", arm)
    counts = {int(row["seed"]): int(row["n"]) for row in evidence.rows if row["metric"] == "gained"}
    pairs = [
        (round(gained[seed] * counts[seed]), round(lost[seed] * counts[seed])) for seed in gained
    ]
    worst = max(mcnemar_p(won, gone) for won, gone in pairs)
    won, gone = (sum(each) for each in zip(*pairs, strict=True))
    asked = sum(counts[seed] for seed in gained)
    return (
        f"right alone in {won} of {asked} questions, the other in {gone}; McNemar's p at most"
        f" {worst:.2g} in a seed"
    )


def require_shuffled_loses(evidence: RowEvidence) -> None:
    """Require that EM falls where the objects of the graph are shuffled.

    Raises:
        NotTestable: It does not surely fall by more than the margin.
    """
    lost = mean_interval(differences(evidence, EM, TRIE, SHUFFLED))
    if lost.ends[0] <= MARGIN:
        raise NotTestable(f"shuffled objects cost {lost} points of EM: it measures no retrieval")


def answered(
    means: Mapping[str, float],
    *,
    noise: float = 0.3,
    illegal: Mapping[str, float] | None = None,
    weighed: float = 1.0,
    unnamed: float = 0.0,
    questions: int = 500,
    late: float = 0.0,
    task: str = "made up",
    draw: int = 7,
) -> RowEvidence:
    """Return evidence about arms with these means, for controls.

    Args:
        means: EM by arm, in points; of the arms without overlap too, unless `unnamed` says it.
        noise: Of an arm in a seed, in points.
        illegal: Share of illegal answers by arm; by default that of `free` alone is above 0.
        weighed: Share of questions in which the look-ahead had something to weigh.
        unnamed: What the look-ahead gains on questions without overlap, in points.
        questions: How many are scored in a seed.
        late: `late_improvement` of the training.
        task: Of the group.
        draw: Seed of the noise.
    """
    every = {**means, TRIE + UNNAMED: 30.0, AHEAD + UNNAMED: 30.0 + unnamed}
    rows = made_up_arms(every, metric=EM, noise=noise, late={NETWORK: late}, draw=draw)
    rows = [{**row, "n": questions} for row in rows]
    values = {(row["arm"], row["seed"]): float(str(row["value"])) for row in rows}

    def add(metric: str, arm: str, of: Sequence[tuple[int, float]]) -> None:
        rows.extend(
            {
                "setting": "made up",
                "arm": arm,
                "metric": metric,
                "seed": seed,
                "value": value,
                "n": questions,
            }
            for seed, value in of
        )

    seeds = sorted({int(str(row["seed"])) for row in rows if row["metric"] == EM})
    for arm, base in ((TRIE, FREE), (AHEAD, TRIE)):
        if arm in means and base in means:
            of = [(seed, values[arm, seed] - values[base, seed]) for seed in seeds]
            add("gained", arm, [(seed, max(change, 0.0)) for seed, change in of])
            add("lost", arm, [(seed, max(-change, 0.0)) for seed, change in of])
    for arm in means:
        share = (illegal or {FREE: 0.3}).get(arm, 0.0)
        add(ILLEGAL, arm, [(seed, share) for seed in seeds])
    add(WEIGHED, AHEAD, [(seed, weighed) for seed in seeds])
    return RowEvidence(rows, {"task": task, "setting": "made up"})
