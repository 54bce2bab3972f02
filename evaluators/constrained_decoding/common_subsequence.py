"""The length of the longest common subsequence, which need not be contiguous."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


class CommonSubsequence:
    """Lengths of the longest common subsequence of one sequence with many others.

    The bits of an integer stand for the places of the sequence, so that a token of another takes a
    few operations on integers (Hyyrö 2004, "Bit-parallel LCS-length computation revisited").

    Args:
        sequence: The sequence, such as the characters of a question.
    """

    def __init__(self, sequence: Sequence[Hashable]) -> None:
        self._all = (1 << len(sequence)) - 1
        self._places: dict[Hashable, int] = {}
        for place, token in enumerate(sequence):
            self._places[token] = self._places.get(token, 0) | (1 << place)

    def length(self, other: Iterable[Hashable]) -> int:
        """Return the length of the longest subsequence that the sequence shares with another."""
        rows = self._all
        for token in other:
            hits = rows & self._places.get(token, 0)
            rows = ((rows + hits) | (rows - hits)) & self._all
        return (self._all ^ rows).bit_count()


def f1(first: str, second: str) -> float:
    """Return 2 · LCS / (|a| + |b|) of the characters of two texts; 0 where both are empty.

    It is the F1 of KgCLUE and pCLUE (`f1_sim` of CLUEbenchmark/KgCLUE, evaluate_f1_em.py).
    """
    if not first and not second:
        return 0.0
    return 2 * CommonSubsequence(first).length(second) / (len(first) + len(second))
