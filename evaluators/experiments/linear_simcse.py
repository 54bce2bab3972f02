"""Compare a linear layer trained with the SimCSE loss with whitening, on made-up frozen vectors.

A sentence is a meaning and a style of its own in 64 dimensions. A frozen encoder makes its vector:
it spreads both over 256 hidden units, and turns them into 64 dimensions whose variances fall by a
power law, about a common mean. Dropout is either on the hidden units, before the variances fall, or
on the vector, after that: then it drowns the directions of little variance, and only whitening,
which sees no dropout, can bring them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

Dropped = Literal["hidden", "vector"]

WIDTH, HIDDEN = 64, 256
STYLE = 0.5
"""Standard deviation of a sentence's style in each dimension; that of its meaning is 1."""

MEAN = 2.0
"""Length of the common mean, relative to that of a vector about it, at an exponent of 1."""

TESTED = 2000
"""Number of scored pairs, of similarities that are even between 0 and 1."""


class LinearSimcseRequest(Request):
    """The keys of an `evaluator: linear_simcse` entry in a plan.

    Attributes:
        exponents: Standard deviations fall as i^−exponent over the dimensions, at least 0; each is
            a setting. 0 makes isotropic vectors without a common mean, on which all must tie.
        dropped: Where dropout is: `hidden` or `vector`; each is a setting.
        seeds: Seeds; each makes one world and layer, and those of a setting train together.
        sentences: Number of training sentences, at least `batch`.
        epochs: Number of epochs.
        batch: Sentences a step, at least 2.
        rate: Learning rate of Adam.
        dropout: Share of units that dropout takes.
    """

    exponents: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (0.0, 1.0)
    dropped: Distinct[Dropped] = ("hidden", "vector")
    seeds: Seeds = tuple(range(1000, 1005))
    sentences: Count = 10_000
    epochs: Count = 10
    batch: AtLeastTwo = 64
    rate: Positive = 1e-2
    dropout: Share = 0.3

    @model_validator(mode="after")
    def _whole_batches(self) -> Self:
        if self.sentences < self.batch:
            raise ValueError(
                f"sentences must be no fewer than a batch of {self.batch}, got {self.sentences}"
            )
        return self


