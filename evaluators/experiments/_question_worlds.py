"""Questions about a graph of (subject, relation, object), made up or of KgCLUE.

A key is subject END relation END meaning END, where the meaning tells subjects of one name apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from evaluators.constrained_decoding.copying_seq2seq import END, FIRST
from evaluators.constrained_decoding.prefix_tree import Key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluators.trainer.labelled_data import Triple, TripleExample

ENTITIES, RELATIONS, TRAINED_ENTITIES, TRAINED_RELATIONS = 300, 40, 200, 30
"""Of the made-up world; of subjects and relations so many occur in training questions."""

HELD = 12
"""Relations of a made-up subject."""

SYNONYMS, OBJECTS = 2, 500
SYNONYM = 0.5
"""Share of made-up questions that name the relation by a synonym."""

SAME_NAME = 0.1
"""Share of made-up subjects that have the name of another, and a meaning."""

_LETTERS = {"subject": 60, "relation": 40, "synonym": 60, "template": 20, "meaning": 20}
"""Number of characters of each kind; no two kinds share one."""


class Question(NamedTuple):
    """A question and its answer.

    Attributes:
        tokens: The question.
        key: What is asked for.
        answer: The object.
    """

    tokens: Key
    key: Key
    answer: str

    @property
    def named(self) -> bool:
        """Whether it shares a token with the relation or the meaning of its key."""
        after = {*self.key[self.key.index(END) :]} - {END}
        return not after.isdisjoint(self.tokens)


class World(NamedTuple):
    """A graph and questions about it.

    Attributes:
        size: Number of tokens.
        graph: The object by key.
        train: Questions to train on.
        tested: Questions to score.
    """

    size: int
    graph: Mapping[Key, str]
    train: Sequence[Question]
    tested: Sequence[Question]

    @property
    def written(self) -> list[int]:
        """Tokens of relations and meanings in training; subjects can be copied."""
        ends = [each.key.index(END) for each in self.train]
        return sorted(
            {t for each, end in zip(self.train, ends, strict=True) for t in each.key[end:]}
        )


def made_up(seed: int, train: int, tested: int, unseen: float) -> World:
    """Return a world of 300 subjects and 40 relations, each with 2 synonyms.

    Half of the questions name a relation by its own name, the others by a synonym. No scored
    question is about a subject of the training questions, as in KgCLUE.

    Args:
        seed: Of everything that is drawn.
        train: Number of training questions.
        tested: Number of scored questions.
        unseen: Share of scored questions about relations that no training question asks for.
    """
    rng = np.random.default_rng(seed)
    ends = np.cumsum([FIRST, *_LETTERS.values()])
    letters = dict(zip(_LETTERS, map(range, ends[:-1], ends[1:]), strict=True))

    def words(kind: str, count: int, shortest: int, longest: int) -> list[Key]:
        found: dict[Key, None] = {}
        while len(found) < count:
            length = int(rng.integers(shortest, longest + 1))
            found[tuple(rng.choice(letters[kind], length).tolist())] = None
        return list(found)

    again = round(SAME_NAME * ENTITIES)
    names = words("subject", ENTITIES - again, 2, 4)
    meanings: list[Key] = [()] * len(names) + words("meaning", again, 2, 3)
    names += [names[i] for i in rng.choice(len(names), again, replace=False)]
    order = rng.permutation(ENTITIES)
    subjects = [(names[i], meanings[i]) for i in order]
    relations = words("relation", RELATIONS, 2, 3)
    synonyms = words("synonym", RELATIONS * SYNONYMS, 2, 3)
    templates = [(w[:2], w[2:4], w[4:]) for w in words("template", 12, 5, 6)]
    objects = ["".join(map(chr, row)) for row in rng.integers(97, 123, (OBJECTS, 4)).tolist()]
    held = [rng.choice(RELATIONS, HELD, replace=False) for _ in subjects]
    graph = {
        key_of(name, relations[r], meaning): objects[int(rng.integers(OBJECTS))]
        for (name, meaning), own in zip(subjects, held, strict=True)
        for r in own
    }

    def ask(count: int, entities: range, share: float) -> list[Question]:
        found: list[Question] = []
        while len(found) < count:
            subject = int(rng.choice(entities))
            old = held[subject] < TRAINED_RELATIONS
            wanted = held[subject][~old if rng.random() < share else old]
            if not len(wanted):
                continue
            relation = int(rng.choice(wanted))
            name, meaning = subjects[subject]
            phrase = relations[relation]
            if rng.random() < SYNONYM:
                phrase = synonyms[relation * SYNONYMS + int(rng.integers(SYNONYMS))]
            begin, middle, end = templates[int(rng.integers(len(templates)))]
            key = key_of(name, relations[relation], meaning)
            found.append(Question((*begin, *name, *middle, *phrase, *end), key, graph[key]))
        return found

    return World(
        size=int(ends[-1]),
        graph=graph,
        train=ask(train, range(TRAINED_ENTITIES), 0.0),
        tested=ask(tested, range(TRAINED_ENTITIES, ENTITIES), unseen),
    )


def key_of(name: Iterable[int], relation: Iterable[int], meaning: Iterable[int]) -> Key:
    """Return the key of a subject's name and meaning, and a relation."""
    return (*name, END, *relation, END, *meaning, END)


