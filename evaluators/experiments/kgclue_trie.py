"""Compare free decoding with decoding inside a prefix tree, on questions about a knowledge graph.

A small network reads a question and writes subject, relation and meaning token by token. It may
write what it likes, or what a prefix tree of the graph allows, or look ahead besides: a token
counts more where a key behind it covers more of the question. The answer is the object of what was
written.

Of the two worlds one is made up: 300 subjects, 40 relations with synonyms, and questions from
templates, of which half name the relation itself. The other has the questions of KgCLUE and the
graph of their edges, in which nearly every subject has one edge; `added` gives each subject more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from evaluators.constrained_decoding.beam_search import Writer
    from evaluators.constrained_decoding.prefix_tree import Key
    from evaluators.experiments._question_worlds import World

Asked = Literal["made-up", "kgclue"]

SPLITS = ("train", "validation", "test_public")
TRAIN, SCORED = "train", "test_public"
"""KgCLUE's splits, and which of them are used."""

REFS = tuple(DatasetRef("kgclue", split, "clue") for split in SPLITS)

FREE, TRIE, AHEAD, SHUFFLED = "free", "trie", "look-ahead", "trie, objects shuffled"
NETWORK = "network"
"""Arm of the training curve: all others decode what this one learned."""

UNNAMED = " (no overlap)"
"""Marks an arm on questions that share no token with relation and meaning of their key."""

SPARE = 4
"""Tokens that a free answer may have beyond the longest key."""


class KgclueTrieRequest(Request):
    """The keys of an `evaluator: kgclue_trie` entry in a plan.

    Attributes:
        questions: `made-up`, or `kgclue` for the real ones; each is a setting.
        unseen: Share of made-up scored questions about relations that no training question asks
            for, from 0 to 1; each is a setting of one network. In KgCLUE nearly all are.
        added: Edges that each subject of KgCLUE's graph gets besides its own, with relation and
            object of another subject's; each is a setting of one network. A made-up subject has 12
            edges.
        seeds: Seeds; each draws a world (or, of KgCLUE, the questions and the added edges) and a
            network, and all train together.
        train: Number of training questions, at least `batch`.
        tested: Number of scored questions.
        epochs: Number of epochs.
        batch: Questions a step, at least 2.
        rate: Largest learning rate of Adam, which falls to 0.
        width: Width of the networks.
        beams: Number of beams.
    """

    questions: Distinct[Asked] = ("made-up",)
    unseen: Distinct[Annotated[float, Field(ge=0, le=1)]] = (0.0, 1.0)
    added: Distinct[Annotated[int, Field(ge=0)]] = (0,)
    seeds: Seeds = tuple(range(1000, 1010))
    train: Count = 1500
    tested: Count = 500
    epochs: Count = 8
    batch: AtLeastTwo = 32
    rate: Positive = 5e-3
    width: Count = 48
    beams: Count = 3


