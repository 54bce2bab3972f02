"""Many seeds for little more than one; a large batch in the memory of a small one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.isolated import ROOT
from benchmarks.table import Row

SMALL_BATCHES = (4, 8, 16, 32)
SEEDS = 8
SEEDS_AT_MOST = 2.5  # times what one seed costs
BATCH, CHUNK = 8192, 256
TIME_AT_MOST = 1.6  # times the plain step, by sample
MEMORY_AT_MOST = 1.0  # of a plain chunk's plus one block's


def run(rounds: int) -> Iterator[Row]:
    """Yield the cost of eight seeds beside one, then of a batch of 8,192 beside chunks of 256."""
    yield from _seeds(rounds)
    yield from _large_batch(rounds)


def _seeds(rounds: int) -> Iterator[Row]:
    from evaluators.batch_sweep.images import digits
    from evaluators.batch_sweep.training import Recipe, train
    from evaluators.contrastive.one_thread import one_thread

    data = digits()
    best = {(batch, seeds): float("inf") for batch in SMALL_BATCHES for seeds in (1, SEEDS)}
    with one_thread():
        for _ in range(3 * rounds):  # each is short
            for batch, seeds in best:
                recipe = Recipe("infonce", "float32", batch, "weak", epochs=1)
                started = time.perf_counter()
                train(data, recipe, range(seeds))
                took = time.perf_counter() - started
                best[batch, seeds] = min(best[batch, seeds], took)
    for batch in SMALL_BATCHES:
        one, many = best[batch, 1], best[batch, SEEDS]
        note = "an epoch of digits, MLP, one thread"
        yield Row(f"seeds at batch {batch}", "one seed", one, 1.0, None, note)
        side = f"{SEEDS} seeds in one pass"
        yield Row(f"seeds at batch {batch}", side, many, many / one, -SEEDS_AT_MOST, "")


def _large_batch(rounds: int) -> Iterator[Row]:
    peer = _peer()
    sides = ("plain", "block", "cached", peer)
    seconds, size = dict.fromkeys(sides, float("inf")), dict.fromkeys(sides, float("inf"))
    for _ in range(rounds):
        for side in sides:
            found = _in_process(side)
            seconds[side] = min(seconds[side], found["seconds"])
            size[side] = min(size[side], found["bytes"])
    what = f"batch {BATCH:,}, time a sample"
    names = {"plain": f"plain steps of {CHUNK}", "cached": f"cached, chunks of {CHUNK}"}
    for side, target in (("plain", None), ("cached", -TIME_AT_MOST), (peer, None)):
        note = f"peak {size[side] / 2**20:.0f} MB"
        if side == peer:
            note += f", gradient off ours by {_disagreement(peer):.0e}"
        ratio = seconds[side] / seconds["plain"]
        yield Row(what, names.get(side, side), seconds[side], ratio, target, note)
    allowed = size["plain"] + size["block"]
    note = (
        f"{size['cached'] / 2**20:.0f} MB beside {size['plain'] / 2**20:.0f} MB of a plain chunk"
        f" and {size['block'] / 2**20:.0f} MB of one block of {CHUNK} rows"
    )
    what = f"batch {BATCH:,}, memory"
    yield Row(
        what, names["cached"], seconds["cached"], size["cached"] / allowed, -MEMORY_AT_MOST, note
    )
    yield Row(what, peer, seconds[peer], size[peer] / allowed, None, "")


def _peer() -> str:
    from benchmarks.contrastive_step import grad_cache_class

    try:
        grad_cache_class()
    except ImportError:
        return "reference"
    return "grad_cache"


def _in_process(side: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.contrastive_step", side, str(BATCH), str(CHUNK)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def _disagreement(peer: str) -> float:
    """Return how far the peer's gradient is from ours, at a small batch."""
    import torch

    from benchmarks.contrastive_step import SIDES, encoder, views
    from evaluators.contrastive.losses import relative_error

    network, (first, second) = encoder(), views(2 * CHUNK)
    found = []
    for side in ("cached", peer):
        network.zero_grad()
        SIDES[side](network, first, second, CHUNK)
        found.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    return relative_error(found[1], found[0])
