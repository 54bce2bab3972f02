"""A prefix tree beside dense retrieval over as many keys: bytes, and time for a question.

With `RANKCHECK_BENCH_KEYS=10000000` in the environment the tree has ten million keys too, which
takes some minutes and gigabytes; its vectors would take 29 GiB and are counted without a search.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.table import Row
from evaluators.constrained_decoding.prefix_tree import Key, PrefixTree
from evaluators.experiments.prefix_tree_memory import made_up_keys

KEYS = (10_000, 100_000, 1_000_000)
MOST_SEARCHED = 1_000_000
WIDTH, QUESTIONS, BATCH = 768, 512, 32


def run(rounds: int) -> Iterator[Row]:
    """Yield for each number of keys a row of the tree, of its build, and of dense retrieval.

    The tree answers a question by its children at each token of a key, which is what decoding with
    one beam asks of it; dense retrieval by a product with all vectors, 32 questions at a time.
    """
    more = os.environ.get("RANKCHECK_BENCH_KEYS", "")
    for count in (*KEYS, *([int(more)] if more else [])):
        keys = made_up_keys(count, 0)
        started = time.perf_counter()
        tree = PrefixTree(keys)
        build = time.perf_counter() - started
        rng = np.random.default_rng(1)
        asked = [keys[place] for place in rng.integers(count, size=QUESTIONS).tolist()]
        flat = 2 * sum(map(len, keys)) + 4 * (count + 1)
        del keys
        walk = _best(rounds, lambda tree=tree, asked=asked: _walk(tree, asked))
        name = f"{count:.0e} keys, {QUESTIONS} questions"
        note = f"{_mebibytes(tree.nbytes)}, {tree.nbytes / count:.1f} bytes a key"
        yield Row(name, "prefix tree", walk, 1.0, None, note)
        yield Row(name, "making it", build, build / walk, None, f"sorted array {_mebibytes(flat)}")
        size = count * WIDTH * 4
        if count > MOST_SEARCHED:
            print(f"vectors of {count:.0e} keys would take {_mebibytes(size)}: not searched")
            continue
        vectors = rng.standard_normal((count, WIDTH), dtype=np.float32)
        queries = rng.standard_normal((QUESTIONS, WIDTH), dtype=np.float32)
        dense = _best(rounds, lambda v=vectors, q=queries: _search(v, q))
        del vectors
        note = f"{_mebibytes(size)}, {size / tree.nbytes:.0f} times the tree"
        yield Row(name, f"numpy, {WIDTH} wide", dense, dense / walk, None, note)


def _walk(tree: PrefixTree, keys: list[Key]) -> int:
    return sum(len(tree.children(key[:at])) for key in keys for at in range(len(key)))


def _search(vectors: np.ndarray, queries: np.ndarray) -> None:
    for start in range(0, len(queries), BATCH):
        (vectors @ queries[start : start + BATCH].T).argmax(axis=0)


def _best(rounds: int, side: Callable[[], object]) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        side()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
