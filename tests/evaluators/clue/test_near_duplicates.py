"""Training examples that nearly repeat a scored example."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.clue.near_duplicates import (
    SIMILARITY,
    near_duplicates,
    without_near_duplicates,
)
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Example,
    LabelledDataset,
    SpanExample,
    TextExample,
)

HEADLINE = "离了婚的女人就这么不堪吗？采访了十个未婚男士，听听他们的看法"


def dataset(name: str, *examples: Example) -> LabelledDataset:
    task, _, split = name.partition("/")
    return LabelledDataset(task, split, "classification", ("a", "b"), examples)


def title(text: str, pair: str | None = None) -> TextExample:
    return TextExample("1", text, pair, 0)


def similarity(train: Example, scored: Example) -> float | None:
    """Return the similarity of two examples, None where they are not near duplicates."""
    pairs = near_duplicates(dataset("tnews/train", train), dataset("tnews/validation", scored))
    return pairs[0].similarity if pairs else None


def test_a_headline_with_a_word_changed_is_one() -> None:
    changed = HEADLINE.replace("就这么不堪吗", "不堪吗")
    # 28 letters and 25, so 26 trigrams and 23: 21 are in both, 5 only in one, 2 in the other.
    assert similarity(title(HEADLINE), title(changed)) == 21 / 28
    assert similarity(title(HEADLINE), title(HEADLINE[:20])) is None


def test_marks_width_case_and_spaces_do_not_count() -> None:
    assert similarity(title("5G时代，来了吗？"), title("５g 时代来了吗")) == 1
    assert similarity(title("？"), title("！")) is None


def test_the_texts_of_a_pair_count_in_either_order_and_each() -> None:
    other = "国际油价创近三年半新高"
    assert similarity(title(HEADLINE, other), title(other, HEADLINE)) == 1
    assert similarity(title(HEADLINE, other), title(HEADLINE, "上联怎么对")) is None
    assert similarity(title(HEADLINE, other), title(HEADLINE)) is None


def test_another_question_about_one_context_is_not_one() -> None:
    context = HEADLINE * 5
    first, second = (
        SpanExample("1", context, each, ("十个",)) for each in ("采访了几人", "谁离婚")
    )
    assert similarity(first, second) is None
    assert similarity(first, first) == 1


def test_the_order_of_choices_does_not_count() -> None:
    choices = ("采访了十个人", "没有采访任何人", "不知道")
    first = ChoiceExample("1", HEADLINE, "怎么样", choices, 0)
    assert similarity(first, ChoiceExample("2", HEADLINE, "怎么样", choices[::-1], 2)) == 1
    assert similarity(first, ChoiceExample("2", HEADLINE, "怎么样", ("是", "不是"), 0)) is None


def test_the_most_similar_scored_example_is_named() -> None:
    scored = dataset("tnews/validation", title(HEADLINE + "一"), title("别的"), title(HEADLINE))
    (pair,) = near_duplicates(dataset("tnews/train", title("无关"), title(HEADLINE)), scored)
    assert pair == (1, 2, 1.0)


def test_hardly_any_pair_is_missed() -> None:
    rng = np.random.default_rng(0)
    letters = [chr(code) for code in rng.integers(0x4E00, 0x9FA5, 3000)]
    texts = ["".join(rng.choice(letters, rng.integers(12, 60))) for _ in range(600)]
    changed = [_changed(text, rng, letters) for text in texts]
    every = sum(
        len(a & b) / len(a | b) >= SIMILARITY
        for a, b in ((_grams(x), _grams(y)) for x, y in zip(texts, changed, strict=True))
    )
    train = dataset("tnews/train", *map(title, changed))
    found = near_duplicates(train, dataset("tnews/validation", *map(title, texts)))
    assert 200 < every < 600
    assert all(pair.train == pair.scored for pair in found)
    assert len(found) >= 0.995 * every


def _grams(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}


def _changed(text: str, rng: np.random.Generator, letters: list[str]) -> str:
    for place in rng.integers(0, len(text), rng.integers(1, 3)):
        text = text[:place] + rng.choice(letters) + text[place + 1 :]
    return text


def test_dropped_examples_are_counted() -> None:
    train = dataset("tnews/train", title(HEADLINE + "一"), title("无关"))
    left = without_near_duplicates(train, dataset("tnews/validation", title(HEADLINE)))
    assert left.examples == train.examples[1:]
    assert left.dropped == (("nearly in tnews/validation", 1),)
    with pytest.raises(DatasetError, match="nothing is left to train on"):
        without_near_duplicates(left, dataset("tnews/validation", title("无关。")))
