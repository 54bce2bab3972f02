"""What is counted, and the order of the arms."""

from __future__ import annotations

import sys

from evaluators.experiments.prefix_tree_memory import bytes_of_dicts, compare, made_up_keys


def test_a_compact_tree_is_smaller_than_an_array_and_dicts_are_larger() -> None:
    result = compare("made up", {0: lambda: made_up_keys(3000, 0)}, 768, lambda *_: None)
    sizes = {score.variant["arm"]: score.value for score in result.scores}
    assert sizes["prefix tree"] < sizes["sorted array"] / 2
    assert sizes["prefix tree"] < sizes["dense float32"] / 100
    assert sizes["dense float32"] == 4 * 768
    assert sizes["dense, 64-byte codes"] == 64 + 256 * 4 * 768 / 3000
    assert sizes["tree of dicts"] > 10 * sizes["sorted array"]


def test_dicts_are_counted_by_hand() -> None:
    root = {"1": {"2": {}, "3": {}}}
    dicts = [root, root["1"], root["1"]["2"], root["1"]["3"]]
    by_hand = sum(map(sys.getsizeof, dicts)) + sum(map(sys.getsizeof, ("1", "2", "3")))
    assert bytes_of_dicts([(1, 2), (1, 3)]) == by_hand


def test_keys_are_distinct_a_seeds_own_and_share_their_subjects() -> None:
    keys = made_up_keys(2000, 5)
    assert keys == made_up_keys(2000, 5)
    assert keys != made_up_keys(2000, 6)
    assert len({*keys}) == len(keys) == 2000
    subjects = {key[: key.index(1)] for key in keys}
    assert 4 < len(keys) / len(subjects) < 9
