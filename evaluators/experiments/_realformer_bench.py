"""Train the arms of `realformer`, and score them at every rate and at their best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from evaluators.experiments._residual_attention import Carried, ResidualTransformer
from evaluators.language_models.batches import Causal, Masked
from evaluators.language_models.text import Stream, single_loss, table_loss
from evaluators.language_models.training import Recipe, train
from evaluators.language_models.transformer import NormPlace, Shape
from evaluators.progress import Report
from evaluators.result import ArmScores, Result, Score

POST, PRE, REAL = "Post-LN", "Pre-LN", "RealFormer"
SHUFFLED, ZEROED = "shuffled residual", "residual x 0"

ARMS: Mapping[str, tuple[NormPlace, Carried]] = {
    POST: ("post", "nothing"),
    PRE: ("pre", "nothing"),
    REAL: ("post", "scores"),
    SHUFFLED: ("post", "shuffled"),
    ZEROED: ("post", "zeroed"),
}
"""Place of the normalisation, and what attention gets of the scores of the layer before."""

CONVERGED = 0.5
"""Share of the way from the loss of single tokens to that of a table of pairs of neighbours that a
training which converges has gone at its end."""


class Bench(NamedTuple):
    """What the arms of one job have in common; as in a request where not described.

    Attributes:
        source: Name of what is read.
        streams: What each seed reads.
        seeds: Seeds.
        sizes: Objective and sizes.
        rates: Learning rates, the smallest first.
        steps: Steps of a training.
        warmup: Share of them in which rates rise; 0 begins with the largest.
        save_every: Steps between two saved states.
        dtype: Number format.
    """

    source: str
    streams: Sequence[Stream]
    seeds: Sequence[int]
    sizes: Mapping[str, Any]
    rates: Sequence[float]
    steps: int
    warmup: float
    save_every: int
    dtype: str

    @property
    def setting(self) -> str:
        """Everything but arm, rate and seed in words."""
        sizes = self.sizes
        parts = [self.source, sizes["objective"]]
        if sizes["vocabulary"]:
            parts.append(f"pieces {sizes['vocabulary']}")
        parts += [f"{name} {sizes[name]}" for name in ("layers", "width", "length", "batch")]
        return ", ".join([*parts, f"steps {self.steps}", f"warm-up {self.warmup:g}"])

    @property
    def middle(self) -> float:
        """The rate in the middle, at which the control with zeros is trained."""
        return self.rates[len(self.rates) // 2]

    def arms(self, device: torch.device) -> list[str]:
        """Return the arms; without warm-up the controls are left out.

        Scores times 0 can be compared to the last bit only where sums have one order and nothing
        is dropped at random, which depends on the number of networks.
        """
        if not self.warmup:
            return [POST, PRE, REAL]
        exact = device.type == "cpu" and not self.sizes["dropout"]
        return [arm for arm in ARMS if exact or arm != ZEROED]

    def goals(self) -> list[float]:
        """Return by seed the loss that a training reaches which converges."""
        goals: dict[int, float] = {}
        for stream in self.streams:
            if id(stream) not in goals:
                single = single_loss(stream)
                goals[id(stream)] = single + CONVERGED * min(0.0, table_loss(stream) - single)
        return [goals[id(stream)] for stream in self.streams]


class Arm(NamedTuple):
    """An arm after its training.

    Attributes:
        name: Its name.
        rates: Its rates; S networks are those of the seeds at the first rate, then the second.
        losses: Loss of each seed on the test part in nats a token, by rate.
        best: The rate with the least mean loss on the validation part.
        entropies: Mean entropy of attention rows at the best rate, one list a layer, by seed.
        seconds: Time of its steps.
    """

    name: str
    rates: Sequence[float]
    losses: Mapping[float, list[float]]
    best: float
    entropies: Sequence[list[float]]
    seconds: float


def compare(
    bench: Bench, device: torch.device, report: Report, work: Path | None, identity: str
) -> Result:
    """Return the scores of every arm.

    For each rate there are `loss`, in nats a token of the test part, and `converged`, 1 or 0. At
    the best rate there are `best_loss`, `best_rate`, `at_end` (1 where that rate is the smallest or
    the largest one) and `entropy`, that of attention rows in nats, also by layer. `largest_rate` is
    log₁₀ of the largest rate that converges; where none does, of half of the smallest.
    `control_gap` is how far the loss with scores times 0 is from that of Post-LN.

    Args:
        bench: What the arms have in common.
        device: Where to train.
        report: Called with the steps done and all of them, over all arms.
        work: Folder for states; None keeps none.
        identity: Digest of the job.
    """
    scores: list[Score] = []
    names = bench.arms(device)
    seconds, arms = {}, {}
    for place, name in enumerate(names):

        def told(done: int, total: int, before: int = place) -> None:
            report(before * total + done, len(names) * total)

        arm = arms[name] = train_arm(bench, name, device, told, work, identity)
        seconds[f"{name} seconds"] = arm.seconds
        scores += _of_rates(bench, arm)
        if name != ZEROED:
            scores += [*_at_best(bench, arm), *_of_layers(bench, arm)]
    if ZEROED in arms:
        scores += _control_gap(bench, arms[ZEROED], arms[POST])
    return Result(tuple(scores), cost={"seconds": sum(seconds.values()), **seconds})


def train_arm(
    bench: Bench, name: str, device: torch.device, report: Report, work: Path | None, identity: str
) -> Arm:
    """Train the networks of an arm, all rates and seeds in one pass."""
    sizes, seeds = bench.sizes, bench.seeds
    rates = [bench.middle] if name == ZEROED else list(bench.rates)
    norm, carried = ARMS[name]
    causal = sizes["objective"] == "causal"
    batches = (Causal if causal else Masked)(
        bench.streams,
        seeds,
        batch=sizes["batch"],
        length=sizes["length"],
        scored=sizes["scored"],
    )
    shape = Shape(
        vocabulary=batches.vocabulary if causal else batches.vocabulary + 1,
        norm=norm,
        causal=causal,
        **{key: sizes[key] for key in ("length", "width", "layers", "heads", "dropout")},
    )
    model = ResidualTransformer([*seeds] * len(rates), shape, carried)
    trained = train(
        model,
        batches,
        [*seeds] * len(rates),
        [rate for rate in rates for _ in seeds],
        Recipe(bench.steps, warmup=bench.warmup, every=bench.save_every, dtype=bench.dtype),
        device=device,
        work=work / name.replace(" ", "-") if work else None,
        identity=f"{identity}/{name}",
        report=report,
    )
    with model.watch() as watched:
        losses = _by_rate(rates, trained.score("test"))
    means = _by_rate(rates, torch.tensor(trained.course.validation[-1]))
    best = min(means, key=lambda rate: sum(means[rate]))
    entropies = [_by_rate(rates, torch.stack(each).mean(dim=0).cpu())[best] for each in watched]
    return Arm(name, rates, losses, best, entropies, trained.course.seconds)


def _by_rate(rates: Sequence[float], values: torch.Tensor) -> dict[float, list[float]]:
    """Return values of networks, (S,), by rate."""
    table = values.view(len(rates), -1).tolist()
    return dict(zip(rates, table, strict=True))


def _of_rates(bench: Bench, arm: Arm) -> list[Score]:
    """Return loss and convergence at every rate; a loss that is not finite has no score."""
    found: list[Score] = []
    for rate, losses in arm.losses.items():
        scores = ArmScores(f"{bench.setting}, rate {rate:g}")
        for seed, loss, goal in zip(bench.seeds, losses, bench.goals(), strict=True):
            count = bench.sizes["scored"]
            scores.add("converged", float(loss <= goal), count, arm=arm.name, seed=seed)
            if math.isfinite(loss):
                scores.add("loss", loss, count, arm=arm.name, seed=seed)
        found += scores.scores
    return found


def _at_best(bench: Bench, arm: Arm) -> list[Score]:
    """Return the scores at the arm's best rate, and the largest rate that converges."""
    scores, count = ArmScores(bench.setting), bench.sizes["scored"]
    at_end = len(arm.rates) > 1 and arm.best in (arm.rates[0], arm.rates[-1])
    for place, (seed, goal) in enumerate(zip(bench.seeds, bench.goals(), strict=True)):
        fine = [rate for rate, losses in arm.losses.items() if losses[place] <= goal]
        numbers = {
            "best_loss": arm.losses[arm.best][place],
            "best_rate": arm.best,
            "at_end": float(at_end),
            "largest_rate": math.log10(max(fine, default=arm.rates[0] / 2)),
            "entropy": sum(layer[place] for layer in arm.entropies) / len(arm.entropies),
        }
        for metric, value in numbers.items():
            if math.isfinite(value):
                scores.add(metric, value, count, arm=arm.name, seed=seed)
    return scores.scores


def _of_layers(bench: Bench, arm: Arm) -> list[Score]:
    """Return the entropy of attention at the best rate, by layer."""
    found: list[Score] = []
    for layer, values in enumerate(arm.entropies, 1):
        scores = ArmScores(f"{bench.setting}, layer {layer}")
        for seed, value in zip(bench.seeds, values, strict=True):
            if math.isfinite(value):
                scores.add("layer_entropy", value, bench.sizes["scored"], arm=arm.name, seed=seed)
        found += scores.scores
    return found


def _control_gap(bench: Bench, zeroed: Arm, post: Arm) -> list[Score]:
    """Return how far the control with zeros is from Post-LN at its rate; 1 nat at most."""
    scores = ArmScores(bench.setting)
    pairs = zip(zeroed.losses[bench.middle], post.losses[bench.middle], strict=True)
    for seed, (one, other) in zip(bench.seeds, pairs, strict=True):
        gap = 0.0 if one == other else min(1.0, abs(one - other))
        scores.add("control_gap", gap, bench.sizes["scored"], arm=ZEROED, seed=seed)
    return scores.scores
