"""Measure orthogonal matrices that map one unit vector to another, in three precisions.

For unit vectors a and b with cosine c there are three closed forms:

- rotation: I + 2baᵀ − (a + b)(a + b)ᵀ / (1 + c), of determinant 1,
- reflection: I − (a − b)(a − b)ᵀ / (1 − c), of determinant −1,
- half turn: (a + b)(a + b)ᵀ / (1 + c) − I, of determinant (−1)^(d−1).

1 + c is rounded to nothing where b is nearly −a, and 1 − c where it is nearly a. The stable
rotation takes the first form where c ≥ 0; elsewhere it reflects a to b, and then reflects a
direction that is orthogonal to b, so that it never divides by less than 1.

No d × d matrix is made: each is a multiple of I plus a few outer products, and what is not
orthogonal about it happens in the space of their vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from evaluators.evaluator import (
    AtLeastTwo,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

Dtype = Literal["float64", "float32", "bfloat16"]
Side = Literal["b = -a", "b = a"]

ARMS = ("rotation", "reflection", "half turn", "stable rotation", "wrong sign")
WORST = 2.0
"""Largest error that is reported, of what is not finite too: how far unit vectors can be apart."""

COSINE = 0.5
"""Random pairs have cosines within ±0.5, far from both singular cases."""


class OrthogonalMapRequest(Request):
    """The keys of an `evaluator: orthogonal_map` entry in a plan.

    Attributes:
        dimensions: Dimensions of random pairs, each at least 2; each is a setting.
        dtypes: Precisions: `float64`, `float32` or `bfloat16`.
        distances: How far b is from −a, and from a, in (0, 1]; each is a setting.
        near_dimension: Dimension of the pairs at these distances.
        seeds: One pair of vectors each.
    """

    dimensions: Distinct[AtLeastTwo] = (2, 3, 8, 64, 512, 4096)
    dtypes: Distinct[Dtype] = ("float64", "float32", "bfloat16")
    distances: Distinct[Annotated[float, Field(gt=0, le=1)]] = (
        *(1.0, 0.1, 0.01, 1e-3),
        *(1e-4, 1e-6, 1e-9),
    )
    near_dimension: AtLeastTwo = 256
    seeds: Seeds = tuple(range(1000, 1020))


class OrthogonalMap(Evaluator[OrthogonalMapRequest]):
    """The arms are the forms, with a wrong one as control; a seed draws a pair of vectors."""

    VERSION = "1"
    LEVEL = "identity"
    Request = OrthogonalMapRequest

    def jobs(
        self, request: OrthogonalMapRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return for each precision a job of random pairs, and one of pairs near each case."""
        seeds = sorted(request.seeds)
        near = {"dimension": request.near_dimension, "distances": sorted(request.distances)}
        kinds: list[tuple[str, dict[str, Any]]] = [
            ("random pairs", {"dimensions": sorted(request.dimensions)}),
            *((f"pairs near {side}", {"side": side, **near}) for side in ("b = -a", "b = a")),
        ]
        return [
            self.job(f"{what}, {dtype}", {**params, "dtype": dtype, "seeds": seeds})
            for dtype in request.dtypes
            for what, params in kinds
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return that of a theorem for random pairs; what rounding does to others is no theorem."""
        return "made-up" if "side" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        if "side" in params:
            return near_singular(**params)
        return random_pairs(**params)


def random_pairs(dimensions: list[int], dtype: Dtype, seeds: list[int]) -> Result:
    """Return the errors of every form for pairs of vectors with cosines within ±0.5."""
    found = []
    for dimension in dimensions:
        scores = ArmScores(f"dimension {dimension}, dtype {dtype}")
        pairs = [_pair(dimension, seed) for seed in seeds]
        _add(scores, pairs, dtype, seeds)
        found += scores.scores
    return Result(tuple(found))


def near_singular(
    dimension: int, distances: list[float], side: Side, dtype: Dtype, seeds: list[int]
) -> Result:
    """Return the errors of every form for b at a distance from −a, or from a."""
    found = []
    for distance in distances:
        scores = ArmScores(
            f"distance {distance:g}, near {side}, dimension {dimension}, dtype {dtype}"
        )
        pairs = [_pair(dimension, seed, distance, side) for seed in seeds]
        _add(scores, pairs, dtype, seeds)
        found += scores.scores
    return Result(tuple(found))


def _add(
    scores: ArmScores, pairs: list[tuple[Tensor, Tensor]], dtype: Dtype, seeds: list[int]
) -> None:
    kind = getattr(torch, dtype)
    a, b = (torch.stack(side).to(kind) for side in zip(*pairs, strict=True))
    for arm in ARMS:
        for metric, values in errors(Form.made(arm, a, b), a, b, arm)._asdict().items():
            for seed, value in zip(seeds, values.tolist(), strict=True):
                scores.add(metric, value, 1, arm=arm, seed=seed)


def _pair(
    dimension: int, seed: int, distance: float | None = None, side: Side = "b = a"
) -> tuple[Tensor, Tensor]:
    """Return two unit vectors in float64, at a random cosine or at a distance from b = ±a."""
    generator = torch.Generator().manual_seed(seed)
    a, other = torch.randn(2, dimension, generator=generator, dtype=torch.float64)
    a = a / a.norm()
    other = other - (other @ a) * a
    other = other / other.norm()
    if distance is None:
        drawn = 2 * torch.rand((), generator=generator, dtype=torch.float64) - 1
        angle = torch.arccos(COSINE * drawn)
    else:
        angle = 2 * torch.asin(torch.tensor(distance / 2, dtype=torch.float64))
    toward = -1.0 if side == "b = -a" else 1.0
    return a, toward * torch.cos(angle) * a + torch.sin(angle) * other


class Form(NamedTuple):
    """S matrices: identity · I + Σ over terms of factor · left rightᵀ.

    Attributes:
        identity: (S,), factor of I.
        left: (S, t, d), the vectors of t terms.
        right: (S, t, d).
        factor: (S, t), computed in the precision of the vectors.
    """

    identity: Tensor
    left: Tensor
    right: Tensor
    factor: Tensor

    @classmethod
    def made(cls, arm: str, a: Tensor, b: Tensor) -> Form:
        """Return one of the forms for unit vectors, computed in their precision.

        Args:
            arm: One of `ARMS`.
            a: (S, d).
            b: (S, d).
        """
        cosine = (a * b).sum(dim=1)
        one = torch.ones_like(cosine)
        total, gap = a + b, a - b
        plus, minus = 1 / (1 + cosine), 1 / (1 - cosine)
        if arm == "rotation":
            return cls._of(one, (2 * one, b, a), (-plus, total, total))
        if arm == "wrong sign":
            return cls._of(one, (2 * one, b, a), (plus, total, total))
        if arm == "reflection":
            return cls._of(one, (-minus, gap, gap))
        if arm == "half turn":
            return cls._of(-one, (plus, total, total))
        # The axis on which b is shortest, made orthogonal to b.
        axis = torch.nn.functional.one_hot(b.abs().argmin(dim=1), b.shape[1]).to(b.dtype)
        axis = axis - (axis * b).sum(dim=1, keepdim=True) * b
        axis = axis / axis.norm(dim=1, keepdim=True)
        zero, ahead = torch.zeros_like(one), cosine >= 0
        # Where a form is not taken its factor is 0 and not 0 times infinity.
        rotation = [(2 * one, b, a), (-plus, total, total)]
        along = 2 * minus * (axis * gap).sum(dim=1)
        reflections = [(-minus, gap, gap), (-2 * one, axis, axis), (along, axis, gap)]
        taken = [(torch.where(ahead, term[0], zero), *term[1:]) for term in rotation]
        return cls._of(
            one, *taken, *((torch.where(ahead, zero, term[0]), *term[1:]) for term in reflections)
        )

    @classmethod
    def _of(cls, identity: Tensor, *terms: tuple[Tensor, Tensor, Tensor]) -> Form:
        factors, left, right = (torch.stack(part, dim=1) for part in zip(*terms, strict=True))
        return cls(identity, left, right, factors)

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the images of vectors (S, d), computed in their precision."""
        along = self.factor * torch.einsum("std,sd->st", self.right, vectors)
        image: Tensor = self.identity[:, None] * vectors
        return image + torch.einsum("st,std->sd", along, self.left)

    def small(self) -> Tensor:
        """Return the matrices within the space of their vectors, (S, k, k) in float64.

        Orthogonal to that space they are `identity` times I.
        """
        terms = self.left.shape[1]
        vectors = torch.cat([self.left, self.right], dim=1).double()
        basis, inside = torch.linalg.qr(vectors.transpose(1, 2))
        left, right = inside[:, :, :terms], inside[:, :, terms:]
        eye = torch.eye(basis.shape[2], dtype=torch.float64)
        outer = torch.einsum("sit,st,sjt->sij", left, self.factor.double(), right)
        return self.identity.double()[:, None, None] * eye + outer


class Errors(NamedTuple):
    """Errors of S matrices, (S,) each and at most `WORST`.

    Attributes:
        mapping_error: Length of Ta − b, T applied in the precision of the vectors.
        orthogonality_error: Spectral norm of TᵀT − I.
        determinant_error: Distance of the determinant from what is promised.
    """

    mapping_error: Tensor
    orthogonality_error: Tensor
    determinant_error: Tensor


def errors(form: Form, a: Tensor, b: Tensor, arm: str) -> Errors:
    """Return how far matrices are from mapping a to b, from orthogonal, and off in determinant.

    Args:
        form: The matrices.
        a: (S, d).
        b: (S, d).
        arm: Which form they are, for the determinant that is promised.
    """
    mapped = (form(a).double() - b.double()).norm(dim=1)
    finite = torch.isfinite(form.factor).all(dim=1)
    # eigvalsh and det do not take what is not finite.
    safe = form._replace(factor=torch.where(finite[:, None], form.factor, 0.0))
    small = safe.small()
    gram = small.transpose(1, 2) @ small - torch.eye(small.shape[1], dtype=torch.float64)
    unorthogonal = torch.linalg.eigvalsh(gram).abs().amax(dim=1)
    outside = a.shape[1] - small.shape[1]
    determinant = form.identity.double() ** outside * torch.linalg.det(small)
    promised = {"reflection": -1.0, "half turn": (-1.0) ** (a.shape[1] - 1)}.get(arm, 1.0)
    worst = torch.full_like(mapped, WORST)
    return Errors(
        *(
            torch.where(finite & torch.isfinite(each), each.clamp(max=WORST), worst)
            for each in (mapped, unorthogonal, (determinant - promised).abs())
        )
    )
