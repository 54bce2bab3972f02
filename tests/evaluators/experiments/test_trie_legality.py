"""Untrained networks answer legally inside a tree, and hardly ever outside."""

from __future__ import annotations

import pytest

from evaluators.constrained_decoding import beam_search
from evaluators.constrained_decoding.prefix_tree import Key, PrefixTree
from evaluators.experiments.trie_legality import count


def illegal(keys: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for score in count(keys, [0, 1], 40, 2).scores:
        found.setdefault(score.variant["arm"], []).append(score.value)
    return found


@pytest.mark.parametrize("keys", [1, 200])
def test_inside_a_tree_no_answer_is_illegal(keys: int) -> None:
    found = illegal(keys)
    assert found["trie"] == found["look-ahead"] == [0, 0]
    assert min(found["free"]) > 0.5


def test_a_tree_that_allows_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loose(PrefixTree):
        def children(self, prefix: Key) -> Key:  # type: ignore[override]
            return tuple(sorted({*super().children(prefix), 1}))

    monkeypatch.setattr("evaluators.constrained_decoding.prefix_tree.PrefixTree", Loose)
    monkeypatch.setattr(beam_search.Ahead, "weights", lambda self, prefix, found: [1] * len(found))
    assert max(illegal(200)["trie"]) > 0
