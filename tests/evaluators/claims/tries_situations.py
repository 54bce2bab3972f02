"""Worlds whose truth is known for the claims on decoding inside a prefix tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from evaluators.claims import RowEvidence
from evaluators.claims.judging.tries import AHEAD, FREE, REAL, SHUFFLED, TRIE, UNNAMED, WEIGHED
from tests.evaluators.claims.calibration import Draw, Situation

SEEDS, QUESTIONS = 5, 500
SPREAD = 0.01
"""Standard deviation over seeds of how many questions an arm gains."""


def _answers(gains: Mapping[str, float], *, shared: bool = False) -> Draw:
    """Return right answers to questions, of which each arm gains some over its base.

    Args:
        gains: Of the tree over free decoding and of the look-ahead over the tree, as a share; of
            the questions a twentieth is gained and lost besides.
        shared: Whether all seeds have the same questions, whose luck they then share.
    """

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows: list[dict[str, object]] = []
        luck = rng.random(QUESTIONS)
        for seed in range(SEEDS):
            drawn = luck if shared else rng.random(QUESTIONS)
            ems = {FREE: 0.4, SHUFFLED: 0.0, TRIE + UNNAMED: 0.3, AHEAD + UNNAMED: 0.3}
            for arm, base in ((TRIE, FREE), (AHEAD, TRIE)):
                share = gains[arm] + float(rng.normal(0, SPREAD))
                gained = float((drawn < 0.05 + share).mean())
                lost = float((drawn > 0.95).mean())
                ems[arm] = ems[base] + gained - lost
                rows += [
                    {"arm": arm, "metric": metric, "seed": seed, "value": value, "n": QUESTIONS}
                    for metric, value in (("gained", gained), ("lost", lost))
                ]
            rows += [
                {"arm": arm, "metric": "em", "seed": seed, "value": value, "n": QUESTIONS}
                for arm, value in ems.items()
            ]
            rows.append({"arm": AHEAD, "metric": WEIGHED, "seed": seed, "value": 1.0, "n": 500})
        return RowEvidence(rows, {"task": REAL if shared else "made-up questions"})

    return draw


def _bytes(per_key: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = [
            {"arm": arm, "metric": "bytes_per_key", "seed": seed, "value": value}
            for seed in range(3)
            for arm, value in (
                ("prefix tree", float(per_key * rng.normal(1, 0.01))),
                ("dense float32", 3000.0),
                ("dense, 64-byte codes", 70.0),
            )
        ]
        return RowEvidence(rows)

    return draw


def tries() -> Iterator[Situation]:
    """Yield them."""
    for claim, arm, other in (
        ("trie-retrieves-better-than-free", TRIE, AHEAD),
        ("look-ahead-helps", AHEAD, TRIE),
    ):
        for shared in (False, True):
            where = ", shared questions" if shared else ""
            for what, gain, wrong in (
                ("no gain", 0.0, ("holds",)),
                ("at the margin", 0.01, ("holds",)),
                ("just above the margin", 0.01001, ("refuted",)),
                ("ten points", 0.1, ("refuted",)),
            ):
                draw = _answers({arm: gain, other: 0.02}, shared=shared)
                yield Situation(claim, what + where, draw, wrong)
    little = "trie-needs-little-memory"
    yield Situation(little, "a hundredth", _bytes(30), ("refuted",))
    yield Situation(little, "a tenth and more", _bytes(300.1), ("holds",))
    yield Situation(little, "half", _bytes(1500), ("holds",))
