"""Fills a store with scores by prompt, by size of the vectors, and of pairs of two classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db import Store
from db.rows import ScoreRow
from tests.dashboard.experiments import keep
from tests.kept_open import kept_open

PROMPTS = ("", "query: ", "Instruct: Find what means the same.\nQuery: ", "为这个句子" * 40)
"""Prompts of a store: none, a short one, one of two lines, a long one."""


def keep_vectors(
    store: Store, names: Sequence[str] = ("small", "wide 宽"), prompts: Sequence[str] = PROMPTS
) -> None:
    """Two checkpoints by prompt, dimensions and bits, and on pairs of two classes.

    The second declares the second prompt, the first none. A prompt further down the list scores
    0.01 less; half of the dimensions 0.05, a byte 0.01 and a bit 0.1.
    """
    with kept_open(store):
        for i, name in enumerate(names):
            _keep_checkpoint(store, i, name, prompts)


def _keep_checkpoint(store: Store, i: int, name: str, prompts: Sequence[str]) -> None:
    """The scores of the checkpoint in one place of the list."""
    for place, prompt in enumerate(prompts):
        declared = prompts[i]
        unused = declared if declared and prompt != declared else None
        about: dict[str, Any] = {
            "checkpoint": name,
            "cost": {"default_prompt_not_used": unused},
        }
        own = {"pooling": "native", "whitening": "none", "fit_digests": [], "prompt": prompt}
        for j, task in enumerate(("STS12", "BIOSSES")):
            full = 0.7 + 0.1 * i - 0.01 * place - 0.02 * j
            scores = []
            for k, lost in ((64, 0.0), (32, 0.05)):
                variant = {"k": k, "aggregate": "all"}
                for metric, less in (
                    ("spearman", 0.0),
                    ("spearman_int8", 0.01),
                    ("spearman_binary", 0.1),
                ):
                    value = full - lost - less
                    scores.append(ScoreRow(metric, value, 200, variant, value - 0.03, value + 0.03))
                    if less:
                        change = ScoreRow(
                            f"{metric}_change", -less, 200, variant, -less - 0.02, -less + 0.02
                        )
                        scores.append(change)
            keep(store, "sts", own, scores, task=task, **about)
        if place < 2:
            keep(store, "sts", own, _pair_scores(0.8 - 0.1 * i), task="Ocnli", **about)


def _pair_scores(value: float) -> list[ScoreRow]:
    """Scores of pairs of two classes under every similarity, and the largest."""
    scores = []
    for place, similarity in enumerate((None, "cosine", "dot", "manhattan", "euclidean")):
        variant = {"k": 64} | ({"similarity": similarity} if similarity else {})
        prefix = "" if similarity else "max_"
        for metric, more in (("ap", 0.0), ("accuracy", 0.05), ("f1", 0.1)):
            here = value + more - 0.01 * place
            scores.append(
                ScoreRow(f"{prefix}{metric}", here, 300, variant, here - 0.06, here - 0.01)
            )
            if metric != "ap":
                scores.append(ScoreRow(f"{prefix}{metric}_optimism", 0.02, 300, variant))
                if similarity:
                    scores.append(ScoreRow(f"{metric}_threshold", 0.5, 300, variant))
    return scores
