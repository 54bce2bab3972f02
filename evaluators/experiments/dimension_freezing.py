"""Measure the softmax of N vectors at the n where the formula says that it freezes.

With 2 ln N + h(n) = 0 the N² logits are energies of a random energy model that freezes. The
formula averages exp(n cos) over all directions (annealed). A sample of N² pairs has a largest
cosine. Where larger cosines dominate the average, the sample does not contain them: past that n the
softmax is concentrated on a few pairs and its entropy stays near 0, while 2 ln N + h(n) falls below
0. In the limit the largest cosine is

    max cos = sqrt(1 - N^(-4/n)),

which at n = (4/ln φ) ln N is 1/φ = 0.618, the very cosine at which the average rests: the formula
marks this freezing. At finite N the exact entropy there is some nats and the largest cosine lies
lower; `freezing` measures both, and `expected_largest_cosine` gives its median exactly.

With vectors that are their own contexts (`tied`) every cosine occurs twice: as N(N-1)/2 energies,
each of two states, they freeze at the same n in the limit, and past it the entropy goes to ln 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from evaluators.evaluator import (
    AtLeastTwo,
    DigestOf,
    Evaluator,
    Positive,
    Request,
    Session,
)
from evaluators.job import Job
from evaluators.result import Result, Score

if TYPE_CHECKING:
    from evaluators.statistics import Interval


class DimensionFreezingRequest(Request):
    """The keys of an `evaluator: dimension_freezing` entry in a plan.

    Attributes:
        items: Numbers of vectors N, each at least 2; time grows with N², 80 s a replicate at
            100,000.
        coefficients: Coefficients of ln N: n is each of them times ln N, rounded.
        tied: Whether the contexts are the vectors themselves, rather than N others.
        replicates: Number of independent draws, at least 2, for the intervals.
        seed: Seed of the draws.
    """

    items: Annotated[tuple[AtLeastTwo, ...], Field(min_length=1)] = (256, 1024, 4096)
    coefficients: Annotated[tuple[Positive, ...], Field(min_length=1)] = (4.0, 8.3123)
    tied: bool = False
    replicates: AtLeastTwo = 8
    seed: int = 0


class DimensionFreezing(Evaluator[DimensionFreezingRequest]):
    """Compares the exact entropy and largest cosine with the formula's."""

    VERSION = "1"
    LEVEL = "made-up"
    Request = DimensionFreezingRequest

    def jobs(
        self, request: DimensionFreezingRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each N and coefficient."""
        return [
            self.job(
                "freezing",
                {
                    "items": items,
                    "coefficient": coefficient,
                    "tied": request.tied,
                    "setting": f"n = {coefficient:g} ln N{', tied' if request.tied else ''}",
                    "replicates": request.replicates,
                },
                seed=request.seed,
            )
            for items in request.items
            for coefficient in request.coefficients
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.dimension.freezing import freezing

        params = job.parameters
        items, replicates = params["items"], params["replicates"]
        n = max(2, round(params["coefficient"] * math.log(items)))
        rngs = np.random.default_rng([job.seed, items, n]).spawn(replicates)
        result = freezing(
            items,
            n,
            rngs=rngs,
            tied=params["tied"],
            device=session.device,
            progress=session.progress,
        )
        at = {"dimensions": n}

        def mean(metric: str, measured: Interval) -> Score:
            return Score(metric, measured.estimate, replicates, at, measured.low, measured.high)

        def theory(metric: str, value: float) -> Score:
            return Score(metric, value, replicates, at)

        return Result(
            scores=(
                mean("entropy", result.entropy),
                theory("entropy_annealed", result.annealed),
                mean("largest_cosine", result.largest_cosine),
                theory("largest_cosine_limit", result.largest_limit),
                theory("largest_cosine_median", result.largest_median),
            ),
            cost={
                "device": session.device or "cpu",
                "peak_bytes": max(sums.peak_bytes for sums in result.replicates),
            },
        )
