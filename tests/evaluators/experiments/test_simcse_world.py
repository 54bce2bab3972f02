"""The made-up sentences of words and roles."""

from __future__ import annotations

import torch

from evaluators.experiments.simcse_world import (
    LENGTH,
    MOVED,
    ROLE,
    Encoders,
    Recipe,
    Worlds,
    compare,
)


def test_a_seed_gives_the_same_world_in_any_company() -> None:
    alone, together = Worlds([3]), Worlds([1, 3])
    for one, both in zip(alone.graded(20), together.graded(20), strict=True):
        assert torch.equal(one[0], both[1])
    for one, both in zip(Encoders.drawn(alone), Encoders.drawn(together), strict=True):
        assert torch.equal(one[0], both[1])


def test_swapped_pairs_have_the_same_words_and_differ_in_roles_alone() -> None:
    worlds = Worlds([0])
    # Sentences of eight different words, so that each can be followed.
    worlds.sentences = lambda count: torch.arange(LENGTH).expand(1, count, LENGTH)  # type: ignore[method-assign]
    first, second, gold = worlds.swapped(50)
    assert torch.equal(first.sort(-1).values, second.sort(-1).values)
    moved = (second[..., :ROLE] >= ROLE).sum(-1)
    assert torch.equal(moved, MOVED * (1 - gold))


def test_words_of_near_topics_are_nearer() -> None:
    pairs = Worlds([0]).graded(4000)
    shared = (pairs.first[0, :, :, None] == pairs.second[0, :, None]).any(-1).float().mean(-1)
    near = pairs.gold[0] > 0.8
    assert shared[near].mean() > shared[pairs.gold[0] < 0.2].mean() + 0.02


def test_every_amount_of_training_is_an_arm_on_both_kinds_of_pairs() -> None:
    result = compare([0], Recipe(128, 2, 16, 1e-2, 0.3), lambda *_: None)
    arms = {
        (score.variant["setting"].split(",")[0], score.variant["arm"]) for score in result.scores
    }
    fixed = [
        f"{m}{p}"
        for m in ("raw", "centred", "whitened-train", "whitened-target")
        for p in ("", "/cls")
    ]
    trained = ["simcse", "simcse/cls"]
    amounts = ["simcse (32 sentences)", "simcse (256 sentences)", "simcse (2 epochs)"]
    assert arms == {
        (kind, arm)
        for kind in ("graded pairs", "swapped words")
        for arm in (*fixed, *trained, *amounts)
    }
