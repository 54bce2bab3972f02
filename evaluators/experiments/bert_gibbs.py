"""Sample from small masked language models by Gibbs sampling, on text of a known source.

The source is a Markov chain of order 1 or 2, so that its n-grams and its conditionals are known. A
transformer learns to predict masked tokens. Sequences then begin as random tokens, and in each
sweep every token is drawn anew, given the others. It is also asked whether the model's conditionals
can come from one joint distribution at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

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
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.experiments._conditionals import Chains, Conditionals

VOCABULARY, TIME = 5, 8
"""Tokens of a source, and of a sequence."""

WIDTH, LAYERS, HIDDEN = 32, 2, 0.15
"""Of the transformers: width of the states, layers, and share of tokens that are masked."""

ASKED = 500
"""Sequences on which errors and cycles are measured."""


class BertGibbsRequest(Request):
    """The keys of an `evaluator: bert_gibbs` entry in a plan.

    Attributes:
        orders: Orders of the source, 1 or 2, each a setting.
        sweeps: Numbers of sweeps after which n-grams are counted, each a setting.
        chains: Sequences that are sampled.
        updates: Steps of training.
        batch: Sequences of a step, all new.
        rate: Largest learning rate of Adam.
        seeds: Seeds of sources, models and draws.
    """

    orders: Distinct[Annotated[int, Field(ge=1, le=2)]] = (1, 2)
    sweeps: Distinct[Count] = (1, 2, 5, 10)
    chains: AtLeastTwo = 1000
    updates: Count = 3000
    batch: Count = 64
    rate: Positive = 5e-3
    seeds: Seeds = tuple(range(1020, 1025))


class BertGibbs(Evaluator[BertGibbsRequest]):
    """The arms are whose conditionals are used; a seed draws a source and all else."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("chains", "updates")
    Request = BertGibbsRequest

    def jobs(
        self, request: BertGibbsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each order, all seeds of it at once."""
        recipe = {key: getattr(request, key) for key in ("chains", "updates", "batch", "rate")}
        shared = {"sweeps": sorted(request.sweeps), "seeds": sorted(request.seeds), **recipe}
        return [
            self.job(f"Markov source of order {order}", {"order": order, **shared})
            for order in sorted(request.orders)
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        stage = f"Gibbs sampling, order {job.parameters['order']}"
        with one_thread():
            return compare(**job.parameters, report=stage_progress(session.progress, stage))


def compare(
    order: int,
    sweeps: Sequence[int],
    chains: int,
    updates: int,
    batch: int,
    rate: float,
    seeds: list[int],
    report: Report | None = None,
) -> Result:
    """Return how far sampled n-grams are from the source's, and how incompatible conditionals are.

    `divergence` is the total variation of the shares of n-grams of `order + 1` tokens, 0 to 1:
    after sweeps with the masked model (`MLM`), with the source's own conditionals (`source`), with
    a model that is not trained, and of `true samples` and `independent tokens` in as many
    sequences. `error` is the mean Kullback-Leibler divergence of the conditionals from the true
    ones, `cycle` the median size of the log of their products around cycles, both in nats. Two arms
    have the error of the MLM: `joint of equal error`, conditionals of another chain, and
    `independent errors`, whose errors at different places have nothing to do with each other.

    Args:
        order: Of the source.
        sweeps: Numbers of sweeps.
        chains: Sequences that are sampled.
        updates: Steps of training.
        batch: Sequences of a step.
        rate: Largest learning rate.
        seeds: One source and model each.
        report: Called with the updates done and all of them.
    """
    from evaluators.experiments import _conditionals as conditionals
    from evaluators.experiments import _masked_models as masked

    source = conditionals.Chains.drawn(order, VOCABULARY, seeds)
    models = masked.MaskedModels.drawn(VOCABULARY, TIME, WIDTH, LAYERS, seeds)
    generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
    truth = source.ngrams(order)
    start = torch.stack(
        [torch.randint(VOCABULARY, (chains, TIME), generator=each) for each in generators]
    )
    true = source.draw(TIME, chains, generators)
    shares = source.pairs.sum(dim=2)
    lots = torch.stack([torch.rand(chains, TIME, generator=each) for each in generators]).double()
    independent = conditionals.sampled(shares[:, None, None].expand(-1, chains, TIME, -1), lots)
    found: dict[tuple[str, int], Tensor] = {}
    for count in sweeps:
        found["true samples", count] = conditionals.divergence(true, truth, order)
        found["independent tokens", count] = conditionals.divergence(independent, truth, order)

    def sample(arm: str, ask: Conditionals) -> None:
        draws = [torch.Generator().manual_seed(seed + 4_000_003) for seed in seeds]
        orders = torch.Generator().manual_seed(0)
        sequences = start
        for sweep in range(1, max(sweeps) + 1):
            places = torch.randperm(TIME, generator=orders).tolist()
            sequences = conditionals.gibbs_sweep(ask, sequences, places, draws)
            if sweep in sweeps:
                found[arm, sweep] = conditionals.divergence(sequences, truth, order)

    sample("untrained MLM", models.conditionals)
    curve = masked.train(
        models,
        lambda count, each: source.draw(TIME, count, each),
        seeds,
        updates=updates,
        batch=batch,
        rate=rate,
        hidden=HIDDEN,
        report=report,
    )
    sample("MLM", models.conditionals)
    sample("source", source.conditionals)
    scores = []
    for count in sweeps:
        arms = ArmScores(f"order {order}, updates {updates}, sweeps {count}")
        for (arm, swept), values in found.items():
            if swept == count:
                for seed, value in zip(seeds, values.tolist(), strict=True):
                    arms.add("divergence", value, chains, arm=arm, seed=seed)
        scores += arms.scores
    arms = ArmScores(f"order {order}, updates {updates}")
    asked = source.draw(TIME, ASKED, generators)
    shifts = torch.stack(
        [torch.randint(1, VOCABULARY, (ASKED, 2), generator=each) for each in generators]
    )
    for arm, ask in _of_equal_error(source, models.conditionals, asked, generators).items():
        errors = conditionals.error(ask, source.conditionals, asked).tolist()
        around = _cycles(ask, asked, shifts)
        for place, seed in enumerate(seeds):
            arms.add("error", max(0.0, errors[place]), ASKED, arm=arm, seed=seed)
            arms.add("cycle", float(around[place].median()), around.shape[1], arm=arm, seed=seed)
    arms.add_curve(curve, arm="MLM", seeds=seeds)
    return Result((*scores, *arms.scores), tuple(arms.curves))


def _cycles(ask: Conditionals, asked: Tensor, shifts: Tensor) -> Tensor:
    """Return sizes of the log products around cycles of neighbours, where both tokens change."""
    from evaluators.experiments._conditionals import cycles

    found = []
    for first in range(0, TIME - 1, 2):
        # Where a token stays as it is, the product is 1 whatever the conditionals are.
        new = (asked[:, :, [first, first + 1]] + shifts) % VOCABULARY
        found.append(cycles(ask, asked, (first, first + 1), new))
    return torch.cat(found, dim=1).abs()


def _of_equal_error(
    source: Chains,
    model: Conditionals,
    asked: Tensor,
    generators: Sequence[torch.Generator],
) -> Mapping[str, Conditionals]:
    """Return the model, the source, and two conditionals with its error, one without a joint."""
    from evaluators.experiments._conditionals import Chains, error, with_error

    steps = torch.stack(
        [torch.randn(source.steps.shape[1:], generator=each) for each in generators]
    ).double()
    if torch.equal(source.steps[:, :1].expand_as(source.steps), source.steps):
        steps = steps[:, :1].expand_as(steps)  # a chain of order 1 stays one
    tables = torch.stack(
        [torch.randn(TIME, TIME, VOCABULARY, VOCABULARY, generator=each) for each in generators]
    ).double()

    def joint(amount: Tensor) -> Conditionals:
        noisy = source.steps * (amount[:, None, None, None] * steps).exp()
        return Chains.of(noisy / noisy.sum(dim=3, keepdim=True)).conditionals

    def apart(amount: Tensor) -> Conditionals:
        def found(sequences: Tensor, place: int) -> Tensor:
            scores = source.conditionals(sequences, place)
            noise = torch.zeros_like(scores)
            for at in range(TIME):
                if at != place:
                    rows = sequences[:, :, at, None].expand(-1, -1, VOCABULARY)
                    noise = noise + tables[:, place, at].gather(1, rows)
            noise = noise / (TIME - 1) ** 0.5
            told: Tensor = (scores + amount[:, None, None] * noise).log_softmax(dim=2)
            return told

        return found

    wanted = error(model, source.conditionals, asked)
    equal = {
        name: with_error(make, source.conditionals, asked, wanted)
        for name, make in (("joint of equal error", joint), ("independent errors", apart))
    }
    return {"MLM": model, "source": source.conditionals, **equal}
