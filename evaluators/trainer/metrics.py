"""Metrics of predictions: classes, entities, spans and triples, with their counts.

A metric is a function of counts that add up over examples, so that one matrix product gives it on a
thousand resamples of the examples.

CMRC 2018's exact match and F1 of answers, to the letter of its evaluation script.
Its definition (Cui et al. 2019, arXiv:1810.07366, and cmrc2018_evaluate.py): both texts in lower
case without punctuation; Chinese characters are units, runs of anything else are split into English
sentences and words as NLTK splits them; F1 rests on the longest *contiguous* common run of units.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.constrained_decoding.common_subsequence import f1 as subsequence_f1
from evaluators.result import Score
from evaluators.trainer.english_words import english_words
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.predictions import Predictions, Repeat

Counts = NDArray[np.float64]


class Metric(NamedTuple):
    """A metric on examples.

    Attributes:
        name: `accuracy`, `macro_f1`, `em_f1` …
        counts: Counts of each example, shape (n, k).
        value: Function of summed counts, shape (..., k), that returns the metric, shape (...).
    """

    name: str
    counts: Counts
    value: Callable[[Counts], Counts]

    @property
    def total(self) -> float:
        """The metric on all examples."""
        return float(self.value(self.counts.sum(axis=0)))


def mean(sums: Counts) -> Counts:
    """Return the first sum divided by the last, which is the number of examples."""
    means: Counts = sums[..., 0] / sums[..., -1]
    return means


def f1(sums: Counts) -> Counts:
    """Return F1 of (hits, predicted, gold); 0 where nothing is predicted and nothing is gold."""
    return _over(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def precision(sums: Counts) -> Counts:
    """Return precision of (hits, predicted, gold); 0 where nothing is predicted."""
    return _over(sums[..., 0], sums[..., 1])


def recall(sums: Counts) -> Counts:
    """Return recall of (hits, predicted, gold); 0 where nothing is gold."""
    return _over(sums[..., 0], sums[..., 2])


def macro_f1(sums: Counts) -> Counts:
    """Return the mean of F1 over classes of (hits, predicted, gold) each.

    A class that is neither predicted nor gold is left out, as in scikit-learn.
    """
    by_class = sums.reshape(*sums.shape[:-1], -1, 3)
    seen = by_class.sum(axis=-1) > 0
    return _over(np.where(seen, f1(by_class), 0.0).sum(axis=-1), seen.sum(axis=-1))


def _over(numerators: Counts, denominators: Counts) -> Counts:
    return np.divide(
        numerators,
        denominators,
        out=np.zeros(np.shape(numerators)),
        where=np.asarray(denominators) > 0,
    )


def right(predictions: Predictions) -> np.ndarray:
    """Return which examples are right, bool, shape (n,)."""
    hits: np.ndarray = np.array(predictions.gold) == np.array(predictions.predicted)
    return hits


def class_counts(predictions: Predictions) -> np.ndarray:
    """Return (hit, predicted, gold) of each example and class, shape (n, classes, 3)."""
    n, classes = len(predictions), len(predictions.labels)
    gold, predicted = np.array(predictions.gold), np.array(predictions.predicted)
    counts = np.zeros((n, classes, 3))
    rows = np.arange(n)
    counts[rows, predicted, 1] = 1
    counts[rows, gold, 2] = 1
    counts[rows, gold, 0] = gold == predicted
    return counts


def accuracy(predictions: Predictions) -> Metric:
    """Return the share of examples that are right."""
    hits = right(predictions)
    return Metric("accuracy", np.stack([hits, np.ones(len(hits))], axis=1).astype(float), mean)


def macro(predictions: Predictions) -> Metric:
    """Return the mean over classes of F1."""
    counts = class_counts(predictions)
    return Metric("macro_f1", counts.reshape(len(counts), -1), macro_f1)


def positive_f1(predictions: Predictions, positive: str) -> Metric:
    """Return F1 of one class."""
    counts = class_counts(predictions)
    return Metric("f1", counts[:, predictions.labels.index(positive)], f1)


def type_counts(predictions: Predictions) -> np.ndarray:
    """Return (hits, predicted, gold) of each example and type, shape (n, types, 3).

    An entity that is named twice counts once: both sides are sets.
    """
    position = {label: index for index, label in enumerate(predictions.labels)}
    counts = np.zeros((len(predictions), len(position), 3))
    for row, (gold, predicted) in enumerate(
        zip(predictions.gold, predictions.predicted, strict=True)
    ):
        sets = set(gold) & set(predicted), set(predicted), set(gold)
        for column, entities in enumerate(sets):
            for entity in entities:
                counts[row, position[entity.type], column] += 1
    return counts


def surface_counts(predictions: Predictions) -> np.ndarray:
    """Return `type_counts` of texts instead of offsets, shape (n, types, 3).

    Entities of one type that read alike are one, wherever they stand.

    Raises:
        ValueError: The predictions do not say which entities read alike.
    """
    if predictions.repeats is None:
        raise ValueError("these predictions do not say which entities read alike")

    def first(entities: Iterable[Entity], repeats: Iterable[Repeat]) -> tuple[Entity, ...]:
        places = {(start, end): place for start, end, place in repeats}
        moved = []
        for entity in entities:
            place = places.get((entity.start, entity.end), entity.start)
            moved.append(Entity(entity.type, place, place + entity.end - entity.start))
        return tuple(moved)

    rows = list(zip(predictions.gold, predictions.predicted, predictions.repeats, strict=True))
    gold = tuple(first(entities, repeats) for entities, _, repeats in rows)
    predicted = tuple(first(entities, repeats) for _, entities, repeats in rows)
    return type_counts(replace(predictions, gold=gold, predicted=predicted))


def entity_metrics(predictions: Predictions) -> list[Metric]:
    """Return F1, precision and recall over all types, and the mean of F1 over types.

    The last one, `official_macro_f1`, is that of CLUENER's score.py (CLUEbenchmark/CLUENER2020):
    the mean over types of F1, where an entity is its type and text. That script stops at a type of
    which no entity is found, which counts 0 here. Where predictions do not say which entities read
    alike, it is left out.
    """
    by_type = type_counts(predictions)
    together = by_type.sum(axis=1)
    metrics = [
        Metric("entity_f1", together, f1),
        Metric("precision", together, precision),
        Metric("recall", together, recall),
        Metric("macro_f1", by_type.reshape(len(by_type), -1), macro_f1),
    ]
    if predictions.repeats is not None:
        surfaces = surface_counts(predictions)
        metrics.append(Metric("official_macro_f1", surfaces.reshape(len(surfaces), -1), macro_f1))
    return metrics


_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
"""The script's list, less its one entry of two characters (……), which never matches one."""

