"""A prefix tree of a graph's keys needs little memory beside the vectors of dense retrieval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.tries import ARTICLE, SOURCE
from evaluators.statistics import Interval, mean_interval, paired_values

TREE, DICTS = "prefix tree", "tree of dicts"
DENSE, CODES = "dense float32", "dense, 64-byte codes"
LITTLE = 0.1
"""Of the bytes of dense retrieval: at most so much is little."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the bytes of the tree as a share of those of the vectors."""
    found = _share(evidence, TREE, DENSE)
    known = {row["arm"] for row in evidence.rows}
    if DICTS in known and _share(evidence, DICTS, DENSE).ends[1] <= LITTLE:
        raise NotTestable("a tree of dicts is as small: the bench counts no overhead")
    low, high = found.ends
    word: Word = "holds" if high <= LITTLE else "refuted" if low > LITTLE else "inconclusive"
    beside = [f"{_share(evidence, TREE, CODES).estimate:.2f} of 64-byte codes"]
    if DICTS in known:
        beside.append(f"a tree of dicts takes {_share(evidence, DICTS, DENSE).estimate:.2f}")
    per_key = mean_interval([*by_seed(evidence, "bytes_per_key", TREE).values()]).estimate
    return decided(
        found,
        word,
        f"{per_key:.1f} bytes a key, {found.estimate:.4f} ({low:.4f} to {high:.4f}) of the vectors;"
        f" {'; '.join(beside)}",
        threshold=LITTLE,
        units="graphs",
    )


def _share(evidence: RowEvidence, arm: str, base: str) -> Interval:
    both = paired_values(*(by_seed(evidence, "bytes_per_key", each) for each in (arm, base)))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(f"{len(both)} graphs: an interval needs {FEWEST_SEEDS}")
    return mean_interval([ours / theirs for ours, theirs in both.values()])


def controls() -> Sequence[Control[RowEvidence]]:
    """A hundredth, half, about a tenth, dicts that weigh nothing, two graphs."""

    def made(sizes: Mapping[str, float], seeds: int = 3, spread: float = 0.01) -> RowEvidence:
        every = {DICTS: 1500.0, DENSE: 3072.0, CODES: 70.0, **sizes}
        rows = [
            {"arm": arm, "metric": "bytes_per_key", "seed": seed, "value": value * factor}
            for arm, value in every.items()
            for seed in range(seeds)
            for factor in [1 + spread * (seed - 1) * (arm == TREE)]
        ]
        return RowEvidence(rows, {"setting": "made up"})

    return (
        Control("a hundredth", made({TREE: 30.0}), "holds"),
        Control("half", made({TREE: 1500.0}), "refuted"),
        Control("about a tenth", made({TREE: 307.0}, spread=0.1), "inconclusive"),
        Control("dicts weigh nothing", made({TREE: 30.0, DICTS: 30.0}), "not testable here"),
        Control("two graphs", made({TREE: 30.0}, seeds=2), "not testable here"),
    )


CLAIM = Claim(
    title="a prefix tree needs little memory",
    sentence="A prefix tree of a graph's keys needs little memory beside the vectors that dense"
    " retrieval over the same keys needs.",
    source=SOURCE + "; its own tree of dicts took 1.8 GB as a file and 30 GB in memory for 20.56"
    " million edges (README)",
    article=ARTICLE,
    decision_rule="The number is the bytes of a compact prefix tree (MARISA) as a share of those of"
    " float32 vectors of as many keys, over graphs (Student's t), each setting by itself; neither"
    f" counts the objects. Holds when the upper end is at most {LITTLE:g}, refuted when the lower"
    " is above it, inconclusive otherwise. Not testable where a tree of dicts, which must not pass,"
    " passes. The share of vectors under product quantisation to 64 bytes is told besides.",
    evidence=RowsOf(
        "arm_scores", by=("task", "setting"), among={"evaluator": ("prefix_tree_memory",)}
    ),
    judge=judge,
    controls=controls,
    level="small",
)
