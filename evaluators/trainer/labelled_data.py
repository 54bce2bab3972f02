"""Labelled examples of the five families of tasks, and a split of them with its digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from evaluators.digest import sha256_json

Family = Literal["classification", "choice", "span", "entity", "triple"]
"""The kind of example that a task has."""


@dataclass(frozen=True)
class TextExample:
    """One text, or two, and a class.

    Attributes:
        id: Its identity in the split.
        text: The text; the first one of a pair.
        pair: The second text, or None.
        label: Position in the task's labels; None where it is hidden.
    """

    id: str
    text: str
    pair: str | None
    label: int | None


@dataclass(frozen=True)
class ChoiceExample:
    """A context, a question and the choices.

    Attributes:
        id: Its identity in the split.
        context: The text that is read.
        question: The question; empty where the context holds the gap.
        choices: Two or more.
        answer: Position in `choices`; None where it is hidden.
    """

    id: str
    context: str
    question: str
    choices: tuple[str, ...]
    answer: int | None


@dataclass(frozen=True)
class SpanExample:
    """A context and a question that a piece of the context answers.

    Attributes:
        id: Its identity in the split.
        context: The text that is read.
        question: The question.
        answers: Accepted answers as text; empty where they are hidden. No offsets: some of the
            published ones are wrong, so answers are found by text.
    """

    id: str
    context: str
    question: str
    answers: tuple[str, ...]


class Entity(NamedTuple):
    """A named piece of a text: `text[start:end]`.

    Attributes:
        type: One of the task's labels.
        start: Offset of its first character.
        end: Offset after its last character (the published offsets include it).
    """

    type: str
    start: int
    end: int


@dataclass(frozen=True)
class EntityExample:
    """A text and the entities in it.

    Attributes:
        id: Its identity in the split.
        text: The text that is read.
        entities: Sorted by start, end and type; None where they are hidden.
    """

    id: str
    text: str
    entities: tuple[Entity, ...] | None


class Triple(NamedTuple):
    """An edge of a knowledge graph.

    Attributes:
        subject: Name of the subject, with its meaning in （） where others have the name.
        relation: Name of the relation.
        object: The object as text, which may be a list of things.
    """

    subject: str
    relation: str
    object: str


@dataclass(frozen=True)
class TripleExample:
    """A question that one edge of a knowledge graph answers.

    Attributes:
        id: Its identity in the split.
        question: The question.
        triple: The edge; None where it is hidden.
    """

    id: str
    question: str
    triple: Triple | None


Example = TextExample | ChoiceExample | SpanExample | EntityExample | TripleExample


def content(example: Example) -> tuple[str, ...]:
    """Return the texts of an example, without its label."""
    match example:
        case TextExample():
            return (example.text,) if example.pair is None else (example.text, example.pair)
        case ChoiceExample():
            return (example.context, example.question, *example.choices)
        case SpanExample():
            return (example.context, example.question)
        case EntityExample():
            return (example.text,)
        case TripleExample():
            return (example.question,)


def has_label(example: Example) -> bool:
    """Return whether the right answer of an example is known."""
    match example:
        case TextExample():
            return example.label is not None
        case ChoiceExample():
            return example.answer is not None
        case SpanExample():
            return bool(example.answers)
        case EntityExample():
            return example.entities is not None
        case TripleExample():
            return example.triple is not None


def gold(example: Example) -> Any:
    """Return the right answer as `Predictions` holds it; None where it is hidden."""
    match example:
        case TextExample():
            return example.label
        case ChoiceExample():
            return example.answer
        case SpanExample():
            return example.answers or None
        case EntityExample():
            return example.entities
        case TripleExample():
            return example.triple


def without_label(example: Example) -> Example:
    """Return an example without its right answer."""
    match example:
        case TextExample():
            return replace(example, label=None)
        case ChoiceExample():
            return replace(example, answer=None)
        case SpanExample():
            return replace(example, answers=())
        case EntityExample():
            return replace(example, entities=None)
        case TripleExample():
            return replace(example, triple=None)


@dataclass(frozen=True)
class LabelledDataset:
    """Validated examples, to train on or to score.

    Attributes:
        task: Name of the task.
        split: Name of the split.
        family: Which kind of example it holds.
        labels: Classes or entity types, in the order that labels count in; empty for the others.
        examples: The rows that are used.
        dropped: Reasons for leaving rows out, each with its count: `("no consensus", 50)`.
        source: Where the rows were read from, for people; not part of the identity.
    """

    task: str
    split: str
    family: Family
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    dropped: tuple[tuple[str, int], ...] = ()
    source: str = ""

    def __len__(self) -> int:
        return len(self.examples)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over labels and examples in order, whatever the file format."""
        # Examples are flat; `asdict`, which copies what they hold, took four fifths of the time.
        return sha256_json([self.family, self.labels, [vars(each) for each in self.examples]])