_CHINESE = re.compile("[\u4e00-\u9fa5]")


def bare(text: str) -> str:
    """Return a text in lower case and without punctuation, as exact match compares it."""
    return "".join(each for each in text.lower().strip() if each not in _PUNCTUATION)


def units(text: str) -> list[str]:
    """Split a text into the units that F1 counts."""
    parts: list[str] = []
    run = ""
    for character in text.lower().strip():
        if character in _PUNCTUATION:
            continue
        if _CHINESE.match(character):
            parts += english_words(run)
            parts.append(character)
            run = ""
        else:
            run += character
    return parts + english_words(run)


def longest_run(first: list[str], second: list[str]) -> int:
    """Return the length of the longest contiguous run that two lists share."""
    best, row = 0, [0] * (len(second) + 1)
    for unit in first:
        previous = row
        row = [0] * (len(second) + 1)
        for index, other in enumerate(second, start=1):
            if unit == other:
                row[index] = previous[index - 1] + 1
                best = max(best, row[index])
    return best


def f1_of(answers: tuple[str, ...], predicted: str) -> float:
    """Return the best F1 of an answer against the accepted ones."""
    predicted_units = units(predicted)
    best = 0.0
    for answer in answers:
        answer_units = units(answer)
        run = longest_run(answer_units, predicted_units)
        if run:
            precision, recall = run / len(predicted_units), run / len(answer_units)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def exact(answers: tuple[str, ...], predicted: str) -> bool:
    """Return whether an accepted answer equals a text but for case and punctuation."""
    return bare(predicted) in {bare(answer) for answer in answers}


