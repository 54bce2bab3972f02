"""Audit the bundled published scores, with the facts about them that the audit needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluators import tasks
from evaluators.published_tables import (
    Proportion,
    PublishedScore,
    RecomputedMean,
    Repeat,
    check_proportions,
    find_repeats,
    recompute_means,
)
from flows.boards.published import MEANS, ROOT, collections, read_means, read_published

SAME_MODELS = {"SimBERT(V1)": "SimBERT", "SimBERT-small(V1)": "SimBERT-small"}
"""The article on RoFormer-Sim calls SimBERT its first version."""

CLUE_SIZES = {
    ("afqmc", "validation"): (4316,),
    ("cluewsc2020", "validation"): (304,),
    ("cmnli", "validation"): (12_241, 12_245),
    ("csl", "validation"): (3000,),
    ("iflytek", "validation"): (2599,),
    ("ocnli", "validation"): (2950, 3000),
    ("tnews", "validation"): (10_000,),
}
"""Rows of CLUE's validation splits; the smaller number is without rows that have no label."""


@dataclass(frozen=True)
class PublishedAudit:
    """What the audit of the published tables found.

    Attributes:
        cells: Number of cells by collection.
        means: Printed averages beside recomputed ones.
        repeats: Cells that state the same quantity.
        proportions: Printed proportions with the outcome of the GRIM test.
    """

    cells: dict[str, int]
    means: tuple[RecomputedMean, ...]
    repeats: tuple[Repeat, ...]
    proportions: tuple[Proportion, ...]


def audit_published(root: Path = ROOT, means: Path = MEANS) -> PublishedAudit:
    """Audit every collection of published scores.

    Raises:
        LeaderboardError: If a file is faulty.
    """
    lists = {name: read_published(name, root=root) for name in collections(root)}
    scores: list[PublishedScore] = [score for rows in lists.values() for score in rows]
    return PublishedAudit(
        cells={name: len(rows) for name, rows in lists.items()},
        means=recompute_means(read_means(means), scores),
        repeats=find_repeats(scores, SAME_MODELS),
        proportions=check_proportions(scores, {**_pair_sizes(), **CLUE_SIZES}),
    )


def _pair_sizes() -> dict[tuple[str, str], tuple[int, ...]]:
    """Return the numbers of scored pairs that tasks declare."""
    declared = (tasks.find(name) for name in tasks.names())
    return {(task.name, task.split): (task.pairs,) for task in declared if task.pairs}
