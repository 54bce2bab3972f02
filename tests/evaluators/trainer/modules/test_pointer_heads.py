"""Heads that score spans: parameter counts, a naive double loop, the loss, what they decode."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer import heads
from evaluators.trainer.heads import HeadSetup
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.modules.pointers import (
    EfficientGlobalPointer,
    GlobalPointer,
    decode_spans,
    span_loss,
    span_mask,
    span_targets,
)

LABELS = ("name", "place", "time")
COUNTS = {
    "efficient-global-pointer": {3: 99_072, 9: 100_608, 10: 100_864, 100: 123_904},
    "global-pointer": {3: 294_912, 9: 884_736, 10: 983_040, 100: 9_830_400},
}


def entity_batch(entities: list[list[list[int]]], lengths: list[int], width: int) -> dict:
    """Return a batch whose texts start at token 1 and have one character a token."""
    most = max(map(len, entities))
    place = torch.arange(width)[None]
    ends = torch.tensor(lengths)[:, None]
    return {
        "input_ids": torch.zeros(len(entities), width, dtype=torch.long),
        "tokens": (place >= 1) & (place <= ends),
        "example": torch.arange(len(entities)) + 7,
        "offsets": torch.stack([place - 1, place], dim=-1).expand(len(entities), -1, -1),
        "entities": torch.tensor([[*row, *[[-1] * 3] * (most - len(row))] for row in entities]),
    }


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_are_counted_as_published(name: str) -> None:
    for types, count in COUNTS[name].items():
        setup = HeadSetup("entity", tuple(map(str, range(types))), 768, 0.1)
        head = heads.make(setup, {"name": name, "size": 64})
        assert sum(weight.numel() for weight in head.parameters()) == count  # type: ignore[attr-defined]


def turned(vector: np.ndarray, position: int) -> np.ndarray:
    """Rotate pairs of coordinates as complex numbers, one by one."""
    found = np.empty_like(vector)
    for m in range(len(vector) // 2):
        angle = position * 10000 ** (-2 * m / len(vector))
        z = complex(vector[2 * m], vector[2 * m + 1]) * complex(math.cos(angle), math.sin(angle))
        found[2 * m], found[2 * m + 1] = z.real, z.imag
    return found


@pytest.mark.parametrize("rope", [True, False])
@pytest.mark.parametrize("efficient", [True, False])
def test_scores_equal_a_naive_double_loop(efficient: bool, rope: bool) -> None:
    torch.manual_seed(0)
    d, hidden, length = 6, 5, 4
    made = EfficientGlobalPointer if efficient else GlobalPointer
    head = made(hidden, LABELS, d, 0.0, rope=rope).double()
    states = torch.randn(2, length, hidden, dtype=torch.float64)
    scores = head.scores(states).detach().numpy()
    weights = {name: w.detach().numpy() for name, w in head.named_parameters()}
    for row in range(2):
        for a in range(len(LABELS)):
            for i in range(length):
                for j in range(length):
                    h_i, h_j = states[row, i].numpy(), states[row, j].numpy()
                    if efficient:
                        w_q, w_k = weights["pair.weight"][:d], weights["pair.weight"][d:]
                    else:
                        start = 2 * d * a
                        w_q = weights["pairs.weight"][start : start + d]
                        w_k = weights["pairs.weight"][start + d : start + 2 * d]
                    q_i, k_j = w_q @ h_i, w_k @ h_j
                    inner = (turned(q_i, i) @ turned(k_j, j)) if rope else q_i @ k_j
                    expected = inner / math.sqrt(d)
                    if efficient:
                        four = np.concatenate([q_i, w_k @ h_i, w_q @ h_j, k_j])
                        expected += weights["types.weight"][a] @ four
                    assert scores[row, a, i, j] == pytest.approx(expected, abs=1e-12)


def test_rope_sees_distance_alone() -> None:
    head = GlobalPointer(5, LABELS, 6, 0.0, rope=True).double()
    states = torch.randn(1, 1, 5, dtype=torch.float64).expand(1, 6, 5)
    scores = head.scores(states)
    for shift in range(-5, 6):
        diagonal = scores.diagonal(shift, dim1=-2, dim2=-1)
        assert torch.allclose(diagonal, diagonal[..., :1].expand_as(diagonal), atol=1e-12)


def test_the_loss_is_the_published_one_in_float64() -> None:
    torch.manual_seed(1)
    batch = entity_batch([[[0, 1, 2], [0, 2, 3], [2, 1, 1]], [[1, 2, 2]]], [3, 2], 5)
    scores = 3 * torch.randn(2, 3, 5, 5, dtype=torch.float64)
    possible = span_mask(batch["tokens"])
    targets = span_targets(batch, 3)
    found = span_loss(scores.masked_fill(~possible[:, None], -torch.inf), targets)
    parts = []
    for row, length in enumerate([3, 2]):
        gold = {tuple(one) for one in batch["entities"][row].tolist() if one[0] >= 0}
        for a in range(3):
            wanted = others = 1.0
            for i in range(1, length + 1):
                for j in range(i, length + 1):
                    s = float(scores[row, a, i, j])
                    if (a, i, j) in gold:
                        wanted += math.exp(-s)
                    else:
                        others += math.exp(s)
            parts.append(math.log(wanted) + math.log(others))
    assert float(found) == pytest.approx(math.fsum(parts) / len(parts), abs=1e-12)


@pytest.mark.parametrize("name", COUNTS)
def test_a_head_learns_nested_entities_and_leaves_padding_alone(name: str) -> None:
    torch.manual_seed(2)
    batch = entity_batch([[[0, 1, 3], [1, 2, 2]], [[2, 1, 1]], []], [4, 2, 3], 6)
    states = torch.randn(3, 6, 16)
    head = heads.make(HeadSetup("entity", LABELS, 16, 0.0), {"name": name, "size": 8})

    def encode(batch: object, prefix: str = "") -> Tensor:
        return states

    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)  # type: ignore[attr-defined]
    for _ in range(150):
        optimiser.zero_grad()
        loss = head.loss(head(encode, batch), batch)  # type: ignore[arg-type]
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.1
    logits = head(encode, batch)  # type: ignore[arg-type]
    assert head.decode(logits, batch) == [
        (Entity("name", 0, 3), Entity("place", 1, 2)),
        (Entity("time", 0, 1),),
        (),
    ]
    assert (logits[1, :, :, 3:] == -torch.inf).all()
    with pytest.raises(MethodError, match="no distribution"):
        head.log_probabilities(logits, batch)


def test_only_a_score_above_nought_is_an_entity() -> None:
    scores = torch.full((1, 3, 4, 4), -torch.inf)
    scores[0, 1, 1, 2], scores[0, 2, 1, 1] = 0.0, 1e-6
    batch = entity_batch([[]], [2], 4)
    assert decode_spans(scores, batch, LABELS) == [(Entity("time", 0, 1),)]


@pytest.mark.parametrize("entity", [[0, 3, 5], [0, 3, 9], [0, 0, 2], [0, 3, 2]])
def test_an_entity_longer_than_the_sequence_is_refused_by_name(entity: list[int]) -> None:
    batch = entity_batch([[], [entity]], [3, 4], 6)
    with pytest.raises(MethodError, match=r"example 8: an entity of type 0 goes from token \d"):
        span_targets(batch, 3)


def test_a_size_that_cannot_turn_is_refused() -> None:
    with pytest.raises(MethodError, match=r"size must be even .* got 7"):
        heads.find("entity", {"name": "efficient-global-pointer", "size": 7})
