"""Look for the steepest slope and the largest jump of critics whose gradient is normalised.

A critic of linear layers and ReLU is linear inside pieces. There the normalised forms have a slope
of at most 1, which is a theorem: with w = ‖∇D‖ it is w²/(w + |D|)² for `wu`, w²/(w² + ε) for
`bhaskara`, 1 for `linear-form`. From piece to piece w jumps, and so do they. Nothing is trained.

Controls: the `plain` critic is steeper than 1 and does not jump; with `tanh` there are no pieces,
so that the theorem says nothing; a critic without activation is a single piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.experiments._critics import Form, Networks

Activation = Literal["relu", "leaky relu", "tanh", "none"]

SLOPE, JUMP = "largest_slope", "largest_jump"

RADIUS = 2.0
"""Standard deviation of the points from which a search begins."""

HALVINGS = 60
"""Of the way between two pieces: what is left is below 1e-15, rounding of a point of length 1."""

ROUNDING = 1e-9
"""A continuous form changes by less over what is left of the way."""


class GradientNormalisationRequest(Request):
    """The keys of an `evaluator: gradient_normalisation` entry in a plan.

    Attributes:
        activations: Between the layers: `relu`, `leaky relu`, `tanh` or `none`; each is a setting.
        dimensions: Dimensions of a point; each is a setting.
        hidden: Width of both hidden layers.
        gain: Factor of the weights' usual deviations, so that the plain critic is steep.
        points: Points from which each search begins, in the same number of lines for jumps.
        rounds: Rounds of each search.
        seeds: Seeds; each draws a critic and points.
    """

    activations: Distinct[Activation] = ("relu", "leaky relu", "tanh", "none")
    dimensions: Distinct[Count] = (2, 64)
    hidden: Count = 64
    gain: Positive = 2.0
    points: Count = 256
    rounds: Count = 200
    seeds: Seeds = tuple(range(1000, 1010))


class GradientNormalisation(Evaluator[GradientNormalisationRequest]):
    """The arms are forms of a critic; a seed draws one."""

    VERSION = "1"
    LEVEL = "identity"
    Request = GradientNormalisationRequest

    def jobs(
        self, request: GradientNormalisationRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each activation and dimension."""
        return [
            self.job(
                "critics",
                {
                    "activation": activation,
                    "dimension": dimension,
                    "hidden": request.hidden,
                    "gain": request.gain,
                    "points": request.points,
                    "rounds": request.rounds,
                    "seeds": sorted(request.seeds),
                },
                dtype="float64",
            )
            for activation in request.activations
            for dimension in sorted(request.dimensions)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        return compare(**job.parameters)


def compare(
    activation: Activation,
    dimension: int,
    hidden: int,
    gain: float,
    points: int,
    rounds: int,
    seeds: Sequence[int],
) -> Result:
    """Return the largest slope and jump that are found of each form, by seed; as in a request."""
    from evaluators.experiments._critics import FORMS, Networks

    scores = ArmScores(f"{activation}, dimension {dimension}, hidden {hidden}, gain {gain:g}")
    with one_thread():
        critic = Networks(
            (dimension, hidden, hidden, 1),
            seeds,
            activation=activation,
            dtype=torch.float64,
            gain=gain,
        )
        for form in FORMS:
            generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
            steepest = largest_slope(form, critic, points, rounds, generators)
            jumps = largest_jump(form, critic, points, generators)
            for seed, slope, jump in zip(seeds, steepest.tolist(), jumps.tolist(), strict=True):
                scores.add(SLOPE, slope, points * rounds, arm=form, seed=seed)
                scores.add(JUMP, jump, points, arm=form, seed=seed)
    return Result(tuple(scores.scores))


def _drawn(count: int, critic: Networks, generators: Sequence[torch.Generator]) -> Tensor:
    width, dtype = critic.weights[0].shape[1], critic.weights[0].dtype
    drawn = [torch.randn(count, width, generator=one, dtype=dtype) for one in generators]
    return torch.stack(drawn)


def slope_of(form: Form, critic: Networks, points: Tensor) -> Tensor:
    """Return the length of the gradient of a form at points, (S, n)."""
    from evaluators.experiments._critics import slopes, values_of

    points = points.detach().requires_grad_()
    lengths: Tensor = slopes(values_of(form, critic, points), points).norm(dim=-1)
    return lengths.detach()


def largest_slope(
    form: Form,
    critic: Networks,
    points: int,
    rounds: int,
    generators: Sequence[torch.Generator],
) -> Tensor:
    """Climb to where a form is steepest, and return the slope there, (S,).

    From each point a step of random direction and length is taken if it leads to a steeper place.
    Steps shrink over the rounds from the radius to a ten-thousandth of it.

    Args:
        form: The form.
        critic: S critics.
        points: Where the search begins, each climbing by itself.
        rounds: Steps of each point.
        generators: Draw the points and steps.
    """
    places = RADIUS * _drawn(points, critic, generators)
    found = slope_of(form, critic, places)
    for step in range(rounds):
        length = RADIUS * 10 ** (-4 * step / rounds)
        tried = places + length * _drawn(points, critic, generators)
        slopes = slope_of(form, critic, tried)
        better = slopes > found
        places = torch.where(better[..., None], tried, places)
        found = torch.where(better, slopes, found)
    return found.amax(dim=1)


def largest_jump(
    form: Form, critic: Networks, lines: int, generators: Sequence[torch.Generator]
) -> Tensor:
    """Return how far a form jumps at most where a line leaves its first piece, (S,).

    A line joins two random points. Its way is halved until no number is left between the last point
    of the first piece and the first point beyond.

    Args:
        form: The form.
        critic: S critics.
        lines: Number of lines; those whose ends are in one piece count as no jump.
        generators: Draw the lines.
    """
    from evaluators.experiments._critics import values_of

    inside = RADIUS * _drawn(lines, critic, generators)
    beyond = RADIUS * _drawn(lines, critic, generators)
    piece = _piece(critic, inside)
    for _ in range(HALVINGS):
        middle = (inside + beyond) / 2
        same = (_piece(critic, middle) == piece).all(dim=-1, keepdim=True)
        inside, beyond = torch.where(same, middle, inside), torch.where(same, beyond, middle)
    crossed = (_piece(critic, beyond) != piece).any(dim=-1)
    jumps = (values_of(form, critic, inside) - values_of(form, critic, beyond)).abs().detach()
    return torch.where(crossed, jumps, torch.zeros_like(jumps)).amax(dim=1)


def _piece(critic: Networks, points: Tensor) -> Tensor:
    """Return which hidden units are above 0, (S, n, units): the piece that a point is in."""
    with torch.no_grad():
        return torch.cat(critic.layers(points)[:-1], dim=-1) > 0
