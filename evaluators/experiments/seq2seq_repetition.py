"""Compare the repetition mass of a decoder with the repetitions in texts that it writes.

The mass R = Σ λ/(1 − λ), λ the eigenvalues of P∘P, is for a decoder that only sees the last word:
P_ij is its probability of word j after word i, and what a row lacks of 1 ends the text. Such tables
are drawn at random or counted in text; a recurrent network sees more than the last character, and R
is that of the bigrams in what it writes. R is also followed while words are cut off, and while
neighbours are merged into longer words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
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
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result, Score

Floats = NDArray[np.float64]

CONCENTRATION = 0.3
"""Of the Dirichlet distribution of a random table's rows: a few likely words, and many others."""

ALPHABET = 30
"""Characters of a text that are kept, its most frequent ones."""

HIDDEN, BATCH, LENGTH, RATE = 64, 32, 40, 1e-2
"""Of the recurrent networks: width, pieces of an update, their characters, and learning rate."""

NETWORK_DECODERS = ("all words", "three likeliest", "nucleus 0.9", "temperature 0.7", "greedy")

LAZY = 0.49
"""Probability that a word of the lazy cycle repeats itself, just below that of going on."""

CYCLE = 30
"""Words of the lazy cycle."""

PATHS = 4
"""Words of the tables for which all paths are enumerated."""


class Seq2seqRepetitionRequest(Request):
    """The keys of an `evaluator: seq2seq_repetition` entry in a plan.

    Attributes:
        tokens: Numbers of words of random tables, each a setting.
        end: Probability that a text ends after a word.
        walks: Texts that begin with each word, to count repetitions in.
        corpora: `python-docstrings`, which come with every Python, or names of files in
            RANKCHECK_CORPORA.
        characters: Characters of the text that a table or network of one seed sees.
        updates: Steps of the networks' training.
        network_walks: Texts of a network that begin with each character.
        merges: Numbers of pairs that are merged, each a setting beside 0.
        seeds: Seeds of tables, pieces of text, networks and walks.
    """

    tokens: Distinct[AtLeastTwo] = (20, 50)
    end: Share = 0.05
    walks: Count = 1000
    corpora: Distinct[str] = ("python-docstrings",)
    characters: Annotated[int, Field(ge=1000)] = 200_000
    updates: Count = 400
    network_walks: Count = 200
    merges: Distinct[Count] = (10, 30, 100)
    seeds: Seeds = tuple(range(1000, 1007))


