"""The baselines for questions about a graph: a constant edge, and a look-up by name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from evaluators.errors import TrainingError
from evaluators.trainer.labelled_data import Triple, TripleExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset

_MOST = 50
"""No name of a subject that is looked up is longer."""


def name_and_meaning(subject: str) -> tuple[str, str]:
    """Return a subject's name, and what stands in its last （）, by which others differ from it."""
    name, bracket, meaning = subject.partition("（")
    if not name or not bracket or not subject.endswith("）"):
        return subject, ""
    return name, meaning.removesuffix("）")


def constant(
    train: LabelledDataset, scored: LabelledDataset, graph: Sequence[Triple]
) -> list[Triple]:
    """Return for every question the first edge whose object answers most training questions.

    Raises:
        TrainingError: The graph is empty.
    """
    asked = cast("tuple[TripleExample, ...]", train.examples)
    counts = Counter(each.triple.object for each in asked if each.triple)
    if not graph:
        raise TrainingError(f"{scored.task} has no graph to answer from")
    return [max(graph, key=lambda edge: counts[edge.object])] * len(scored)


def look_up(
    train: LabelledDataset, scored: LabelledDataset, graph: Sequence[Triple]
) -> list[Triple]:
    """Return the best edge of the subject with the longest name in each question.

    Of a name's edges the best has relation and meaning most similar to what else the question says,
    by TF-IDF of 1 to 3 characters, whose weights are fitted on the training questions. A question
    without a known name gets the answer of `constant`.

    Raises:
        TrainingError: The graph is empty.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    by_name: Mapping[str, list[Triple]] = defaultdict(list)
    for edge in graph:
        by_name[name_and_meaning(edge.subject)[0]].append(edge)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    vectorizer.fit(
        [example.question for example in cast("tuple[TripleExample, ...]", train.examples)]
    )
    answers = constant(train, scored, graph)
    for place, example in enumerate(cast("tuple[TripleExample, ...]", scored.examples)):
        name = _longest_name(example.question, by_name)
        if not name:
            continue
        edges = by_name[name]
        rest = example.question.replace(name, " ", 1)
        texts = [f"{edge.relation} {name_and_meaning(edge.subject)[1]}" for edge in edges]
        rows = vectorizer.transform([rest, *texts])
        similar = (rows[1:] @ rows[0].T).toarray()[:, 0]
        answers[place] = edges[int(np.argmax(similar))]
    return answers


def _longest_name(question: str, names: Mapping[str, object]) -> str:
    """Return the longest name in a question, the first of several; empty where there is none."""
    for length in range(min(len(question), _MOST), 0, -1):
        for start in range(len(question) - length + 1):
            if question[start : start + length] in names:
                return question[start : start + length]
    return ""
