"""Mixers of tokens: what they compute, what they depend on, and what they learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.errors import ScoreError
from evaluators.experiments import _sequence_tasks as sequences
from evaluators.experiments import _token_mixers as mixers
from evaluators.experiments.token_mixers import DOUBLY, compare, derivatives
from evaluators.language_models.networks import Draw


def states(length: int = 8, width: int = 8) -> torch.Tensor:
    return torch.randn(1, 2, length, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("length", [32, 64])
def test_blocks_have_equally_many_parameters(length: int) -> None:
    counts = {
        name: sum(map(mixers.count, mixers.block(name, Draw([0, 1]), 32, length)))
        for name in mixers.MIXERS
    }
    assert max(counts.values()) / min(counts.values()) < 1.02, counts


def test_a_mixer_that_is_too_large_is_refused() -> None:
    with pytest.raises(ScoreError, match="width must be larger for mixer and 64 tokens"):
        mixers.block("mixer", Draw([0]), 16, 64)


def test_outputs_depend_on_other_positions_except_of_external_attention() -> None:
    found = {(s.variant["arm"], s.metric): s.value for s in derivatives([0]).scores}
    assert found["external", "elsewhere"] == 0
    for arm in ("attention", "fnet", "mixer", "amlp", DOUBLY):
        assert found[arm, "elsewhere"] > 1e-3, arm
    assert found["gmlp", "elsewhere"] > 0, "its gate begins near 1"
    for arm in (*mixers.MIXERS, DOUBLY):
        assert found[arm, "own"] > 0.05, arm


def test_fourier_mixing_is_that_of_numpy() -> None:
    given = states()
    found = mixers.Fourier()(given)
    expected = np.fft.fft2(given.numpy(), norm="ortho").real
    assert found.numpy() == pytest.approx(expected, abs=1e-5)


def test_attention_is_that_of_torch() -> None:
    ours = mixers.Attention(Draw([0]), 8)
    theirs = torch.nn.MultiheadAttention(8, mixers.HEADS, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.inner.weight[0].T)
        theirs.in_proj_bias.copy_(ours.inner.bias[0, 0])
        theirs.out_proj.weight.copy_(ours.outer.weight[0].T)
        theirs.out_proj.bias.copy_(ours.outer.bias[0, 0])
        expected, _ = theirs(*[states()[0]] * 3)
        assert torch.allclose(ours(states())[0], expected, atol=1e-5)


def test_networks_of_two_seeds_are_those_of_each() -> None:
    for name in mixers.MIXERS:
        both, alone = (mixers.mixing(name, Draw(seeds), 8, 8) for seeds in ([3, 4], [4]))
        found = both(states().expand(2, -1, -1, -1))[1]
        assert torch.allclose(found, alone(states())[0], atol=1e-6), name


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ([10, 3, 7, 14], 7),
        ([11, 3, 10, 2, 9, 14, 14], 3),
        ([13, 8, 5, 14], 3),
        ([12, 1, 9, 4, 14], 4),
    ],
)
def test_list_operations_are_right(written: list[int], value: int) -> None:
    assert evaluated(written) == value, "the reader below"


def evaluated(tokens: list[int]) -> int:
    """Return the value of an expression, read from left to right with a stack."""
    stack: list[list[int]] = [[]]
    for token in tokens:
        if token == sequences.CLOSE:
            which, *numbers = stack.pop()
            result = {
                0: max(numbers),
                1: min(numbers),
                2: int(np.sort(numbers)[len(numbers) // 2]),
                3: sum(numbers) % 10,
            }[which - sequences.DIGITS]
            stack[-1].append(result)
        elif token >= sequences.DIGITS and token != sequences.PAD:
            stack.append([token])
        elif token != sequences.PAD:
            stack[-1].append(token)
    (result,) = stack[0]
    return result


def test_labels_of_list_operations_are_those_of_a_reader() -> None:
    tokens, labels = sequences.list_operations(32).draw(np.random.default_rng(0), 200)
    assert [evaluated(row) for row in tokens.tolist()] == labels.tolist()
    assert len(set(labels.tolist())) == 10


def test_retrieval_asks_for_a_key_that_stands_once() -> None:
    task = sequences.retrieval(12, places=(4, 10))
    tokens, labels = task.draw(np.random.default_rng(0), 100)
    pairs = sequences.FILLERS + sequences.KEYS
    for row, label in zip(tokens.tolist(), labels.tolist(), strict=True):
        key = row[0] - sequences.FILLERS
        (place,) = [i for i, t in enumerate(row) if t >= pairs and (t - pairs) // 4 == key]
        assert (row[place] - pairs) % 4 == label
        assert 4 <= place < 10


def test_digits_that_are_scored_are_not_trained_on() -> None:
    task = sequences.digits(0, among=(3, 4), examples=20)
    rng = np.random.default_rng(0)
    assert task.held_out is not None
    draws = (task.draw, task.held_out["validation"], task.held_out["test"])
    known, validation, test = ({tuple(row) for row in draw(rng, 2000)[0]} for draw in draws)
    assert len(known) == 20
    assert not known & test
    assert not validation & (known | test)
    assert len(test) > 100


def accuracy(task: str, mixer: str, steps: int = 150) -> float:
    result = compare(task, mixer, 16, 16, 1, steps, 16, [0.02], [0, 1], lambda *_: None)  # type: ignore[arg-type]
    return float(np.mean([s.value for s in result.scores if s.metric == "accuracy"]))


def test_a_bag_needs_no_mixing_and_copying_does() -> None:
    assert accuracy("bag", "external", 40) > 0.9
    assert accuracy("bag", "mixer", 40) > 0.9
    assert accuracy("copying", "mixer", 80) > 0.8
    assert accuracy("copying", "external", 40) < 0.2


def test_the_rate_is_the_best_on_validation_and_each_network_that_of_its_seed() -> None:
    def found(rates: list[float], seeds: list[int]) -> dict[tuple[str, int], float]:
        result = compare("bag", "mixer", 16, 16, 1, 30, 16, rates, seeds, lambda *_: None)
        return {(s.metric, int(s.variant["seed"])): s.value for s in result.scores}

    both, alone = found([1e-6, 0.02], [3, 4]), found([0.02], [4])
    assert both["best_rate", 3] == 0.02
    assert both["at_end", 4] == 1
    assert alone["at_end", 4] == 0
    assert both["accuracy", 4] == pytest.approx(alone["accuracy", 4])
    assert both["loss", 4] == pytest.approx(alone["loss", 4], abs=1e-5)