class Seq2seqRepetition(Evaluator[Seq2seqRepetitionRequest]):
    """The arms are decoders, formulas or ways to merge; a seed draws a table or piece of text."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("walks", "characters", "updates", "network_walks")
    Request = Seq2seqRepetitionRequest

    def jobs(
        self, request: Seq2seqRepetitionRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return the jobs of made-up tables, then those of each text."""
        seeds, end = sorted(request.seeds), request.end
        jobs = [
            self.job("paths", {"seeds": seeds}),
            self.job("lazy cycle", {"end": end}),
        ]
        for tokens in sorted(request.tokens):
            table = {"tokens": tokens, "end": end, "seeds": seeds}
            jobs += [
                self.job("calibration, random tables", {**table, "walks": request.walks}),
                self.job("decoders, random tables", table),
            ]
        for corpus in request.corpora:
            text = {"characters": request.characters, "end": end, "seeds": seeds}
            digest = digest_of(DatasetRef(corpus, kind="corpus"))
            network = {"updates": request.updates, "network_walks": request.network_walks}
            for part, more in (
                ("calibration", {"walks": request.walks}),
                ("decoders", {}),
                ("network", network),
                ("merging", {"merges": [0, *sorted(request.merges)]}),
            ):
                jobs.append(self.job(f"{part}, {corpus}", {**text, **more}, dataset_digest=digest))
        return jobs

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `identity` for what follows from the formulas, whatever the table."""
        if "walks" in parameters or not {"characters", "seeds"} & parameters.keys():
            return "identity"
        if "characters" in parameters:
            return self.LEVEL
        return "made-up" if "tokens" in parameters else "identity"

    def dataset_of(self, job: Job) -> DatasetRef | None:
        if "characters" not in job.parameters:
            return None
        return DatasetRef(job.task.partition(", ")[2], kind="corpus")

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        part, _, world = job.task.partition(", ")
        report = stage_progress(session.progress, f"repetition, {job.task}")
        if part == "paths":
            return returns(**params)
        if part == "lazy cycle":
            return lazy_cycles(**params)
        seeds: list[int] = params.pop("seeds")
        if "characters" in params:
            ref = DatasetRef(world, kind="corpus")
            documents = session.load(ref, job.dataset_digest).documents
            texts = pieces(documents, params.pop("characters"), seeds)
            if part == "merging":
                return merging(texts, seeds, world, **params, report=report)
            if part == "network":
                with one_thread():
                    return networks(texts, seeds, world, **params, report=report)
            tables = [_table_of(text) for text in texts]
            setting = f"{world}, characters {ALPHABET}"
        else:
            tokens = params.pop("tokens")
            tables = [random_table(tokens, seed) for seed in seeds]
            setting = f"random tables, tokens {tokens}"
        setting += f", end {params['end']:g}"
        if part == "decoders":
            return decoders(tables, seeds, setting, **params)
        return calibration(tables, seeds, setting, **params, report=report)


def random_table(tokens: int, seed: int) -> Floats:
    """Return probabilities of the next word, (tokens, tokens)."""
    from evaluators.experiments._decoders import normalised

    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(np.full(tokens, CONCENTRATION), tokens)
    return normalised(np.maximum(drawn, 1e-9))


def pieces(documents: Sequence[str], length: int, seeds: Sequence[int]) -> list[NDArray[np.int64]]:
    """Return a piece of a text for each seed, as numbers of characters."""
    from evaluators.experiments._characters import characters, piece

    text = characters(documents, ALPHABET)
    return [piece(text, length, np.random.default_rng(seed)) for seed in seeds]


def _table_of(text: NDArray[np.int64]) -> Floats:
    from evaluators.experiments._characters import pair_counts
    from evaluators.experiments._decoders import bigram_table

    return bigram_table(pair_counts(text, ALPHABET))


def decoders(tables: Sequence[Floats], seeds: Sequence[int], setting: str, end: float) -> Result:
    """Return R of every decoder, and by the number of words that are kept.

    The arm `mixed with uniform` has as much of the table as words are kept, and else draws any
    word: a control, which repeats less the smaller the number is.
    """
    from evaluators.experiments._decoders import DECODERS, kept, repetition_mass

    scores = ArmScores(setting)
    for arm, decoder in DECODERS.items():
        for table, seed in zip(tables, seeds, strict=True):
            mass = repetition_mass((1 - end) * decoder(table))
            scores.add("mass", mass, len(table), arm=arm, seed=seed)
    found = scores.scores
    tokens = len(tables[0])
    for count in sorted({1, 2, 3, 5, 10, tokens}):
        scores = ArmScores(f"{setting}, kept {count}")
        for table, seed in zip(tables, seeds, strict=True):
            share = count / tokens
            arms = {
                "likeliest words": kept(table, count),
                "mixed with uniform": share * table + (1 - share) / tokens,
            }
            for arm, changed in arms.items():
                mass = repetition_mass((1 - end) * changed)
                scores.add("cut_mass", mass, tokens, arm=arm, seed=seed)
        found += scores.scores
    return Result(tuple(found))


def calibration(
    tables: Sequence[Floats],
    seeds: Sequence[int],
    setting: str,
    end: float,
    walks: int,
    report: Report | None = None,
) -> Result:
    """Return R of every decoder, by both formulas, and how often what it counts is found.

    `mass` is from eigenvalues, `series_error` how far the series is from it, relatively;
    `permuted_mass` is R of the same rows in another order, a control. `counted` is the mean number
    of loops that are walked twice from a word on, added up over words. `excess` is the largest
    eigenvalue less its bound.
    """
    from evaluators.experiments._decoders import (
        DECODERS,
        eigenvalue_bound,
        loops_walked_twice,
        repetition_mass,
        repetition_series,
        walk,
    )

    scores = ArmScores(setting)
    for done, ((table, seed), arm) in enumerate(product(zip(tables, seeds, strict=True), DECODERS)):
        if report:
            report(done, len(seeds) * len(DECODERS))
        add = partial(scores.add, arm=arm, seed=seed)
        rng = np.random.default_rng([seed, list(DECODERS).index(arm)])
        decoded = DECODERS[arm](table)
        going_on = (1 - end) * decoded
        mass, size = repetition_mass(going_on), len(table)
        add("mass", mass, size)
        add("series_error", abs(repetition_series(going_on) / mass - 1), size)
        add("permuted_mass", repetition_mass(going_on[rng.permutation(size)]), size)
        eigenvalue, bound = eigenvalue_bound(going_on)
        add("excess", eigenvalue - bound, size)
        texts = walk(decoded, walks, end, rng)
        add("counted", loops_walked_twice(texts, size), texts.shape[1])
    return Result(tuple(scores.scores))


def networks(
    texts: Sequence[NDArray[np.int64]],
    seeds: Sequence[int],
    corpus: str,
    end: float,
    updates: int,
    network_walks: int,
    report: Report | None = None,
) -> Result:
    """Return R of the bigrams that recurrent networks write, and how often it is found there.

    Arms are decoders with the network, and with `bigrams of` the text in its place, a control: all
    is measured in the same way, but only the last word counts. `nats` is the loss on other text.

    Args:
        texts: A piece for each seed; the last tenth of it is not trained on.
        seeds: Of networks and walks.
        corpus: Name of the text.
        end: Probability that a text ends after a word.
        updates: Steps of training.
        network_walks: Texts that begin with each character.
        report: Called with the walks done and all of them.
    """
    from evaluators.experiments import _recurrent_models as recurrent
    from evaluators.experiments._decoders import DECODERS, walk

    cut = len(texts[0]) * 9 // 10
    models, curve = recurrent.train(
        [torch.from_numpy(text[:cut]) for text in texts],
        ALPHABET,
        seeds,
        hidden=HIDDEN,
        updates=updates,
        batch=BATCH,
        length=LENGTH,
        rate=RATE,
    )
    scores = ArmScores(f"{corpus}, characters {ALPHABET}, end {end:g}, updates {updates}")
    generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
    other = recurrent.draw_pieces(
        [torch.from_numpy(text[cut:]) for text in texts], 100, LENGTH, generators
    )
    with torch.no_grad():
        nats = recurrent.losses(models, other).tolist()
    for place, seed in enumerate(seeds):
        table = _table_of(texts[place][:cut])
        pair = other[place, :, :-1].flatten(), other[place, :, 1:].flatten()
        told = np.maximum(table[pair[0].numpy(), pair[1].numpy()], 1e-6)
        scores.add("nats", nats[place], len(told), arm="network", seed=seed)
        scores.add("nats", float(-np.log(told).mean()), len(told), arm="bigrams", seed=seed)
        for number, arm in enumerate(NETWORK_DECODERS):
            decoder = DECODERS[arm]
            if report:
                report(place * len(NETWORK_DECODERS) + number, len(seeds) * len(NETWORK_DECODERS))
            rng = np.random.default_rng([seed, number])
            written = network_texts(models.alone(place), decoder, network_walks, end, rng)
            _add_written(scores, written, end, arm=arm, seed=seed)
            plain = walk(decoder(table), network_walks, end, rng)
            _add_written(scores, plain, end, arm=f"bigrams, {arm}", seed=seed)
    scores.add_curve(curve, arm="network", seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


def _add_written(
    scores: ArmScores, texts: NDArray[np.int64], end: float, *, arm: str, seed: int
) -> None:
    from evaluators.experiments._decoders import (
        bigram_table,
        loops_walked_twice,
        repetition_mass,
        transitions,
    )

    table = bigram_table(transitions(texts, ALPHABET))
    mass = repetition_mass((1 - end) * table)
    scores.add("mass", mass, texts.shape[1], arm=arm, seed=seed)
    loops = loops_walked_twice(texts, ALPHABET)
    scores.add("counted", loops, texts.shape[1], arm=arm, seed=seed)


def network_texts(
    model: Any, decoder: Any, walks: int, end: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return texts of one recurrent network, as `_decoders.walk` does.

    Args:
        model: A `RecurrentModels` of one.
        decoder: Changes its probabilities.
        walks: Texts that begin with each character.
        end: Probability that a text ends after a character.
        rng: Draws them.
    """
    from evaluators.experiments._decoders import walk_by

    size = model.outputs.shape[2]
    states = model.start(size * walks)

    def step(live: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
        nonlocal states
        with torch.no_grad():
            states = model.step(torch.from_numpy(words)[None], states[:, torch.from_numpy(live)])
            rows = model.logits(states)[0].double().softmax(dim=1).numpy()
        sums = np.cumsum(decoder(rows), axis=1)
        sums[:, -1] = 1.0
        return np.asarray((sums <= rng.random(len(words))[:, None]).sum(axis=1))

    return walk_by(step, size, walks, end, rng)


def merging(
    texts: Sequence[NDArray[np.int64]],
    seeds: Sequence[int],
    corpus: str,
    end: float,
    merges: Sequence[int],
    report: Report | None = None,
) -> Result:
    """Return R of the bigrams of a text after each number of merged pairs.

    A text ends after a word of any length with the same probability. `mass` adds up over all first
    words, of which merging makes more and rarer ones; `mass_in_text` is the mean of what each word
    has of it, by how often the word occurs: loops walked twice from a random place of the text.
    """
    from evaluators.experiments._characters import merge_pairs, pair_counts
    from evaluators.experiments._decoders import bigram_table, repetition_masses

    by_count = {count: ArmScores(f"{corpus}, end {end:g}, merges {count}") for count in merges}
    ways = ("likely pairs", "frequent pairs", "random pairs")
    for done, ((text, seed), way) in enumerate(product(zip(texts, seeds, strict=True), ways)):
        if report:
            report(done, len(seeds) * len(ways))
        rng = np.random.default_rng([seed, 1])
        versions = merge_pairs(text, ALPHABET, merges, way.partition(" ")[0], rng)
        for count, version in zip(merges, versions, strict=True):
            size = int(version.max()) + 1
            masses = repetition_masses((1 - end) * bigram_table(pair_counts(version, size)))
            often = np.bincount(version, minlength=size) / len(version)
            add = partial(by_count[count].add, arm=way, seed=seed)
            add("mass", float(masses.sum()), size)
            add("mass_in_text", float(masses @ often), size)
    return Result(tuple(score for scores in by_count.values() for score in scores.scores))


def lazy_cycles(end: float) -> Result:
    """Return R of every decoder of a table on which greedy decoding does not repeat most.

    Each word repeats itself with probability 0.49 and else goes on to the next of a cycle of all
    words. Greedy decoding always goes on, so that a loop takes the whole cycle. In `eager cycle`, a
    control, the probabilities are the other way round: greedy decoding stays where it is.
    """
    from evaluators.experiments._decoders import DECODERS, repetition_mass

    found: list[Score] = []
    stays, goes_on = np.eye(CYCLE), np.roll(np.eye(CYCLE), 1, axis=1)
    for name, stay in (("lazy cycle", LAZY), ("eager cycle", 1 - LAZY)):
        scores = ArmScores(f"{name}, tokens {CYCLE}, end {end:g}")
        table = stay * stays + (1 - stay) * goes_on
        for arm, decoder in DECODERS.items():
            mass = repetition_mass((1 - end) * decoder(table))
            scores.add("mass", mass, CYCLE, arm=arm, seed=0)
        found += scores.scores
    return Result(tuple(found))


def returns(seeds: Sequence[int]) -> Result:
    """Return how far two formulas are from the probability of being back after k and 2k steps.

    It is added up over first words, and exact, by all paths of 2k steps. The formulas are the
    printed Tr P^2k and Tr (P^k ∘ P^k). `swap` is a table whose two words always follow each other.
    """
    from evaluators.experiments._decoders import normalised

    found: list[Score] = []
    for length in (1, 2, 3):
        random, swap = (
            ArmScores(f"{name}, tokens {tokens}, loop {length}")
            for name, tokens in (("random tables", PATHS), ("swap", 2))
        )
        for scores, seed in [(random, seed) for seed in seeds] + [(swap, 0)]:
            rng = np.random.default_rng(seed)
            table = np.array([[0.0, 1.0], [1.0, 0.0]])
            if scores is random:
                table = normalised(rng.uniform(0.1, 1.0, (PATHS, PATHS)))
            exact = back_twice(table, length)
            power = np.linalg.matrix_power(table, length)
            arms = {
                "printed": float(np.trace(power @ power)),
                "corrected": float(np.trace(power * power)),
            }
            for arm, value in arms.items():
                scores.add("error", abs(value - exact), len(table), arm=arm, seed=seed)
        found += random.scores + swap.scores
    return Result(tuple(found))


def back_twice(table: Floats, length: int) -> float:
    """Return the probability of being back after `length` steps and after twice as many.

    By all paths, added up over first words; a table of n words has n^(2k + 1) of them.
    """
    total = 0.0
    for path in product(range(len(table)), repeat=2 * length):
        first = path[0]
        if path[length] == first:
            steps = zip(path, (*path[1:], first), strict=True)
            total += float(np.prod([table[i, j] for i, j in steps]))
    return total