class KgclueTrie(Evaluator[KgclueTrieRequest]):
    """The arms are ways of decoding, all of one network; a seed draws world and network."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("train", "tested", "epochs")
    Request = KgclueTrieRequest
    apart = ("questions",)

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return "small" if "added" in parameters else "made-up"

    def jobs(
        self, request: KgclueTrieRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for the made-up worlds, and one for KgCLUE."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        common = {"seeds": sorted(request.seeds), "beams": request.beams, **recipe}
        jobs = []
        if "made-up" in request.questions:
            unseen = sorted(request.unseen)
            jobs.append(self.job("made-up questions", {**common, "unseen": unseen}))
        if "kgclue" in request.questions:
            digests = [digest_of(ref) for ref in REFS]
            more = {"added": sorted(request.added), "split_digests": digests}
            jobs.append(self.job("kgclue", {**common, **more}))
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.experiments._question_worlds import made_up, of_kgclue

        params = dict(job.parameters)
        digests, added = params.pop("split_digests", ()), params.pop("added", ())
        unseen = params.pop("unseen", ())
        seeds, beams = params.pop("seeds"), params.pop("beams")
        recipe = Recipe(**params)
        report = stage_progress(session.progress, f"trie, {job.task}")
        counts = recipe.train, recipe.tested
        if not digests:
            cases = {
                f"made-up graph, unseen relations {share:g}, {recipe}": [
                    made_up(seed, *counts, share) for seed in seeds
                ]
                for share in unseen
            }
            return compare(cases, seeds, recipe, beams, report)
        data, edges = read_questions(session, digests)
        cases = {
            f"graph of KgCLUE's questions, edges added {more}, {recipe}": [
                of_kgclue(data[TRAIN], data[SCORED], edges, seed=seed, counts=counts, added=more)
                for seed in seeds
            ]
            for more in added
        }
        return compare(cases, seeds, recipe, beams, report)


def read_questions(
    session: Session, digests: Sequence[str]
) -> tuple[Mapping[str, Sequence[Any]], list[Any]]:
    """Return KgCLUE's questions by split, and the edges of all of them, each once.

    Args:
        session: Loads the splits.
        digests: Of each of `REFS`.
    """
    data = {
        split: session.load(ref, digest).examples
        for split, ref, digest in zip(SPLITS, REFS, digests, strict=True)
    }
    return data, list(dict.fromkeys(each.triple for split in SPLITS for each in data[split]))


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    train: int
    tested: int
    epochs: int
    batch: int
    rate: float
    width: int

    def __str__(self) -> str:
        return (
            f"{self.train} training questions, {self.epochs} epochs, batch {self.batch}, rate"
            f" {self.rate:g}, width {self.width}"
        )


def compare(
    cases: Mapping[str, Sequence[World]],
    seeds: Sequence[int],
    recipe: Recipe,
    beams: int,
    report: Report,
) -> Result:
    """Return what each way of decoding answers.

    `em`, `f1` and `em_f1` are those of KgCLUE, from 0 to 1, of the object; an answer that is no key
    of the graph has none and scores 0. `illegal` is the share of such answers, `weighed` that of
    questions in which the look-ahead had several tokens to choose from. `gained` and `lost` are the
    shares of questions that an arm alone gets right, or its base alone: the base of `trie` is
    `free`, that of `look-ahead` is `trie`.

    Args:
        cases: By setting, a world for each seed. Training questions are those of the first setting;
            a seed's worlds must have the same.
        seeds: One network each.
        recipe: Settings of the training.
        beams: Number of beams.
        report: Called with the epochs done and all of them.
    """
    from evaluators.constrained_decoding.beam_search import padded
    from evaluators.constrained_decoding.copying_seq2seq import CopyingSeq2Seq, train

    worlds = next(iter(cases.values()))
    written = sorted({token for world in worlds for token in world.written})
    found = []
    with one_thread():
        network = CopyingSeq2Seq(
            [seed + 1_000_003 for seed in seeds], worlds[0].size, recipe.width, written
        )
        sources = padded([[each.tokens for each in world.train] for world in worlds])
        targets = padded([[each.key for each in world.train] for world in worlds])
        generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
        curve = TrainingCurve(recipe.epochs * (len(worlds[0].train) // recipe.batch))
        train(
            network,
            sources,
            targets,
            generators,
            curve,
            report,
            epochs=recipe.epochs,
            batch=recipe.batch,
            rate=recipe.rate,
        )
        for setting, own in cases.items():
            scores = ArmScores(setting)
            decode(scores, network, own, seeds, beams)
            scores.add_curve(curve, arm=NETWORK, seeds=seeds)
            found.append(scores)
    return Result(
        tuple(score for each in found for score in each.scores),
        tuple(line for each in found for line in each.curves),
    )


def decode(
    scores: ArmScores,
    network: Writer,
    worlds: Sequence[World],
    seeds: Sequence[int],
    beams: int,
) -> None:
    """Add the scores of each way of decoding in one setting.

    Args:
        scores: Of the setting; metrics as in `compare`.
        network: S networks.
        worlds: One for each network.
        seeds: One for each network.
        beams: Number of beams.
    """
    from evaluators.constrained_decoding.beam_search import answer
    from evaluators.constrained_decoding.prefix_tree import PrefixTree
    from evaluators.experiments._question_worlds import shuffled

    trees = [PrefixTree(world.graph) for world in worlds]
    longest = max(len(key) for world in worlds for key in world.graph) + SPARE
    ways: Mapping[str, tuple[Sequence[PrefixTree] | None, bool]] = {
        FREE: (None, False),
        TRIE: (trees, False),
        AHEAD: (trees, True),
    }
    found = {
        arm: answer(
            network,
            [[each.tokens for each in world.tested] for world in worlds],
            beams=beams,
            longest=longest,
            trees=allowed,
            ahead=ahead,
        )
        for arm, (allowed, ahead) in ways.items()
    }
    for place, (seed, world) in enumerate(zip(seeds, worlds, strict=True)):
        keys = {arm: answers[place].keys for arm, answers in found.items()}
        right = {arm: _score(scores, arm, seed, each, world) for arm, each in keys.items()}
        mixed = world._replace(graph=shuffled(world.graph, seed))
        _score(scores, SHUFFLED, seed, keys[TRIE], mixed)
        for arm, base in ((TRIE, FREE), (AHEAD, TRIE)):
            for metric, one, other in (("gained", arm, base), ("lost", base, arm)):
                pairs = zip(right[one], right[other], strict=True)
                alone = sum(hit and not also for hit, also in pairs)
                scores.add(metric, alone / len(right[arm]), len(right[arm]), arm=arm, seed=seed)
        weighed = found[AHEAD][place].weighed
        scores.add("weighed", sum(weighed) / len(weighed), len(weighed), arm=AHEAD, seed=seed)


def _score(scores: ArmScores, arm: str, seed: int, keys: Sequence[Key], world: World) -> list[bool]:
    """Add the scores of an arm's answers, and return which are right."""
    from evaluators.constrained_decoding.common_subsequence import f1
    from evaluators.trainer.metrics import normalised

    right, similar = [], []
    for key, question in zip(keys, world.tested, strict=True):
        said, gold = normalised(world.graph.get(key, "")), normalised(question.answer)
        right.append(said == gold)
        similar.append(f1(gold, said))
    n = len(right)
    scores.add("em", sum(right) / n, n, arm=arm, seed=seed)
    scores.add("f1", sum(similar) / n, n, arm=arm, seed=seed)
    scores.add("em_f1", (sum(right) + sum(similar)) / 2 / n, n, arm=arm, seed=seed)
    scores.add("illegal", sum(key not in world.graph for key in keys) / n, n, arm=arm, seed=seed)
    apart = [hit for hit, each in zip(right, world.tested, strict=True) if not each.named]
    if apart and arm != SHUFFLED:
        scores.add("em", sum(apart) / len(apart), len(apart), arm=arm + UNNAMED, seed=seed)
    return right
