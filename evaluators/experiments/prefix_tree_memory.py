"""Count the bytes of a prefix tree, and of the vectors that dense retrieval needs for as many keys.

A key is subject, relation and meaning, a character a token. Made-up graphs have 6.6 edges a
subject, as KgCLUE's has; characters and relations are drawn by Zipf's law, so that names share less
than real ones. The graph of KgCLUE's questions can be taken too. Neither side counts the objects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from evaluators.evaluator import (
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from evaluators.constrained_decoding.prefix_tree import Key

Graph = Literal["made-up", "kgclue"]

TREE, DICTS, SORTED = "prefix tree", "tree of dicts", "sorted array"
DENSE, CODES = "dense float32", "dense, 64-byte codes"

CHARACTERS, RELATIONS, EDGES = 4000, 2000, 6.6
"""Of a made-up graph; edges of a subject on average, as in KgCLUE's."""

CODE, CENTRES = 64, 256
"""Bytes of a vector under product quantisation, and how many centres each byte chooses from."""

MOST_DICTS = 100_000
"""Larger trees of dicts are not made: a million keys take a gigabyte and more."""

ADDED = 6
"""Edges that a subject of KgCLUE's questions gets besides its own."""


class PrefixTreeMemoryRequest(Request):
    """The keys of an `evaluator: prefix_tree_memory` entry in a plan.

    Attributes:
        graphs: `made-up`, or `kgclue`: the edges of KgCLUE's questions and 6 more a subject.
        keys: Numbers of keys of a made-up graph, each at least 100; each is a setting.
        seeds: Seeds; each draws a graph.
        width: Width of the vectors of dense retrieval, at least 64.
    """

    graphs: Distinct[Graph] = ("made-up",)
    keys: Distinct[Annotated[int, Field(ge=100)]] = (10_000, 100_000)
    seeds: Seeds = (1000, 1001, 1002)
    width: Annotated[int, Field(ge=64)] = 768


class PrefixTreeMemory(Evaluator[PrefixTreeMemoryRequest]):
    """The arms are ways to hold the keys; a seed draws a graph."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("keys",)
    Request = PrefixTreeMemoryRequest
    apart = ("graphs",)

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return "small" if "split_digests" in parameters else "made-up"

    def jobs(
        self, request: PrefixTreeMemoryRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each number of keys, and one for KgCLUE's."""
        from evaluators.experiments.kgclue_trie import SPLITS

        common = {"seeds": sorted(request.seeds), "width": request.width}
        jobs = []
        if "made-up" in request.graphs:
            jobs += [
                self.job("made-up graphs", {**common, "keys": keys})
                for keys in sorted(request.keys)
            ]
        if "kgclue" in request.graphs:
            digests = [digest_of(DatasetRef("kgclue", split, "clue")) for split in SPLITS]
            jobs.append(self.job("kgclue", {**common, "split_digests": digests}))
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.experiments._question_worlds import Letters, graph_of
        from evaluators.experiments.kgclue_trie import SPLITS

        params = job.parameters
        report = stage_progress(session.progress, f"bytes of trees, {job.task}")
        if job.task != "kgclue":
            return compare(
                f"keys {params['keys']}",
                {seed: partial(made_up_keys, params["keys"], seed) for seed in params["seeds"]},
                params["width"],
                report,
            )
        data = [
            session.load(DatasetRef("kgclue", split, "clue"), digest).examples
            for split, digest in zip(SPLITS, params["split_digests"], strict=True)
        ]
        edges = list(dict.fromkeys(each.triple for examples in data for each in examples))
        letters = Letters(map("".join, edges))

        def drawn(seed: int) -> list[Key]:
            return list(graph_of(edges, letters, np.random.default_rng(seed), ADDED))

        graphs = {seed: partial(drawn, seed) for seed in params["seeds"]}
        setting = f"graph of KgCLUE's questions, edges added {ADDED}"
        return compare(setting, graphs, params["width"], report)


def compare(
    setting: str, graphs: Mapping[int, Callable[[], Sequence[Key]]], width: int, report: Report
) -> Result:
    """Return the bytes that each arm takes for a key.

    Args:
        setting: In words.
        graphs: What draws the keys, by seed; one graph at a time is in memory.
        width: Width of the vectors of dense retrieval.
        report: Called with the graphs done and all of them.
    """
    from evaluators.constrained_decoding.prefix_tree import PrefixTree

    scores = ArmScores(f"{setting}, width {width}")
    for done, (seed, draw) in enumerate(graphs.items()):
        report(done, len(graphs))
        keys = draw()
        n = len(keys)
        sizes = {
            TREE: PrefixTree(keys).nbytes,
            SORTED: sum(map(len, keys)) * 2 + (n + 1) * 4,
            DENSE: n * width * 4,
            CODES: n * CODE + CENTRES * width * 4,
        }
        if n <= MOST_DICTS:
            sizes[DICTS] = bytes_of_dicts(keys)
        for arm, size in sizes.items():
            scores.add("bytes_per_key", size / n, n, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def bytes_of_dicts(keys: Sequence[Key]) -> int:
    """Return the bytes of a tree of dicts as it was published, one in another for each token.

    Tokens are keys as text there, as JSON wants them; each text counts once.
    """
    root: dict[str, Any] = {}
    texts: dict[int, str] = {}
    for key in keys:
        node = root
        for token in key:
            node = node.setdefault(texts.setdefault(token, str(token)), {})
    total, waiting = sum(map(sys.getsizeof, texts.values())), [root]
    while waiting:
        node = waiting.pop()
        total += sys.getsizeof(node)
        waiting.extend(node.values())
    return total


def made_up_keys(count: int, seed: int) -> list[Key]:
    """Return so many distinct keys of subjects of 2 to 12 characters and relations of 2 to 4."""
    from evaluators.constrained_decoding.copying_seq2seq import FIRST
    from evaluators.experiments._question_worlds import key_of

    rng = np.random.default_rng(seed)
    zipf = 1 / np.arange(1, CHARACTERS + 1)
    characters = np.cumsum(zipf / zipf.sum())
    often = 1 / np.arange(1, RELATIONS + 1)
    relations = np.cumsum(often / often.sum())

    def words(number: int, shortest: int, longest: int) -> list[Key]:
        lengths = rng.integers(shortest, longest + 1, number)
        drawn = FIRST + np.searchsorted(characters, rng.random(int(lengths.sum())))
        ends = np.cumsum(lengths)
        return [tuple(part.tolist()) for part in np.split(drawn, ends[:-1])]

    known = words(RELATIONS, 2, 4)
    found: dict[Key, None] = {}
    while len(found) < count:
        missing = count - len(found)
        names = words(int(missing / EDGES) + 1, 2, 12)
        asked = np.searchsorted(relations, rng.random(missing)).tolist()
        for place, relation in enumerate(asked):
            found[key_of(names[place % len(names)], known[relation], ())] = None
    return list(found)
