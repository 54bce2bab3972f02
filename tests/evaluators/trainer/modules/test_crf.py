"""The conditional random field beside all paths of short sequences, and beside pytorch-crf."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer import heads
from evaluators.trainer.heads import HeadSetup
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.modules.tagging import Chain, tags_of
from tests.evaluators.trainer.modules.test_pointer_heads import LABELS, entity_batch

N, LENGTH, TAGS = 4, 5, 3
RUNS = [(0, 5), (1, 3), (2, 4), (3, 3)]  # first position and the one after the last


def problem() -> tuple[Chain, Tensor, Tensor, Tensor]:
    torch.manual_seed(3)
    chain = Chain(TAGS).double()
    for table in chain.parameters():
        torch.nn.init.normal_(table.requires_grad_(False))
    place = torch.arange(LENGTH)
    mask = torch.stack([(place >= first) & (place < after) for first, after in RUNS])
    emissions = torch.randn(N, LENGTH, TAGS, dtype=torch.float64)
    return chain, emissions, torch.randint(TAGS, (N, LENGTH)), mask


def every_path(chain: Chain, emissions: Tensor, row: int) -> dict[tuple[int, ...], float]:
    """Return the score of each path of a row, summed one by one."""
    first, after = RUNS[row]
    found = {}
    for path in itertools.product(range(TAGS), repeat=after - first):
        score = float(chain.start[path[0]] + chain.end[path[-1]]) if path else 0.0
        score += sum(float(emissions[row, first + t, y]) for t, y in enumerate(path))
        score += sum(float(chain.step[a, b]) for a, b in itertools.pairwise(path))
        found[path] = score
    return found


def test_the_likelihood_equals_a_sum_over_all_paths() -> None:
    chain, emissions, tags, mask = problem()
    found = chain.log_likelihood(emissions, tags, mask)
    for row, (first, after) in enumerate(RUNS):
        scores = every_path(chain, emissions, row)
        whole = math.log(math.fsum(map(math.exp, scores.values())))
        own = scores[tuple(tags[row, first:after].tolist())]
        assert float(found[row]) == pytest.approx(own - whole, abs=1e-12)


def test_the_best_path_is_the_best_of_all() -> None:
    chain, emissions, _, mask = problem()
    found = chain.best_path(emissions, mask)
    for row, (first, after) in enumerate(RUNS):
        scores = every_path(chain, emissions, row)
        assert tuple(found[row, first:after].tolist()) == max(scores, key=lambda p: scores[p])
        assert not found[row, :first].any()
        assert not found[row, after:].any()


def test_marginals_equal_a_sum_over_all_paths() -> None:
    chain, emissions, _, mask = problem()
    found = iter(chain.log_marginals(emissions, mask).exp())
    for row, (first, after) in enumerate(RUNS):
        scores = every_path(chain, emissions, row)
        whole = math.fsum(map(math.exp, scores.values()))
        for t in range(after - first):
            got = next(found)
            for tag in range(TAGS):
                share = math.fsum(math.exp(s) for p, s in scores.items() if p[t] == tag) / whole
                assert float(got[tag]) == pytest.approx(share, abs=1e-12)
    assert next(found, None) is None


def test_it_agrees_with_pytorch_crf() -> None:
    torchcrf = pytest.importorskip("torchcrf")
    chain, emissions, tags, _ = problem()
    mask = torch.arange(LENGTH) < torch.tensor([[5], [1], [3], [4]])
    peer = torchcrf.CRF(TAGS, batch_first=True).double()
    peer.start_transitions.data = chain.start.data
    peer.end_transitions.data = chain.end.data
    peer.transitions.data = chain.step.data
    theirs = peer(emissions, tags, mask=mask, reduction="none")
    ours = chain.log_likelihood(emissions, tags, mask)
    assert torch.allclose(ours, theirs, atol=1e-12)
    best = chain.best_path(emissions, mask)
    lengths = mask.sum(dim=1).tolist()
    assert [best[row, :n].tolist() for row, n in enumerate(lengths)] == peer.decode(emissions, mask)


def test_a_head_learns_entities_side_by_side() -> None:
    torch.manual_seed(4)
    batch = entity_batch([[[0, 1, 2], [0, 3, 3]], [[2, 1, 1]], []], [4, 2, 3], 6)
    states = torch.randn(3, 6, 16)
    head = heads.make(HeadSetup("entity", LABELS, 16, 0.0), "crf")
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)  # type: ignore[attr-defined]

    def encode(batch: object, prefix: str = "") -> Tensor:
        return states

    for _ in range(100):
        optimiser.zero_grad()
        head.loss(head(encode, batch), batch).backward()  # type: ignore[arg-type]
        optimiser.step()
    logits = head(encode, batch)  # type: ignore[arg-type]
    assert head.decode(logits, batch) == [
        (Entity("name", 0, 2), Entity("name", 2, 3)),
        (Entity("time", 0, 1),),
        (),
    ]
    rows = head.log_probabilities(logits, batch)
    assert rows.shape == (9, 7)
    assert torch.allclose(rows.exp().sum(dim=1), torch.ones(9), atol=1e-5)


def test_overlapping_spans_are_refused_unless_the_longest_is_asked_for() -> None:
    batch = entity_batch([[[0, 1, 2]], [[0, 1, 3], [1, 3, 4]]], [4, 4], 6)
    setup = HeadSetup("entity", LABELS, 16, 0.0)
    logits = torch.zeros(2, 6, 7)
    for name in ("crf", "tagger"):
        with pytest.raises(MethodError, match="example 8: two entities share token 3"):
            heads.make(setup, name).loss(logits, batch)
        heads.make(setup, {"name": name, "overlaps": "longest"}).loss(logits, batch)


def test_of_overlapping_spans_nothing_but_the_longest_is_learned() -> None:
    # the shorter one's end lies beyond the longer one: its rest would be an entity of its own
    batch = entity_batch([[[0, 0, 3], [1, 3, 5]], [[0, 1, 4], [1, 2, 3]]], [6, 6], 6)
    assert tags_of(batch).tolist() == [[1, 2, 2, 2, 0, 0], [0, 1, 2, 2, 2, 0]]


def test_an_entity_longer_than_the_sequence_is_refused_by_name() -> None:
    batch = entity_batch([[[1, 2, 9]]], [4], 6)
    with pytest.raises(MethodError, match="type 1 goes from token 2 to 9, beyond the 4 tokens"):
        heads.make(HeadSetup("entity", LABELS, 16, 0.0), "crf").loss(torch.zeros(1, 6, 7), batch)