def shuffled(graph: Mapping[Key, str], seed: int) -> dict[Key, str]:
    """Return a graph whose objects are permuted among its keys."""
    objects = np.random.default_rng(seed + 4_000_003).permutation(list(graph.values()))
    return dict(zip(graph, objects.tolist(), strict=True))


def of_kgclue(
    train: Sequence[TripleExample],
    scored: Sequence[TripleExample],
    edges: Sequence[Triple],
    *,
    seed: int,
    counts: tuple[int, int],
    added: int,
    alphabet: Alphabet | None = None,
) -> World:
    """Return real questions and the graph of their edges.

    Args:
        train: Training questions.
        scored: Other questions.
        edges: The graph; the edges of all questions are in it.
        seed: Draws which questions are used, and which edges are added.
        counts: How many questions are trained on and scored, at most.
        added: Edges that each subject gets besides its own, each with the relation and the object
            of another subject's.
        alphabet: Makes tokens of texts; None takes every character as a token.
    """
    rng = np.random.default_rng(seed)
    if alphabet is None:
        texts = [example.question for example in (*train, *scored)]
        alphabet = Letters((*texts, *map("".join, edges)))
    # The same questions whatever is added: orders first.
    orders = rng.permutation(len(train)), rng.permutation(len(scored))
    graph = graph_of(edges, alphabet, rng, added)
    # Not by the graph's keys: an alphabet may have one token for all characters it does not know.
    objects = {(edge.subject, edge.relation): edge.object for edge in reversed(edges)}

    def questions(
        examples: Sequence[TripleExample], order: NDArray[np.int64], count: int
    ) -> list[Question]:
        found = []
        for place in order[:count].tolist():
            edge = examples[place].triple
            if edge is not None:
                key = key_of_edge(edge.subject, edge.relation, alphabet)
                tokens = alphabet.tokens(examples[place].question)
                answer = objects[edge.subject, edge.relation]
                found.append(Question(tokens, key, answer))
        return found

    return World(
        size=alphabet.size,
        graph=graph,
        train=questions(train, orders[0], counts[0]),
        tested=questions(scored, orders[1], counts[1]),
    )


class Alphabet(Protocol):
    """What makes tokens of texts."""

    @property
    def size(self) -> int:
        """Number of tokens."""

    def tokens(self, text: str) -> Key:
        """Return the tokens of a text, from `FIRST` on."""


class Letters:
    """Tokens of characters.

    Args:
        texts: Every text.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        known = sorted({letter for text in texts for letter in text})
        self._number = {letter: place for place, letter in enumerate(known, start=FIRST)}
        self.size = FIRST + len(known)

    def tokens(self, text: str) -> Key:
        """Return the tokens of a text."""
        return tuple(self._number[letter] for letter in text)


def key_of_edge(subject: str, relation: str, alphabet: Alphabet) -> Key:
    """Return the key of a subject, whose meaning is in its brackets, and a relation."""
    from evaluators.clue.baselines.triple import name_and_meaning

    name, meaning = name_and_meaning(subject)
    return key_of(alphabet.tokens(name), alphabet.tokens(relation), alphabet.tokens(meaning))


def graph_of(
    edges: Sequence[Triple], alphabet: Alphabet, rng: np.random.Generator, added: int
) -> dict[Key, str]:
    """Return the object by key of a real graph.

    Args:
        edges: The graph; of several objects of a key the first counts, as published.
        alphabet: Makes tokens of its texts.
        rng: Draws what is added.
        added: Edges that each subject gets besides its own, each with the relation and the object
            of another subject's.
    """
    graph: dict[Key, str] = {}
    for edge in edges:
        graph.setdefault(key_of_edge(edge.subject, edge.relation, alphabet), edge.object)
    subjects = list(dict.fromkeys(edge.subject for edge in edges))
    drawn = rng.integers(len(edges), size=(len(subjects), added)).tolist()
    for subject, others in zip(subjects, drawn, strict=True):
        for other in others:
            key = key_of_edge(subject, edges[other].relation, alphabet)
            graph.setdefault(key, edges[other].object)
    return graph
