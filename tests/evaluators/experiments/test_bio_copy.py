"""Copying spans with tags and a mask."""

from __future__ import annotations

import numpy as np
import torch

from evaluators.experiments import _span_copying as copying
from evaluators.experiments.bio_copy import (
    MASKED,
    PLAIN,
    TAGS,
    BioCopy,
    BioCopyRequest,
    Recipe,
    compare,
    in_source,
    measured,
    on_random_scores,
    spans_of,
)


def examples(*, copied: bool = True) -> copying.Examples:
    return copying.Copying([3], 4, copied=copied).tested(20)[0]


def test_spans_of_a_target_stand_between_the_brackets_of_its_source() -> None:
    drawn = examples()
    for source, target, tags in zip(drawn.sources, drawn.targets, drawn.tags, strict=True):
        opens, closes = (np.flatnonzero(source == each) for each in (copying.OPEN, copying.CLOSE))
        expected = [source[a + 1 : b].tolist() for a, b in zip(opens, closes, strict=True)]
        assert spans_of(tags != copying.OUTSIDE, target) == expected
        assert spans_of(target < copying.WORDS, target) == expected
        assert (tags == copying.BEGIN).sum() == 2


def test_in_the_control_world_nothing_of_a_span_stands_in_the_source() -> None:
    drawn = examples(copied=False)
    assert not drawn.tags.any()
    for source, target in zip(drawn.sources, drawn.targets, strict=True):
        spans = spans_of(target < 2 * copying.WORDS, target)
        assert len(spans) == 2
        assert not set(source.tolist()) & {word for span in spans for word in span}


def test_a_right_answer_has_all_points_and_a_wrong_word_costs_its_span() -> None:
    drawn = examples()
    right = {metric: value for metric, value, _ in measured(drawn, drawn.targets, drawn.tags)}
    assert set(right.values()) == {1.0}
    wrong = drawn.targets.copy()
    wrong[:, 1] = copying.WORDS  # a word that no source has begins the first span
    found = {metric: value for metric, value, _ in measured(drawn, wrong, drawn.tags)}
    assert found["spans"] == 0.5
    assert found["ngrams_2"] < 1
    assert found["tagged_2"] == found["ngrams_2"]


def test_ngrams_are_counted_within_runs() -> None:
    assert in_source([[1, 2, 3, 4]], [[[1, 2], [3, 9]]], 2) == (0.5, 2)
    assert in_source([[1, 2, 3, 4]], [[[1, 2], [3]]], 3) is None


def test_runs_end_where_another_begins() -> None:
    tokens = np.array([5, 6, 7, 8])
    inside = np.array([True, True, True, False])
    assert spans_of(inside, tokens) == [[5, 6, 7]]
    begins = np.array([True, False, True, False])
    assert spans_of(inside, tokens, begins) == [[5, 6], [7]]


def test_the_mask_allows_what_begins_and_what_goes_on() -> None:
    span = copying.Span(np.array([1, 2, 1, 3, copying.WRITE]))

    def allowed(tag: int) -> tuple[int, set[int]]:
        scores = np.zeros(copying.VOCABULARY, dtype=np.float32)
        followed = span.restrict(scores, tag)
        return followed, set(np.flatnonzero(np.isfinite(scores)).tolist())

    assert allowed(copying.INSIDE) == (copying.BEGIN, {1, 2, 3}), "nothing to go on with"
    span.add(1, copying.BEGIN)
    assert allowed(copying.INSIDE) == (copying.INSIDE, {2, 3}), "both places of 1"
    span.add(2, copying.INSIDE)
    assert allowed(copying.INSIDE) == (copying.INSIDE, {1})
    assert len(allowed(copying.OUTSIDE)[1]) == copying.VOCABULARY
    span.add(0, copying.OUTSIDE)
    assert allowed(copying.INSIDE)[0] == copying.BEGIN


def test_random_scores_copy_under_the_mask_alone() -> None:
    shares: dict[str, list[float]] = {}
    for score in on_random_scores([1, 2]).scores:
        if score.metric.startswith("tagged"):
            shares.setdefault(score.variant["arm"], []).append(score.value)
    assert set(shares[MASKED]) == {1.0}
    assert max(shares[TAGS]) < 0.5


def test_a_network_that_tags_differs_and_writes_alike_when_told() -> None:
    result = compare("copied", [1, 2], Recipe(4, 4, 3e-3, 16, 1), lambda *_: None)
    arms = {score.variant["arm"] for score in result.scores}
    assert arms == {PLAIN, TAGS, MASKED}
    for arm in (TAGS, MASKED):
        found = [
            score.value
            for score in result.scores
            if score.variant["arm"] == arm and score.metric == "token_accuracy"
        ]
        assert len(found) == 2


def test_gradients_of_arms_do_not_mix() -> None:
    task = copying.Copying([1], 2, copied=True)
    batch = task.draw(0)
    model = copying.Tagger([1, 1], copying.shape_of(16, 1))
    both = batch.of(torch.tensor([0, 0]))
    plain, tagged = copying.loss_of((False, True))(model, both)
    assert tagged > plain, "the loss of the tags comes on top"
    (slope,) = torch.autograd.grad(plain + tagged, model.tags.weight)
    assert not slope[0].any()
    assert slope[1].any()


def test_there_is_one_job_for_each_world_and_one_for_random_scores() -> None:
    evaluator = BioCopy()
    jobs = evaluator.jobs(BioCopyRequest(), "", lambda ref: "")
    levels = [evaluator.level(job.parameters) for job in jobs]
    assert levels == ["identity", "made-up", "made-up"]