class LinearSimcse(Evaluator[LinearSimcseRequest]):
    """The arms are what is done to frozen vectors; a seed draws a world."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("sentences", "epochs")
    Request = LinearSimcseRequest

    def jobs(
        self, request: LinearSimcseRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting, all seeds and arms of it at once."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        return [
            self.job(
                "made-up vectors",
                {"exponent": exponent, "dropped": where, "seeds": sorted(request.seeds), **recipe},
            )
            for exponent in sorted(request.exponents)
            for where in request.dropped
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        stage = f"linear SimCSE, exponent {params['exponent']:g}, dropout on {params['dropped']}"
        return compare(**params, recipe=recipe, report=stage_progress(session.progress, stage))


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    sentences: int
    epochs: int
    batch: int
    rate: float
    dropout: float


def compare(
    exponent: float, dropped: Dropped, seeds: list[int], recipe: Recipe, report: Report
) -> Result:
    """Return Spearman's correlation of every arm on new pairs.

    Args:
        exponent: How fast the standard deviations fall.
        dropped: Where dropout is.
        seeds: One world each.
        recipe: Settings of the training.
        report: Called with the epochs done and all of them.
    """
    from evaluators.experiments._sentence_vectors import correlations, whitened

    scores = ArmScores(
        f"exponent {exponent:g}, dropout {recipe.dropout:g} on {dropped}, {recipe.sentences}"
        f" sentences, {recipe.epochs} epochs, rate {recipe.rate:g}, batch {recipe.batch}"
    )
    with one_thread():
        encoder = Encoder.drawn(exponent, seeds)
        generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
        train = draw(recipe.sentences, generators)
        first, second, gold = draw_pairs(TESTED, generators)
        pair = [encoder(first), encoder(second)]
        target = torch.cat(pair, dim=1)
        seen = encoder(train)
        mean = seen.mean(dim=1, keepdim=True)
        curve = TrainingCurve(recipe.epochs * (recipe.sentences // recipe.batch))
        layer = train_layer(encoder, train, dropped, generators, recipe, curve, report)
        arms = {
            "raw": pair,
            "centred": [side - mean for side in pair],
            "whitened-target": whitened(pair, target),
            "whitened-train": whitened(pair, seen),
            "linear-simcse": [layer(side) for side in pair],
        }
        for arm, (one, other) in arms.items():
            for seed, value in zip(seeds, correlations(one, other, gold), strict=True):
                scores.add("spearman", value, TESTED, arm=arm, seed=seed)
        scores.add_curve(curve, arm="linear-simcse", seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves))


class Encoder(NamedTuple):
    """S frozen encoders.

    Attributes:
        spread: (S, 64, 256), orthonormal rows: from a sentence to its hidden units.
        turn: (S, 64, 64), orthogonal, times the standard deviations.
        mean: (S, 1, 64).
    """

    spread: Tensor
    turn: Tensor
    mean: Tensor

    @classmethod
    def drawn(cls, exponent: float, seeds: list[int]) -> Encoder:
        """Return one encoder for each seed, which does not depend on the others."""
        scales = torch.arange(1, WIDTH + 1).double().pow(-exponent)
        scales = (scales / scales.square().mean().sqrt()).float()
        parts = []
        for seed in seeds:
            generator = torch.Generator().manual_seed(seed)
            spread = torch.linalg.qr(torch.randn(HIDDEN, WIDTH, generator=generator)).Q.T
            turn = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=generator)).Q
            away = torch.randn(1, WIDTH, generator=generator)
            mean = exponent * MEAN * WIDTH**0.5 * away / away.norm()
            parts.append((spread, scales[:, None] * turn, mean))
        return cls(*(torch.stack(each) for each in zip(*parts, strict=True)))

    def __call__(self, sentences: Tensor) -> Tensor:
        """Return the vectors of sentences (S, n, 64) without dropout."""
        vectors: Tensor = torch.baddbmm(self.mean, sentences, self.turn)
        return vectors

    def view(
        self, sentences: Tensor, dropped_at: Dropped, rate: float, generators: list[torch.Generator]
    ) -> Tensor:
        """Return vectors under dropout."""
        from evaluators.experiments._sentence_vectors import dropped

        if dropped_at == "vector":
            return dropped(self(sentences), rate, generators)
        hidden = dropped(sentences @ self.spread, rate, generators)
        back: Tensor = hidden @ self.spread.transpose(1, 2)
        return self(back)


def draw(count: int, generators: list[torch.Generator]) -> Tensor:
    """Return sentences, (S, count, 64): meaning and style."""
    variance = 1 + STYLE**2
    drawn = [torch.randn(count, WIDTH, generator=each) for each in generators]
    sentences: Tensor = torch.stack(drawn) * variance**0.5
    return sentences


def draw_pairs(count: int, generators: list[torch.Generator]) -> tuple[Tensor, Tensor, Tensor]:
    """Return pairs of sentences and the correlation of their meanings, even between 0 and 1."""
    firsts, seconds, golds = [], [], []
    for generator in generators:
        meaning, other, style, styles = torch.randn(4, count, WIDTH, generator=generator)
        gold = torch.rand(count, 1, generator=generator)
        near = gold * meaning + (1 - gold.square()).sqrt() * other
        firsts.append(meaning + STYLE * style)
        seconds.append(near + STYLE * styles)
        golds.append(gold[:, 0])
    return torch.stack(firsts), torch.stack(seconds), torch.stack(golds)


class Layer(NamedTuple):
    """S linear layers.

    Attributes:
        weight: (S, 64, 64).
        bias: (S, 1, 64).
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return the outputs for vectors (S, n, 64)."""
        return torch.baddbmm(self.bias, vectors, self.weight)


def train_layer(
    encoder: Encoder,
    sentences: Tensor,
    dropped: Dropped,
    generators: list[torch.Generator],
    recipe: Recipe,
    curve: TrainingCurve,
    report: Report,
) -> Layer:
    """Return layers that were trained from the identity, so that they begin with the raw vectors.

    Args:
        encoder: Frozen.
        sentences: (S, n, 64).
        dropped: Where dropout is.
        generators: Draw orders and masks.
        recipe: Settings of the training.
        curve: Takes the losses of each step.
        report: Called with the epochs done and all of them.
    """
    from evaluators.experiments._sentence_vectors import batches, rows_of, simcse_loss

    worlds = len(sentences)
    weight = torch.eye(WIDTH).repeat(worlds, 1, 1).requires_grad_()
    layer = Layer(weight, torch.zeros(worlds, 1, WIDTH).requires_grad_())
    optimiser = torch.optim.Adam(layer, lr=recipe.rate)
    for epoch, chosen in batches(recipe.sentences, recipe.batch, recipe.epochs, generators):
        report(epoch - 1, recipe.epochs)
        batch = rows_of(sentences, chosen)
        first, second = (
            layer(encoder.view(batch, dropped, recipe.dropout, generators)) for _ in range(2)
        )
        optimiser.zero_grad()
        losses = simcse_loss(first, second)
        torch.autograd.backward(losses.sum())
        optimiser.step()
        curve.add(losses)
    return Layer(*(part.detach() for part in layer))
