"""Measure how far batches of real data are from each other, and from things that are not data.

A generator that is trained by the Wasserstein distance between batches is asked to come nearer to a
batch than other data would. Where copies of the mean are nearer than another batch is, the distance
asks for the mean. Whether they are depends on the dimension and on the batch, so both are settings;
`normal` vectors of 2 dimensions are the control, where another batch must be nearer.

The distance is exact: with two batches of equal size an optimal plan is an assignment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]
Data = Literal["normal", "patches", "digits"]

OTHER, OWN_MEAN, DATA_MEAN, CENTRES = "other batch", "own mean", "data mean", "k-means centres"
DISTANCE = "distance"

KEPT_APART = 8
"""Batches of other data from which the mean and the centres of the data are computed."""

ROUNDS = 8
"""Rounds of Lloyd's algorithm, from random examples."""

DIGITS_WIDTH = 64


class BatchWassersteinRequest(Request):
    """The keys of an `evaluator: batch_wasserstein` entry in a plan.

    Attributes:
        dimensions: Dimensions of `normal` vectors, of unit variance; each is a setting; may be
            empty.
        patches: Edges of square patches of two colour photographs, in pixels: p makes 3p²
            dimensions; each is a setting; may be empty. Patches may overlap: of 16 pixels, every
            tenth of a batch of 256 shares a quarter of its area or more with one of another batch.
        digits: Whether handwritten digits of 8×8 pixels are measured too.
        batches: Vectors in a batch; each is a setting.
        seeds: Seeds; each draws its own batches.
    """

    dimensions: tuple[Count, ...] = (2, 8, 64, 512)
    patches: tuple[Count, ...] = (1, 2, 4, 8, 16)
    digits: bool = True
    batches: Distinct[AtLeastTwo] = (16, 64, 256)
    seeds: Seeds = tuple(range(1100, 1140))


class BatchWasserstein(Evaluator[BatchWassersteinRequest]):
    """The arms are what a batch is compared with; a seed draws a batch."""

    VERSION = "1"
    LEVEL = "small"
    Request = BatchWassersteinRequest

    def jobs(
        self, request: BatchWassersteinRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each kind of data, dimension and batch."""
        cells: list[tuple[Data, int]] = [("normal", d) for d in sorted(set(request.dimensions))]
        cells += [("patches", 3 * p * p) for p in sorted(set(request.patches))]
        cells += [("digits", DIGITS_WIDTH)] if request.digits else []
        return [
            self.job(
                data,
                {
                    "data": data,
                    "dimension": dimension,
                    "batch": batch,
                    "seeds": sorted(request.seeds),
                },
            )
            for data, dimension in cells
            for batch in sorted(request.batches)
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `made-up` for normal vectors."""
        return "made-up" if parameters["data"] == "normal" else "small"

    def evaluate(self, job: Job, session: Session) -> Result:
        stage = "{data}, dimension {dimension}, batch {batch}".format(**job.parameters)
        return compare(**job.parameters, report=stage_progress(session.progress, stage))


def compare(
    data: Data, dimension: int, batch: int, seeds: Sequence[int], report: Report | None = None
) -> Result:
    """Return the distance of a batch from each arm, by seed.

    Args:
        data: Kind of the vectors.
        dimension: Of a vector.
        batch: Vectors in a batch.
        seeds: One batch each.
        report: Called with the seeds done and all of them.
    """
    scores = ArmScores(f"{data}, dimension {dimension}, batch {batch}")
    for done, seed in enumerate(seeds):
        if report is not None:
            report(done, len(seeds))
        rng = np.random.default_rng(seed)
        drawn = draw(data, dimension, (2 + KEPT_APART) * batch, rng)
        own, other, apart = np.split(drawn, [batch, 2 * batch])
        distances = {
            OTHER: wasserstein(own, other),
            OWN_MEAN: mean_distance(own, own.mean(axis=0)),
            DATA_MEAN: mean_distance(own, apart.mean(axis=0)),
            CENTRES: wasserstein(own, centres(apart, batch, rng)),
        }
        for arm, distance in distances.items():
            scores.add(DISTANCE, distance, batch, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def wasserstein(first: Floats, second: Floats) -> float:
    """Return the exact Wasserstein-1 distance between two batches, by optimal assignment.

    Args:
        first: (n, d); every row has weight 1/n.
        second: (n, d).
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    costs = cdist(first, second)
    return float(costs[linear_sum_assignment(costs)].mean())


def mean_distance(batch: Floats, point: Floats) -> float:
    """Return the distance of a batch from copies of a point: the only plan is all of them.

    Args:
        batch: (n, d).
        point: (d,).
    """
    return float(np.linalg.norm(batch - point, axis=1).mean())


def centres(vectors: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return k-means centres, (count, d), by Lloyd's algorithm from random examples.

    A centre that no vector is nearest to stays where it is.

    Args:
        vectors: (n, d).
        count: Number of centres, at most n.
        rng: Draws the first centres.
    """
    found = vectors[rng.choice(len(vectors), count, replace=False)]
    for _ in range(ROUNDS):
        # ‖v − c‖² less ‖v‖², as one matrix product: ten times as fast as cdist.
        nearest = (np.square(found).sum(axis=1) - 2 * vectors @ found.T).argmin(axis=1)
        sizes = np.bincount(nearest, minlength=count)
        sums = np.zeros_like(found)
        np.add.at(sums, nearest, vectors)
        found = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], found)
    return found


def draw(data: Data, dimension: int, count: int, rng: np.random.Generator) -> Floats:
    """Return vectors, (count, dimension); pixels are in 0…1.

    Digits are drawn with replacement where more are wanted than there are.
    """
    if data == "normal":
        return rng.normal(size=(count, dimension))
    if data == "digits":
        images = _digits()
        return images[rng.choice(len(images), count, replace=count > len(images))]
    edge = round((dimension / 3) ** 0.5)
    photographs = _photographs()
    _, height, width, _ = photographs.shape
    which = rng.integers(len(photographs), size=count)
    tops = rng.integers(height - edge + 1, size=count)
    lefts = rng.integers(width - edge + 1, size=count)
    patches = np.stack(
        [
            photographs[i, top : top + edge, left : left + edge].ravel()
            for i, top, left in zip(which, tops, lefts, strict=True)
        ]
    )
    return np.asarray(patches, dtype=np.float64)


@lru_cache(maxsize=1)
def _digits() -> Floats:
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().data / 16, dtype=np.float64)


@lru_cache(maxsize=1)
def _photographs() -> Floats:
    """Return the photographs that come with scikit-learn, (2, 427, 640, 3)."""
    from sklearn.datasets import load_sample_images

    return np.stack(load_sample_images().images).astype(np.float64) / 255
