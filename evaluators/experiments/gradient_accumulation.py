"""Measure whether the gradient of a large contrastive batch can be computed from chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from evaluators.contrastive.one_thread import one_thread
from evaluators.errors import ScoreError
from evaluators.evaluator import (
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.result import Result, Score

PIXELS, HIDDEN, FEATURES, NOISE, DROPOUT = 64, 128, 32, 0.3, 0.1


class GradientAccumulationRequest(Request):
    """The keys of an `evaluator: gradient_accumulation` entry in a plan.

    Attributes:
        batches: Batch sizes, each a multiple of `chunk` and at least twice as large.
        chunk: Number of samples of a chunk, at least 2: a chunk of one has no negatives.
        seeds: Seeds of networks, images and dropout masks.
        temperature: Number that cosines are divided by.
    """

    batches: Annotated[tuple[int, ...], Field(min_length=1)] = (64, 256)
    chunk: Annotated[int, Field(ge=2)] = 8
    seeds: Distinct[int] = (0, 1, 2, 3, 4, 5, 6)
    temperature: Positive = 0.1

    @model_validator(mode="after")
    def _several_whole_chunks(self) -> Self:
        if any(batch <= self.chunk or batch % self.chunk for batch in self.batches):
            raise ValueError(
                f"batches must be multiples of the chunk of {self.chunk}, at least twice as large,"
                f" got {list(self.batches)}"
            )
        return self


class GradientAccumulation(Evaluator[GradientAccumulationRequest]):
    """Compares five ways to compute it; a seed draws a network, images and dropout masks."""

    VERSION = "1"
    LEVEL = "identity"
    Request = GradientAccumulationRequest

    def jobs(
        self, request: GradientAccumulationRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each batch size."""
        return [
            self.job(
                "gradient",
                {
                    "batch": batch,
                    "chunk": request.chunk,
                    "seeds": sorted(request.seeds),
                    "temperature": request.temperature,
                },
            )
            for batch in request.batches
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        device = torch.device(session.device or "cpu")
        scores = []
        for seed in params.pop("seeds"):
            for way, error, cosine in differences(**params, seed=seed, device=device):
                variant = {"way": way, "seed": seed}
                scores += [
                    Score("relative_error", error, params["batch"], variant),
                    Score("cosine", cosine, params["batch"], variant),
                ]
        return Result(tuple(scores), cost={"device": str(device)})


class Difference(NamedTuple):
    """Difference between the gradient of one way and that of the whole batch.

    Attributes:
        way: `plain`, `cached`, `cached, dropout`, `cached, dropout not replayed`, `surrogate`.
        relative_error: |gradient − whole| / |whole| over all parameters.
        cosine: Cosine between the two.
    """

    way: str
    relative_error: float
    cosine: float


def differences(
    batch: int,
    chunk: int,
    *,
    temperature: float = 0.1,
    seed: int = 0,
    device: torch.device | None = None,
) -> tuple[Difference, ...]:
    """Compare each way with the whole batch, on a small network and random images.

    With dropout the reference is the same chunked forward pass with the graphs of all chunks in
    memory, as a forward pass over the whole batch would draw other masks.
    The surrogate is measured in float64, the others in float32.

    Args:
        batch: Samples of the whole batch.
        chunk: Samples of a chunk.
        temperature: τ.
        seed: Seed of network, images and dropout.
        device: Device of the gradients; None for the CPU.

    Raises:
        ScoreError: The chunks do not divide the batch, or have no negatives.
    """
    if not 2 <= chunk < batch or batch % chunk:
        raise ScoreError(
            f"chunks of 2 samples or more must divide a batch into 2 or more, got chunks of {chunk}"
            f" for a batch of {batch}"
        )
    device = device or torch.device("cpu")
    forked = torch.random.fork_rng([device] if device.type == "cuda" else [])
    with one_thread(), forked, torch.enable_grad():
        torch.manual_seed(seed)
        return tuple(_measure(batch // chunk, batch, temperature, device))


def _measure(
    chunks: int, batch: int, temperature: float, device: torch.device
) -> Iterator[Difference]:
    from evaluators.contrastive.grad_cache import (
        accumulated_backward,
        cached_backward,
        random_state,
        set_random_state,
    )
    from evaluators.contrastive.logits import two_view_logits
    from evaluators.contrastive.losses import infonce

    sides = [torch.rand(batch, PIXELS)] * 2
    # Images and first weights are drawn on the CPU, so that every device has the same.
    sides = [(side + NOISE * torch.randn(side.shape)).to(device) for side in sides]
    first, second = (side.chunk(chunks) for side in sides)
    layers = (torch.nn.Linear(PIXELS, HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT))
    network = torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN, FEATURES)).to(device)

    def whole(first_features: torch.Tensor, second_features: torch.Tensor) -> torch.Tensor:
        return infonce(two_view_logits(first_features, second_features, temperature)).mean()

    network.eval()
    exact = _gradient(
        network, lambda: torch.autograd.backward([whole(network(sides[0]), network(sides[1]))])
    )
    plain = _gradient(network, lambda: accumulated_backward(network, first, second, whole))
    yield _difference("plain", plain, exact)
    cached = _gradient(
        network, lambda: cached_backward(network, first, second, infonce, temperature)
    )
    yield _difference("cached", cached, exact)

    network.train()
    # All ways below start from this state, so that the dropout masks are the same.
    state = random_state(device)

    def kept_graphs() -> None:
        features = [network(part) for part in (*first, *second)]
        torch.autograd.backward([whole(torch.cat(features[:chunks]), torch.cat(features[chunks:]))])

    exact = _gradient(network, kept_graphs)
    set_random_state(device, state)
    cached = _gradient(
        network, lambda: cached_backward(network, first, second, infonce, temperature)
    )
    yield _difference("cached, dropout", cached, exact)
    set_random_state(device, state)
    fresh = _gradient(
        network,
        lambda: cached_backward(network, first, second, infonce, temperature, replay=False),
    )
    yield _difference("cached, dropout not replayed", fresh, exact)

    network.eval()
    yield _surrogate(network.double(), torch.cat(sides).double(), batch)


def _surrogate(network: torch.nn.Module, views: torch.Tensor, batch: int) -> Difference:
    from evaluators.contrastive.grad_cache import surrogate_targets

    # kexue.fm/archives/8471, for its own loss: plain inner products, labels that sum to 1.
    label_shares = torch.eye(2 * batch, dtype=views.dtype, device=views.device).roll(batch, dims=0)
    diagonal = torch.eye(2 * batch, dtype=torch.bool, device=views.device)

    def whole() -> None:
        features = network(views)
        scores = (features @ features.T).masked_fill(diagonal, -1e9)
        torch.autograd.backward([-(label_shares * torch.log_softmax(scores, dim=-1)).sum()])

    def surrogate() -> None:
        with torch.no_grad():
            targets = surrogate_targets(network(views), label_shares)
        for part, target in zip(views.chunk(8), targets.chunk(8), strict=True):
            torch.autograd.backward([(network(part) * target).sum()])

    return _difference("surrogate", _gradient(network, surrogate), _gradient(network, whole))


def _gradient(network: torch.nn.Module, way: Callable[[], object]) -> torch.Tensor:
    network.zero_grad(set_to_none=True)
    way()
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])


def _difference(way: str, gradient: torch.Tensor, exact: torch.Tensor) -> Difference:
    from evaluators.contrastive.losses import relative_error

    cosine = torch.nn.functional.cosine_similarity(gradient.double(), exact.double(), dim=0)
    return Difference(way, relative_error(gradient, exact), float(cosine))
