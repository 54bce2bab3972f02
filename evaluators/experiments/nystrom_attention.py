"""Compare Nyström attention with attention on made-up tokens whose neighbours are alike or not.

Each coordinate of queries, keys and values is normal, and neighbours have a correlation, the
likeness: 0 makes independent tokens, of which a mean of a segment keeps little. In shuffled arms
the same tokens come in another order, which exact attention does not mind. With a landmark for
each token the product of the three matrices is the attention itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 64
ALL, SOME = "a landmark for each token", "made-up tokens"
EXACT, UNIFORM, NEAR = "exact inverse", "uniform mean", "nearest keys"
SHUFFLED = ", shuffled"


class NystromAttentionRequest(Request):
    """The keys of an `evaluator: nystrom_attention` entry in a plan.

    Attributes:
        likenesses: Correlations of neighbouring tokens, at least 0 and below 1; each is a setting.
        lengths: Numbers of tokens; each is a setting.
        landmarks: Numbers of landmarks; each that divides a length and is below it is a setting,
            and one for each token is tried up to 128 tokens.
        iterations: Numbers of steps towards the pseudo-inverse; each is an arm.
        sharpness: Standard deviation of the logits.
        heads: Heads a seed, of whose errors the median is taken.
        seeds: Seeds of the tokens.
    """

    likenesses: Distinct[Annotated[float, Field(ge=0, lt=1)]] = (0.0, 0.9, 0.99)
    lengths: Distinct[AtLeastTwo] = (128, 512)
    landmarks: Distinct[Count] = (8, 16, 32, 64, 128, 256)
    iterations: Distinct[Count] = (3, 6, 12)
    sharpness: Positive = 2.0
    heads: Count = 5
    seeds: Seeds = tuple(range(1000, 1007))


class NystromAttention(Evaluator[NystromAttentionRequest]):
    """The arms are ways to approximate attention; a seed draws tokens."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("heads",)
    Request = NystromAttentionRequest

    def jobs(
        self, request: NystromAttentionRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each likeness and length, and for all landmarks."""
        same = {
            "iterations": sorted(request.iterations),
            "sharpness": request.sharpness,
            "heads": request.heads,
            "seeds": sorted(request.seeds),
        }
        jobs = []
        for likeness in sorted(request.likenesses):
            for length in sorted(request.lengths):
                at = {"likeness": likeness, "length": length, **same}
                fewer = [m for m in sorted(request.landmarks) if m < length and length % m == 0]
                if fewer:
                    jobs.append(self.job(SOME, {"landmarks": fewer, **at}))
                if length <= WHOLE:
                    jobs.append(self.job(ALL, {"landmarks": [length], **at}, dtype="float64"))
        return jobs

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `identity` where each token is a landmark."""
        return "identity" if parameters["landmarks"] == [parameters["length"]] else self.LEVEL

    def evaluate(self, job: Job, session: Session) -> Result:
        params = job.parameters
        stage = f"Nyström attention, {params['length']} tokens, likeness {params['likeness']:g}"
        with one_thread():
            return compare(**params, report=stage_progress(session.progress, stage))


WHOLE = 128
"""Longest sequence for which a landmark for each token is tried: the inverse takes n³."""


def compare(
    likeness: float,
    length: int,
    landmarks: Sequence[int],
    iterations: Sequence[int],
    sharpness: float,
    heads: int,
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Return the relative error of every arm's output, and of its inverse.

    `output_error` is ‖Ŷ − Y‖ / ‖Y‖ in Frobenius norms, where Y is the output of softmax attention,
    the median over heads; `inverse_error` the same of the inverse and the exact pseudo-inverse. A
    mean would be that of the few heads in which the exact inverse of an almost singular matrix
    makes outputs of any size. All in float64.

    Args:
        likeness: Correlation of neighbours.
        length: Number of tokens.
        landmarks: Numbers of landmarks.
        iterations: Steps towards the pseudo-inverse.
        sharpness: Standard deviation of the logits.
        heads: Heads a seed.
        seeds: Of the tokens.
        report: Called with the seeds done and all of them.
    """
    found = []
    by_count = {
        count: ArmScores(f"likeness {likeness:g}, sequence {length}, landmarks {count}")
        for count in landmarks
    }
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        tokens = draw(likeness, length, heads, seed)
        tokens[:2] *= sharpness**0.5
        order = torch.randperm(length, generator=torch.Generator().manual_seed(seed + 1_000_003))
        for count, scores in by_count.items():
            for (arm, metric), errors in errors_of(tokens, order, count, iterations).items():
                scores.add(metric, float(errors.median()), heads, arm=arm, seed=seed)
    for scores in by_count.values():
        found += scores.scores
    return Result(tuple(found))


def draw(likeness: float, length: int, heads: int, seed: int) -> Tensor:
    """Return queries, keys and values, (3, heads, n, 64), each coordinate standard normal."""
    generator = torch.Generator().manual_seed(seed)
    fresh = torch.randn(3, heads, length, WIDTH, generator=generator, dtype=torch.float64)
    tokens = [fresh[:, :, 0]]
    for at in range(1, length):
        tokens.append(likeness * tokens[-1] + (1 - likeness**2) ** 0.5 * fresh[:, :, at])
    return torch.stack(tokens, dim=2)


def errors_of(
    tokens: Tensor, order: Tensor, landmarks: int, iterations: Sequence[int]
) -> dict[tuple[str, str], Tensor]:
    """Return by arm and metric the errors of every head, (...).

    Args:
        tokens: Queries, keys and values of heads, (3, ..., n, d).
        order: Of the tokens in shuffled arms, (n,).
        landmarks: m.
        iterations: Steps towards the pseudo-inverse.
    """
    from evaluators.experiments import _nystrom

    queries, keys, values = tokens
    exact = _nystrom.attend(queries, keys, values)
    mean = values.mean(dim=-2, keepdim=True).expand_as(exact)
    near = _nystrom.attend_near(queries, keys, values, width=landmarks)
    found = {
        (UNIFORM, "output_error"): _nystrom.relative_errors(mean, exact),
        (NEAR, "output_error"): _nystrom.relative_errors(near, exact),
    }
    for suffix, at in (("", slice(None)), (SHUFFLED, order)):
        here = [each[..., at, :] for each in tokens]
        middle = _nystrom.landmark_attention(*here[:2], landmarks=landmarks)
        inverse = torch.linalg.pinv(middle)
        ways, tried, done = {EXACT: inverse}, None, 0
        for steps in sorted(iterations):
            tried = _nystrom.iterated_inverse(middle, steps - done, begin=tried)
            ways[steps_arm(steps)], done = tried, steps
        for arm, way in ways.items():
            output = _nystrom.attend_by_landmarks(*here, landmarks=landmarks, inverse=way)
            errors = _nystrom.relative_errors(output, exact[..., at, :])
            found[arm + suffix, "output_error"] = errors
            if arm != EXACT and not suffix:
                found[arm, "inverse_error"] = _nystrom.relative_errors(way, inverse)
    return found


def steps_arm(steps: int) -> str:
    """Return the name of the arm with this number of steps."""
    return f"{steps} iteration{'s' * (steps != 1)}"
