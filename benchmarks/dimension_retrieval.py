"""recall@1 at many numbers of dimensions: one pass beside a search for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.table import Row
from evaluators.dimension_retrieval.items import ArrayItems, Queries, noisy_queries
from evaluators.dimension_retrieval.projection import Projection, gaussian_projection
from evaluators.dimension_retrieval.recall_scan import scan

ITEMS, WIDTH, QUERIES, RHO = 100_000, 1024, 1000, 0.35
GRIDS = {count: tuple(512 * (k + 1) // count for k in range(count)) for count in (8, 32)}
BLOCK = 16_384  # items a plain search compares at once: 66 MB of cosines


Matrix = NDArray[np.float32]


class Case(NamedTuple):
    """What every side starts from."""

    rows: Matrix
    queries: Queries
    projection: Projection


class Found(NamedTuple):
    """recall@1 at each n, and the bytes the arrays of a side take at once."""

    recall: list[float]
    held: int


def run(rounds: int) -> Iterator[Row]:
    """Yield a row a side for 8 and for 32 numbers of dimensions up to 512."""
    case = _case()
    sides: dict[str, Callable[[Case, tuple[int, ...]], Found]] = {
        "rankcheck, one pass": _one_pass,
        "numpy, a search an n": _numpy,
    }
    try:
        import faiss  # noqa: F401
    except ImportError:
        print("left out faiss: it is not installed")
    else:
        sides["faiss IndexFlatIP, an index an n"] = _faiss
    for count, dims in GRIDS.items():
        best = dict.fromkeys(sides, float("inf"))
        found: dict[str, Found] = {}
        for _ in range(rounds):
            for name, side in sides.items():
                started = time.perf_counter()
                found[name] = side(case, dims)
                best[name] = min(best[name], time.perf_counter() - started)
        own, *peers = sides
        for name, seconds in best.items():
            apart = np.abs(np.subtract(found[name].recall, found[own].recall)).max()
            note = f"{found[name].held / 2**20:.0f} MiB, recall within {apart:.0e}"
            target = 1.0 if name in peers else None
            yield Row(f"recall@1, {count} n", name, seconds, seconds / best[own], target, note)


def _case() -> Case:
    source = torch.Generator().manual_seed(0)
    rows = torch.randn((ITEMS, WIDTH), generator=source).numpy()
    own = torch.randperm(ITEMS, generator=source)[:QUERIES]
    queries = noisy_queries(ArrayItems(rows), own, RHO, source)
    return Case(rows, queries, gaussian_projection(512, WIDTH, source))


def _one_pass(case: Case, dims: tuple[int, ...]) -> Found:
    found = scan(ArrayItems(case.rows), case.queries, case.projection, dims)
    return Found(found.right.mean(axis=0).tolist(), found.working_bytes)


def _projected(case: Case) -> tuple[Matrix, Matrix]:
    matrix = case.projection.matrix.numpy().T
    return case.rows @ matrix, case.queries.vectors.numpy() @ matrix


def _numpy(case: Case, dims: tuple[int, ...]) -> Found:
    items, queries = _projected(case)
    squares = np.zeros(ITEMS, dtype=np.float32)  # lengths too come from running sums
    recalls, last = [], 0
    for n in dims:
        part = items[:, last:n]
        squares += np.einsum("ij,ij->i", part, part)
        last = n
        recalls.append(_search(items[:, :n], queries[:, :n], np.sqrt(squares), case))
    return Found(recalls, items.nbytes + queries.nbytes + BLOCK * QUERIES * 4)


def _search(
    items: NDArray[np.float32],
    queries: NDArray[np.float32],
    lengths: NDArray[np.float32],
    case: Case,
) -> float:
    best = np.full(QUERIES, -np.inf, dtype=np.float32)
    nearest = np.zeros(QUERIES, dtype=np.int64)
    each = np.arange(QUERIES)
    for at in range(0, ITEMS, BLOCK):
        cosines = queries @ items[at : at + BLOCK].T
        cosines /= lengths[at : at + BLOCK]
        here = cosines.argmax(axis=1)
        value = cosines[each, here]
        better = value > best
        best[better], nearest[better] = value[better], here[better] + at
    return float((nearest == case.queries.own.numpy()).mean())


def _faiss(case: Case, dims: tuple[int, ...]) -> Found:
    import faiss

    items, queries = _projected(case)
    recalls, own = [], case.queries.own.numpy()
    for n in dims:
        kept = np.ascontiguousarray(items[:, :n])
        faiss.normalize_L2(kept)
        index = faiss.IndexFlatIP(n)
        index.add(kept)
        _, nearest = index.search(np.ascontiguousarray(queries[:, :n]), 1)
        recalls.append(float((nearest[:, 0] == own).mean()))
    return Found(recalls, items.nbytes + queries.nbytes + 2 * kept.nbytes)
