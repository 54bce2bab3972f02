from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.dimension_retrieval.items import (
    ArrayItems,
    Queries,
    SyntheticItems,
    chunks,
    generator,
    noisy_queries,
)
from evaluators.dimension_retrieval.projection import (
    Projection,
    fitted_projection,
    gaussian_projection,
)
from evaluators.dimension_retrieval.recall_scan import Blocks, scan

ITEMS = SyntheticItems(2500, 48, (5, 0))  # more than a chunk
DIMS = (1, 2, 3, 5, 8, 13, 21, 34, 48)


def queries(count: int = 200, rho: float = 0.7) -> Queries:
    own = torch.randperm(ITEMS.count, generator=generator((5,), "sample"))[:count]
    return noisy_queries(ITEMS, own, rho, generator((5,), "noise"))


def brute_force(asked: Queries, projection: Projection, n: int) -> np.ndarray:
    """Own cosine above all others, in float64, one n at a time."""
    rows = torch.cat([chunk for _, chunk in chunks(ITEMS)])
    x, q = projection(rows)[:n].T.double(), projection(asked.vectors)[:n].T.double()
    cosine = torch.nn.functional.normalize(q) @ torch.nn.functional.normalize(x).T
    own = cosine.gather(1, asked.own[:, None])
    cosine.scatter_(1, asked.own[:, None], -2.0)
    return (own[:, 0] > cosine.amax(dim=1) + 2e-6).numpy()


@pytest.mark.parametrize("kind", ["identity", "gaussian", "pca", "whitening"])
def test_every_n_of_the_one_pass_equals_brute_force(kind: str) -> None:
    if kind == "identity":
        projection = Projection(torch.eye(48), torch.zeros(48))
    elif kind == "gaussian":
        projection = gaussian_projection(48, 48, generator((5,), "projection"))
    else:
        projection = fitted_projection(48, ITEMS, whiten=kind == "whitening")
    asked = queries()
    found = scan(ITEMS, asked, projection, DIMS).right
    for g, n in enumerate(DIMS):
        np.testing.assert_array_equal(found[:, g], brute_force(asked, projection, n), str(n))
    assert not found[:, 0].any()  # in one dimension half of all cosines tie
    assert 0.2 < found.mean() < 0.9


@pytest.mark.parametrize("blocks", [Blocks(1, 3000), Blocks(7, 64), Blocks(1000, 999)])
def test_block_sizes_change_nothing(blocks: Blocks) -> None:
    asked, projection = queries(40), gaussian_projection(48, 48, generator((5,), "projection"))
    np.testing.assert_array_equal(
        scan(ITEMS, asked, projection, DIMS, blocks=blocks).right,
        scan(ITEMS, asked, projection, DIMS).right,
    )


def test_a_duplicate_makes_its_queries_miss_at_every_n() -> None:
    rows = torch.cat([chunk for _, chunk in chunks(ITEMS)])
    rows[2400] = rows[3]  # in another chunk
    items = ArrayItems(rows.numpy())
    asked = noisy_queries(items, torch.tensor([3, 2400, 4]), 0.99, generator((5,), "noise"))
    projection = gaussian_projection(48, 48, generator((5,), "projection"))
    found = scan(items, asked, projection, DIMS).right
    assert not found[:2].any()
    assert found[2, -1]


def test_an_item_at_the_origin_of_the_projection_has_no_cosine_and_its_queries_miss() -> None:
    rows = np.eye(4, dtype=np.float32)
    first_two = Projection(torch.eye(4)[:2], torch.zeros(4))
    asked = Queries(torch.tensor([[1.0, 0, 0, 0], [1.0, 0, 1.0, 0]]), torch.tensor([0, 2]))
    found = scan(ArrayItems(rows), asked, first_two, (2,)).right
    # The third and fourth item vanish; what has no cosine counts as nearer.
    assert found.tolist() == [[False], [False]]
    found = scan(ArrayItems(rows[:2]), Queries(asked.vectors[:1], asked.own[:1]), first_two, (2,))
    assert found.right.tolist() == [[True]]


def test_queries_have_length_one_and_exactly_the_cosine_asked_for() -> None:
    asked = queries(rho=0.462)
    own = ITEMS.take(asked.own)
    torch.testing.assert_close(asked.vectors.norm(dim=1), torch.ones(200))
    torch.testing.assert_close((asked.vectors * own).sum(dim=1), torch.full((200,), 0.462))


def test_chunks_are_the_same_each_time_and_differ() -> None:
    torch.testing.assert_close(ITEMS.chunk(1), ITEMS.chunk(1), rtol=0, atol=0)
    assert len(ITEMS.chunk(1)) == 2500 - 2048
    assert not torch.equal(ITEMS.chunk(0)[:10], ITEMS.chunk(1)[:10])
    assert not torch.equal(ITEMS.chunk(0), SyntheticItems(2500, 48, (5, 1)).chunk(0))


def test_whitened_items_have_the_identity_as_covariance() -> None:
    projection = fitted_projection(48, ITEMS, whiten=True)
    white = projection(torch.cat([chunk for _, chunk in chunks(ITEMS)]))
    np.testing.assert_allclose(torch.cov(white).numpy(), np.eye(48), atol=1e-3)
    np.testing.assert_allclose(white.mean(dim=1).numpy(), 0, atol=1e-4)


@pytest.mark.gpu
def test_cuda_finds_what_the_cpu_finds() -> None:
    asked, projection = queries(), gaussian_projection(48, 48, generator((5,), "projection"))
    cpu = scan(ITEMS, asked, projection, DIMS).right
    cuda = scan(ITEMS, asked, projection, DIMS, device="cuda").right
    assert (cpu != cuda).mean() < 1e-3  # a cosine within rounding of the tie's margin
