"""Count illegal answers of networks that were never trained, on random graphs.

What decoding inside a prefix tree allows is a key of it, whatever the network: random weights,
random keys and random questions say so as well as trained ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import Count, DigestOf, Distinct, Evaluator, Request, Seeds, Session
from evaluators.job import Job
from evaluators.result import ArmScores, Result

LETTERS, LONGEST = 30, 4
"""Characters of a graph, and how many each part of a key has at most."""

WIDTH = 16


class TrieLegalityRequest(Request):
    """The keys of an `evaluator: trie_legality` entry in a plan.

    Attributes:
        keys: Numbers of random keys of a graph; each is a setting.
        seeds: Seeds; each draws a graph, questions and the weights of a network.
        questions: Number of random questions.
        beams: Number of beams.
    """

    keys: Distinct[Count] = (10, 1000)
    seeds: Seeds = tuple(range(1000, 1005))
    questions: Count = 100
    beams: Count = 3


class TrieLegality(Evaluator[TrieLegalityRequest]):
    """The arms are ways of decoding; a seed draws a graph and a network."""

    VERSION = "1"
    LEVEL = "identity"
    BUDGET = ("questions",)
    Request = TrieLegalityRequest

    def jobs(
        self, request: TrieLegalityRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each number of keys."""
        common = {
            "seeds": sorted(request.seeds),
            "questions": request.questions,
            "beams": request.beams,
        }
        return [
            self.job("random graphs", {"keys": keys, **common}) for keys in sorted(request.keys)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        return count(**job.parameters)


def count(keys: int, seeds: Sequence[int], questions: int, beams: int) -> Result:
    """Return the share of illegal answers of each way of decoding.

    Args:
        keys: Keys of a graph, duplicates among them counted.
        seeds: One graph and network each.
        questions: Number of questions.
        beams: Number of beams.
    """
    import numpy as np

    from evaluators.constrained_decoding.beam_search import answer
    from evaluators.constrained_decoding.copying_seq2seq import END, FIRST, CopyingSeq2Seq
    from evaluators.constrained_decoding.prefix_tree import Key, PrefixTree
    from evaluators.experiments._question_worlds import key_of

    def words(rng: np.random.Generator, shortest: int) -> Key:
        length = int(rng.integers(shortest, LONGEST + 1))
        return tuple((FIRST + rng.integers(LETTERS, size=length)).tolist())

    scores = ArmScores(f"keys {keys}")
    graphs, asked = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        graphs.append({key_of(words(rng, 1), words(rng, 1), words(rng, 0)) for _ in range(keys)})
        asked.append([(*words(rng, 1), *words(rng, 1)) for _ in range(questions)])
    with one_thread():
        letters = range(FIRST, FIRST + LETTERS)
        network = CopyingSeq2Seq(seeds, FIRST + LETTERS, WIDTH, [END, *letters])
        trees = [PrefixTree(graph) for graph in graphs]
        ways: Mapping[str, tuple[Sequence[PrefixTree] | None, bool]] = {
            "free": (None, False),
            "trie": (trees, False),
            "look-ahead": (trees, True),
        }
        for arm, (allowed, ahead) in ways.items():
            found = answer(
                network, asked, beams=beams, longest=5 * LONGEST, trees=allowed, ahead=ahead
            )
            for seed, graph, answers in zip(seeds, graphs, found, strict=True):
                illegal = sum(key not in graph for key in answers.keys) / questions
                scores.add("illegal", illegal, questions, arm=arm, seed=seed)
    return Result(tuple(scores.scores))
