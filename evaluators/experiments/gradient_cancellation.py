"""Measure the error of a contrastive loss's gradient, by loss, precision and gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from evaluators.contrastive.names import DTYPE_NAMES, LOSS_NAMES
from evaluators.errors import ScoreError
from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
    known,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.result import Result, Score


class GradientCancellationRequest(Request):
    """The keys of an `evaluator: gradient_cancellation` entry in a plan.

    Attributes:
        losses: Losses whose gradients are measured.
        dtypes: Number formats of the arithmetic, compared with float64.
        gaps: Positive logit minus the middle of the negatives, 0 to 30: beyond 30 the gradient of
            the cross-entropy vanishes in float64 too.
        negatives: Number of negatives K.
        rows: Number of rows of random logits, for each seed.
        spread: Standard deviation of the negatives, 0 to 10.
        seeds: Seeds of the negatives.
    """

    losses: Distinct[Annotated[str, known("contrastive loss", LOSS_NAMES)]] = LOSS_NAMES
    dtypes: Distinct[Literal["float32", "bfloat16", "float16"]] = ("float32", "bfloat16", "float16")
    gaps: Distinct[Annotated[float, Field(ge=0, le=30)]] = (4, 6, 8, 10, 12, 14, 16, 18, 20, 24)
    negatives: Count = 8
    rows: Count = 1000
    spread: Annotated[float, Field(ge=0, le=10)] = 1.0
    seeds: Seeds = (0, 1, 2, 3, 4, 5, 6)


class GradientCancellation(Evaluator[GradientCancellationRequest]):
    """Measures each loss at each gap; a seed draws the negatives."""

    VERSION = "1"
    LEVEL = "identity"
    Request = GradientCancellationRequest

    def jobs(
        self, request: GradientCancellationRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each dtype."""
        return [
            self.job(
                "gradient",
                {
                    "losses": list(request.losses),
                    "dtype": dtype,
                    # As floats: some defaults are integers, and 4 and 4.0 give different jobs.
                    "gaps": sorted(float(gap) for gap in request.gaps),
                    "negatives": request.negatives,
                    "rows": request.rows,
                    "spread": request.spread,
                    "seeds": sorted(request.seeds),
                },
            )
            for dtype in request.dtypes
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        dtypes, seeds, rows = [params.pop("dtype")], params.pop("seeds"), params["rows"]
        device = session.device or "cpu"
        scores = []
        for seed in seeds:
            for cell in gradient_errors(**params, dtypes=dtypes, seed=seed, device=device):
                variant = {"loss": cell.loss, "gap": cell.gap, "seed": seed}
                scores += [
                    Score("relative_error", cell.mean, rows, variant),
                    Score("largest_error", cell.largest, rows, variant),
                    Score("below_normal", cell.below_normal, rows, variant),
                ]
        return Result(tuple(scores), cost={"device": device})


class GradientError(NamedTuple):
    """The error of one loss, dtype and gap.

    Attributes:
        loss: One of `LOSS_NAMES`.
        dtype: Number format of its arithmetic.
        gap: Positive logit minus the middle of the negatives.
        mean: Mean over rows of |gradient / exact − 1|; 1 is a gradient of 0.
        largest: The largest of these errors.
        below_normal: Share of rows whose exact gradient is below the dtype's smallest normal
            number, so that no arithmetic in it can represent the gradient.
    """

    loss: str
    dtype: str
    gap: float
    mean: float
    largest: float
    below_normal: float


def gradient_errors(
    gaps: Sequence[float],
    *,
    losses: Sequence[str] = LOSS_NAMES,
    dtypes: Sequence[str] = DTYPE_NAMES,
    negatives: int = 8,
    rows: int = 1000,
    spread: float = 1.0,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> tuple[GradientError, ...]:
    """Measure the gradient for the positive logit against float64, row by row.

    The logits are first rounded to the dtype, and the exact gradient is that of the rounded ones,
    so that only the arithmetic of the loss is measured, not the rounding of its input.

    Args:
        gaps: Distances of the positive logit from the middle of the negatives.
        losses: Names of losses.
        dtypes: Names of number formats.
        negatives: K.
        rows: Number of rows of random logits.
        spread: Standard deviation of the negatives.
        seed: Seed of the negatives.
        device: Device of the arithmetic; the logits are drawn on the CPU, so the same for all.

    Raises:
        ScoreError: There are no negatives, or a loss is unknown.
    """
    from evaluators.contrastive.logits import Logits
    from evaluators.contrastive.losses import DTYPES, loss_gradient

    if negatives < 1:
        raise ScoreError(f"negatives must be 1 or more, got {negatives}")
    generator = torch.Generator().manual_seed(seed)
    noise = spread * torch.randn(rows, negatives, generator=generator, dtype=torch.float64)
    cells = []
    for dtype in dtypes:
        rounded = noise.to(DTYPES[dtype]).double().to(device)
        smallest = torch.finfo(DTYPES[dtype]).tiny
        for gap in gaps:
            positive = torch.full((rows,), float(gap), device=device).to(DTYPES[dtype]).double()
            logits = Logits(positive, rounded)
            for loss in losses:
                exact = loss_gradient(logits, loss, torch.float64)
                gradient = loss_gradient(logits, loss, DTYPES[dtype]).double()
                error = (gradient / exact - 1).abs()
                cells.append(
                    GradientError(
                        loss,
                        dtype,
                        float(gap),
                        mean=float(error.mean()),
                        largest=float(error.max()),
                        below_normal=float((exact.abs() < smallest).double().mean()),
                    )
                )
    return tuple(cells)
