"""Text as streams of tokens."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.errors import DatasetError
from evaluators.language_models.text import (
    Stream,
    byte_stream,
    made_up_stream,
    markov_chain,
    piece_stream,
    table_loss,
)

LINES = [f"line {number} says é" for number in range(200)]


def test_every_document_is_in_one_part_and_all_parts_have_some_of_everything() -> None:
    stream = byte_stream(LINES)
    whole = sum(len(part) for part in stream[:3])
    assert whole == sum(len(f"{line}\n".encode()) for line in LINES)
    assert len(stream.validation) > 0.04 * whole
    assert len(stream.test) > 0.04 * whole


def test_a_byte_that_training_has_not_is_the_unknown_one() -> None:
    lines = ["a"] * 10 + ["b"] + ["a"] * 89  # with 100 lines each is a block: 5 is validation's
    lines[5], lines[10] = "c", "a"
    stream = byte_stream(lines)
    assert stream.vocabulary == 3, "a, new line, unknown"
    assert 2 in stream.validation
    assert 2 not in stream.train


def test_pieces_are_fewer_than_bytes() -> None:
    pieces, bytes_ = piece_stream(LINES, 300), byte_stream(LINES)
    assert len(pieces.train) < 0.7 * len(bytes_.train)
    assert max(part.max() for part in pieces[:3]) < pieces.vocabulary <= 300


def test_a_vocabulary_without_room_for_bytes_is_an_error() -> None:
    with pytest.raises(DatasetError, match="above 256"):
        piece_stream(LINES, 100)


def test_too_short_a_text_is_an_error() -> None:
    with pytest.raises(DatasetError, match="at least 20 documents"):
        byte_stream(LINES[:2])


def test_a_made_up_text_follows_its_chain_where_it_repeats_nothing() -> None:
    stream = made_up_stream(3, tokens=100_000, vocabulary=5, concentration=1.0)
    chain = markov_chain(3, 5, 1.0)
    counts = np.zeros((5, 5))
    np.add.at(counts, (stream.train[:-1], stream.train[1:]), 1)
    found = counts / counts.sum(axis=1, keepdims=True)
    assert np.abs(found - chain).max() < 0.05, "repeats are of the chain's own text"


def test_about_a_third_of_a_made_up_text_is_repeated() -> None:
    tokens = made_up_stream(4, tokens=50_000, vocabulary=50, concentration=10.0).train
    copied = np.zeros(len(tokens), dtype=bool)
    for back in range(8, 25):  # by chance 8 tokens of 50 do not agree
        equal = np.concatenate([np.zeros(back, bool), tokens[back:] == tokens[:-back]])
        ends = np.convolve(equal, np.ones(8))[: len(equal)] >= 7.5
        for before in range(8):
            copied[: len(copied) - before] |= ends[before:]
    assert 0.3 < copied.mean() < 0.37


def test_the_table_of_pairs_agrees_with_a_count_by_hand() -> None:
    train, test = np.array([0, 1, 0, 1, 1]), np.array([0, 1, 1])
    # after 0: twice 1; after 1: once 0, once 1; one added to each
    by_hand = -(np.log(3 / 4) + np.log(2 / 4)) / 2
    assert table_loss(Stream(train, test, test, 2)) == pytest.approx(by_hand)
