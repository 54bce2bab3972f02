"""Networks that know nothing: the tree decides what is legal, the beam what is best."""

from __future__ import annotations

import pytest
import torch

from evaluators.constrained_decoding.beam_search import Ahead, answer, padded
from evaluators.constrained_decoding.copying_seq2seq import END, FLOOR, CopyingSeq2Seq
from evaluators.constrained_decoding.prefix_tree import PrefixTree

KEYS = [
    (*name, END, *relation, END, *meaning, END)
    for name in ((5, 6), (5, 7), (8,))
    for relation in ((2,), (3, 4))
    for meaning in ((), (9,))
]
QUESTIONS = [[(5, 6, 3), (8, 2), (4, 4, 4, 9), (7,)]] * 2


@pytest.fixture
def network() -> CopyingSeq2Seq:
    return CopyingSeq2Seq([1, 2], size=10, width=8, written=[2, 3, 4, 9])


def log_p(network: CopyingSeq2Seq, question: int, key: tuple[int, ...]) -> list[float]:
    """Return log p of a key, of each network."""
    with torch.no_grad():
        encoded = network.encode(padded(QUESTIONS)[:, question : question + 1])
        logs = network.log_probabilities(encoded, torch.tensor([[key], [key]]))
    return logs.sum((1, 2)).tolist()


def test_answers_inside_a_tree_are_keys_and_free_ones_are_not(network: CopyingSeq2Seq) -> None:
    trees = [PrefixTree(KEYS), PrefixTree(KEYS[:5])]
    inside = answer(network, QUESTIONS, beams=2, longest=9, trees=trees)
    free = answer(network, QUESTIONS, beams=2, longest=9)
    for found, tree in zip(inside, trees, strict=True):
        assert all(key in tree for key in found.keys)
    assert any(key not in KEYS for found in free for key in found.keys)


def test_steps_give_what_teacher_forcing_gives(network: CopyingSeq2Seq) -> None:
    encoded = network.encode(padded(QUESTIONS))
    states, last = encoded.start[:, :, None], torch.full((2, 4, 1), END)
    key = KEYS[3]
    logs = []
    for token in key:
        step, states = network.step(encoded, states, last)
        assert step.sum(-1).detach().numpy() == pytest.approx(1, abs=1e-5)
        logs.append(network.floored(step[..., 0, token]).log())
        last = torch.full_like(last, token)
    targets = torch.tensor(key).expand(2, 4, -1)
    forced = network.log_probabilities(encoded, targets)
    assert torch.allclose(torch.stack(logs, -1), forced, atol=1e-5)


def test_wide_beams_find_the_best_answer_of_all(network: CopyingSeq2Seq) -> None:
    # With one child everywhere but at the root, normalising anew changes nothing but the root.
    keys = [(2, END, END, END), (3, END, END, END), (4, END, END, END)]
    found = answer(network, QUESTIONS, beams=3, longest=9, trees=[PrefixTree(keys)] * 2)
    for question in range(4):
        first = [log_p(network, question, key[:1]) for key in keys]
        for own in range(2):
            best = max(range(3), key=lambda i: first[i][own])
            assert found[own].keys[question] == keys[best]


def test_answers_come_in_the_order_of_the_questions(network: CopyingSeq2Seq) -> None:
    names = [(5, 6), (5, 7), (8,)]
    trees = [PrefixTree([(*name, END, 2, END, END) for name in names])] * 2
    questions = [[(8, 5, 7, 9, 4, 3), (5, 6), (8,)] * 40] * 2  # more than are answered at once
    many = answer(network, questions, beams=1, longest=9, trees=trees)
    few = answer(network, [own[:3] for own in questions], beams=1, longest=9, trees=trees)
    for own, once in zip(many, few, strict=True):
        assert own.keys == once.keys * 40


def test_padding_does_not_matter(network: CopyingSeq2Seq) -> None:
    alone = answer(network, [each[:1] for each in QUESTIONS], beams=2, longest=9)
    among = answer(network, QUESTIONS, beams=2, longest=9)
    assert [each.keys[0] for each in alone] == [each.keys[0] for each in among]
    assert log_p(network, 0, KEYS[0]) != log_p(network, 1, KEYS[0])


def test_the_look_ahead_weighs_by_what_is_covered_beyond_the_prefix() -> None:
    tree = PrefixTree([(5, END, 2, 3, END, END), (5, END, 2, 4, END, END), (5, END, 6, END, END)])
    ahead = Ahead((5, 9, 2, 4), tree)
    assert ahead.weights((), (5,)) == [1]
    assert not ahead.weighed
    assert ahead.weights((5, END), (2, 6)) == [3, 1]  # 2 and 4 are in the question; of 6 nothing
    assert ahead.weights((5, END, 2), (3, 4)) == [2, 3]  # the end is covered as well
    assert ahead.weighed


def test_without_a_word_of_the_keys_the_look_ahead_changes_nothing(network: CopyingSeq2Seq) -> None:
    trees = [PrefixTree(KEYS)] * 2
    strange = [[(5, 6), (8,), (5, 7)]] * 2
    plain = answer(network, strange, beams=2, longest=9, trees=trees)
    ahead = answer(network, strange, beams=2, longest=9, trees=trees, ahead=True)
    assert [each.keys for each in plain] == [each.keys for each in ahead]
    assert all(weighed for each in ahead for weighed in each.weighed)


def test_what_is_neither_written_nor_copied_has_the_floor(network: CopyingSeq2Seq) -> None:
    with torch.no_grad():
        logs = network.log_probabilities(
            network.encode(torch.tensor([[[5, 6]], [[5, 6]]])), torch.tensor([[[8]], [[8]]])
        )
    assert logs.exp().flatten().tolist() == pytest.approx([FLOOR / 10] * 2, rel=1e-4)
