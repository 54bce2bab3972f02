"""The tree agrees with nested dicts, and stays small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evaluators.constrained_decoding import prefix_tree
from evaluators.constrained_decoding.prefix_tree import PrefixTree

Key = tuple[int, ...]


def drawn(count: int, seed: int = 0, tokens: int = 12) -> list[Key]:
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(tokens, size=rng.integers(1, 6)).tolist()) for _ in range(count)]


def nested(keys: list[Key]) -> dict[int, Any]:
    root: dict[int, Any] = {}
    for key in keys:
        node = root
        for token in key:
            node = node.setdefault(token, {})
    return root


@pytest.mark.parametrize("few", [256, 2])
def test_children_are_those_of_nested_dicts(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix_tree, "FEW", few)  # below 2 keys or above: two ways to look
    keys = drawn(300)
    tree = PrefixTree(keys)
    for key in [(), *keys]:
        node = nested(keys)
        for depth in range(len(key) + 1):
            assert tree.children(key[:depth]) == tuple(sorted(node))
            node = node.get(key[depth], {}) if depth < len(key) else {}


def test_keys_below_a_prefix_and_membership() -> None:
    keys = drawn(300)
    tree = PrefixTree([*keys, *keys])
    assert len(tree) == len({*keys})
    for prefix in [(), (3,), (3, 4)]:
        below = {key for key in keys if key[: len(prefix)] == prefix}
        assert {*tree.keys(prefix)} == below
        assert len(tree.keys(prefix)) == len(below)
    assert all(key in tree for key in keys)
    assert (11, 11, 11, 11, 11, 11) not in tree
    assert tree.children((99,)) == ()


def test_tokens_on_both_sides_of_the_surrogates_come_back() -> None:
    keys = [(0,), (0xD7FE, 0xD7FF), (0xD800, 0xDFFF), (0xE000, 900_000)]
    tree = PrefixTree(keys)
    assert {*tree.keys()} == {*keys}
    assert tree.children(()) == (0, 0xD7FE, 0xD800, 0xE000)


def test_shared_beginnings_and_ends_cost_little() -> None:
    rng = np.random.default_rng(0)
    names = rng.integers(4000, size=(1000, 6)).tolist()
    relations = rng.integers(4000, size=(10, 4)).tolist()
    keys = [(*name, 1, *relation, 1) for name in names for relation in relations]
    flat = 2 * sum(map(len, keys))
    assert PrefixTree(keys).nbytes < flat / 4