def span_metrics(predictions: Predictions) -> list[Metric]:
    """Return the mean of exact match and F1, by which CMRC ranks, and the two themselves."""
    pairs = list(zip(predictions.gold, predictions.predicted, strict=True))
    em = np.array([exact(tuple(gold), predicted) for gold, predicted in pairs], dtype=float)
    f1 = np.array([f1_of(tuple(gold), predicted) for gold, predicted in pairs])
    ones = np.ones(len(pairs))
    return [
        Metric(name, np.stack([values, ones], axis=1), mean)
        for name, values in (("em_f1", (em + f1) / 2), ("em", em), ("f1", f1))
    ]


def normalised(text: str) -> str:
    """Return a text in lower case with single spaces, as KgCLUE compares texts."""
    return " ".join(text.lower().split())


def triple_metrics(predictions: Predictions) -> list[Metric]:
    """Return KgCLUE's metrics, by which it ranks first: `em_f1`, the mean of the next two.

    `em` and `f1` are of objects, those that end in `_subject`, `_relation` and `_triple` of the
    parts and of the whole; F1 rests on the longest common subsequence of characters. Source:
    evaluate_f1_em.py of CLUEbenchmark/KgCLUE.
    """
    pairs = [
        [tuple(map(normalised, triple)) for triple in pair]
        for pair in zip(predictions.gold, predictions.predicted, strict=True)
    ]
    ones = np.ones(len(pairs))

    def of(name: str, values: Iterable[float]) -> Metric:
        return Metric(name, np.stack([np.array([*values], dtype=float), ones], axis=1), mean)

    em = [gold[2] == predicted[2] for gold, predicted in pairs]
    f1 = [subsequence_f1(gold[2], predicted[2]) for gold, predicted in pairs]
    found = [
        of("em_f1", ((one + other) / 2 for one, other in zip(em, f1, strict=True))),
        of("em", em),
        of("f1", f1),
    ]
    for part, name in enumerate(("subject", "relation")):
        found += [
            of(f"em_{name}", (gold[part] == predicted[part] for gold, predicted in pairs)),
            of(f"f1_{name}", (subsequence_f1(gold[part], said[part]) for gold, said in pairs)),
        ]
    whole = (subsequence_f1("".join(gold), "".join(said)) for gold, said in pairs)
    found += [
        of("em_triple", (gold == predicted for gold, predicted in pairs)),
        of("f1_triple", whole),
    ]
    return found


def details(predictions: Predictions) -> Iterator[Score]:
    """Yield precision, recall and F1 of each class or type, and the counts of confusions.

    Confusions are scores `confusion` with the variant's `gold` and `predicted`; pairs that do not
    occur are left out. Choices, spans and triples have no details.
    """
    if predictions.family == "entity":
        yield from _by_class(predictions, type_counts(predictions))
    elif predictions.family == "classification":
        yield from _by_class(predictions, class_counts(predictions))
        yield from _confusions(predictions)


def _by_class(predictions: Predictions, counts: np.ndarray) -> Iterator[Score]:
    sums = counts.sum(axis=0)
    for index, label in enumerate(predictions.labels):
        _, predicted, gold = sums[index]
        if not predicted + gold:
            continue
        for name, value in (("precision", precision), ("recall", recall), ("f1", f1)):
            yield Score(f"class_{name}", float(value(sums[index])), int(gold), {"class": label})


def _confusions(predictions: Predictions) -> Iterator[Score]:
    counted = Counter(zip(predictions.gold, predictions.predicted, strict=True))
    for (gold, predicted), count in sorted(counted.items()):
        variant = {"gold": predictions.labels[gold], "predicted": predictions.labels[predicted]}
        yield Score("confusion", float(count), len(predictions), variant)
