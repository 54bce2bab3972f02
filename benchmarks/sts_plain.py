"""One plain STS evaluation beside sentence-transformers and MTEB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks import ours
from benchmarks.data import checkpoint, english
from benchmarks.peers import BATCH_SIZES, Mteb, SentenceTransformers, Timed
from benchmarks.table import Row
from evaluators.dataset import PairDataset

TARGETS = {"five sets": 2.0, "STS-B alone": 1.3}


def run(rounds: int) -> Iterator[Row]:
    """Yield a row a peer and a choice of sets; the best of `rounds` interleaved rounds counts."""
    datasets, folder = english(), checkpoint()
    peer = SentenceTransformers(folder)
    mteb = Mteb(peer.model)
    tried = _batch_sizes(peer, datasets[:1])
    best = min(tried, key=lambda size: tried[size])
    for size, seconds in tried.items():
        yield Row(
            "batch size of the peers", f"batch {size}", seconds, seconds / tried[best], None, ""
        )
    sides = {
        "rankcheck": partial(ours.plain, folder),
        f"sentence-transformers, batch {best}": partial(peer.run, batch_size=best),
        f"mteb, batch {best}": partial(mteb.run, batch_size=best),
    }
    if len(datasets) > 1:
        yield from _compare("five sets", sides, datasets, 1)
    name = "STS-B alone" if len(datasets) > 1 else "sample"
    yield from _compare(name, sides, datasets[:1], rounds)


def _batch_sizes(peer: SentenceTransformers, datasets: Sequence[PairDataset]) -> dict[int, float]:
    """Time all on the first set, twice: the first round warms up, and neither is our gain."""
    rounds = [{size: peer.run(datasets, size).seconds for size in BATCH_SIZES} for _ in range(2)]
    return {size: min(each[size] for each in rounds) for size in BATCH_SIZES}


def _compare(
    name: str,
    sides: dict[str, Callable[[Sequence[PairDataset]], Timed]],
    datasets: Sequence[PairDataset],
    rounds: int,
) -> Iterator[Row]:
    runs: dict[str, list[Timed]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, measure in sides.items():
            runs[side].append(measure(datasets))
    own = min(run.seconds for run in runs["rankcheck"])
    own_cpu = min(run.cpu for run in runs["rankcheck"])
    for side, measured in runs.items():
        seconds = min(run.seconds for run in measured)
        apart = max(
            abs(measured[0].spearman[task] - value)
            for task, value in runs["rankcheck"][0].spearman.items()
        )
        cpu = min(run.cpu for run in measured)
        note = f"{cpu:.1f} s on a core ({cpu / own_cpu:.2f}x)"
        note += f", Spearman within {apart:.0e}" if side != "rankcheck" else ""
        target = TARGETS.get(name) if side != "rankcheck" else None
        yield Row(f"plain STS, {name}", side, seconds, seconds / own, target, note)
