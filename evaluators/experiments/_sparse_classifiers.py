"""Small classifiers of many losses and seeds, trained in one pass with sparse and full softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from evaluators.experiments._many_classes import (
    CHARACTER,
    CONTEXT,
    OBSERVED,
    Examples,
    Rows,
    World,
)
from evaluators.language_models.batches import Batch
from evaluators.language_models.networks import Draw, Embedding, LanguageModel, Linear
from evaluators.language_models.training import Recipe, Trained, train
from evaluators.progress import Report

HIDDEN = 64

BINS = 15
"""Of the expected calibration error (arXiv 1706.04599)."""

LOOKS = 20
"""Measurements of the error on the way."""

PIECE = 250
"""Examples that are scored at a time."""


class Classifier(LanguageModel):
    """S networks with two hidden layers.

    Args:
        seeds: Of the first weights, one for each of S networks.
        classes: Number of classes.
        symbols: Number of different characters that are read; 0 where numbers are.
    """

    def __init__(self, seeds: Sequence[int], classes: int, symbols: int) -> None:
        super().__init__()
        draw = Draw(seeds)
        inputs = CONTEXT * CHARACTER if symbols else OBSERVED
        self.characters: Embedding | None = None
        if symbols:
            self.characters = Embedding(draw, symbols, CHARACTER, 1.0)
        self.layers = nn.ModuleList(
            Linear(draw, each, HIDDEN, (2 / each) ** 0.5) for each in (inputs, HIDDEN)
        )
        self.head = Linear(draw, HIDDEN, classes, HIDDEN**-0.5)

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last hidden states, (S, n, HIDDEN), of inputs (S, n, …)."""
        states = tokens if self.characters is None else self.characters(tokens).flatten(2)
        for layer in self.layers:
            states = relu(layer(states))
        return states

    def logits(self, states: Tensor) -> Tensor:
        """Return logits (S, n, classes)."""
        outputs: Tensor = self.head(states)
        return outputs

    def begin_with(self, other: Classifier, *, head: bool) -> None:
        """Take the layers of networks of one arm, for all arms; the last one only if `head`."""
        mine, theirs = dict(self.named_parameters()), dict(other.named_parameters())
        for name, parameter in mine.items():
            if head or not name.startswith("head"):
                arms = len(parameter) // len(theirs[name])
                values = theirs[name].detach().repeat(arms, *[1] * (parameter.ndim - 1))
                parameter.data = values.clone()


def losses_of(logits: Tensor, targets: Tensor, k: int | None) -> Tensor:
    """Return the loss of each example: sparse softmax over k scores, or the full one for None.

    Args:
        logits: (…, classes).
        targets: (…).
        k: Number of scores, at most the number of classes.
    """
    kept = logits if k is None else logits.topk(k, dim=-1, sorted=False).values
    target = logits.gather(-1, targets[..., None])[..., 0]
    return kept.logsumexp(dim=-1) - target


def train_arms(
    world: World,
    classes: int,
    ks: Sequence[int | None],
    seeds: Sequence[int],
    recipe: Recipe,
    *,
    batch: int,
    rate: float,
    pretrained: bool,
    report: Report | None = None,
) -> Trained:
    """Return trained networks, arm by arm, those of all seeds in each.

    Validation losses are shares of wrong answers, so that they mean the same for every arm.

    Args:
        world: What is learned.
        classes: Number of classes.
        ks: Scores that each arm keeps; None keeps all.
        seeds: One network of each arm for each.
        recipe: Of training and pretraining.
        batch: Examples of a step.
        rate: Largest learning rate.
        pretrained: Whether hidden layers are pretrained, with full softmax.
        report: Called with the steps done and all of them.
    """
    model = Classifier([*seeds] * len(ks), classes, world.symbols)
    if pretrained:
        body = Classifier(seeds, world.other_classes, world.symbols)
        others = Examples(world.other, world.other_test, seeds, batch)
        train(body, others, seeds, [rate] * len(seeds), recipe, report=report)
        model.begin_with(body, head=world.same_classes)

    def loss(networks: LanguageModel, given: Batch) -> Tensor:
        logits = networks(given.inputs)
        if not networks.training:
            return (logits.argmax(dim=-1) != given.targets).float().mean(dim=1)
        parts = zip(logits.chunk(len(ks)), given.targets.chunk(len(ks)), ks, strict=True)
        return torch.cat([losses_of(*part).mean(dim=1) for part in parts])

    rows = Examples(world.train, world.test, seeds, batch)
    every = [*seeds] * len(ks)
    return train(model, rows, every, [rate] * len(every), recipe, loss=loss, report=report)


class Measured(NamedTuple):
    """What a loss's networks do on some examples, each (S,).

    Attributes:
        accuracy: Share of right answers.
        margin: Mean of the target's score less the largest other one, in nats.
        calibration_error: Expected calibration error of the likeliest class's probability.
        off_support: Share of examples whose class has the probability 0.
    """

    accuracy: Tensor
    margin: Tensor
    calibration_error: Tensor
    off_support: Tensor


@torch.no_grad()
def measure(model: LanguageModel, rows: Rows, ks: Sequence[int | None]) -> list[Measured]:
    """Return what the networks of each arm do on examples.

    Args:
        model: Networks, arm by arm.
        rows: Examples of each seed.
        ks: As for `train_arms`.
    """
    model.eval()
    found: list[list[list[Tensor]]] = [[] for _ in ks]
    for start in range(0, rows.classes.shape[1], PIECE):
        inputs, classes = (part[:, start : start + PIECE] for part in rows)
        every = model(inputs.repeat(len(ks), *[1] * (inputs.ndim - 1)))
        for arm, (logits, k) in enumerate(zip(every.chunk(len(ks)), ks, strict=True)):
            found[arm].append(_looked_at(logits, classes, k))
    return [
        _summed_up(*(torch.cat(each, dim=1) for each in zip(*arm, strict=True))) for arm in found
    ]


def _looked_at(logits: Tensor, classes: Tensor, k: int | None) -> list[Tensor]:
    """Return right answers, margins, probabilities of answers, and classes out of reach."""
    places = classes[..., None]
    target = logits.gather(-1, places)[..., 0]
    top = logits.max(dim=-1).values
    others = logits.scatter(-1, places, float("-inf")).max(dim=-1).values
    kept = logits.topk(k or 1, dim=-1).values
    total = (logits if k is None else kept).logsumexp(dim=-1)
    outside = torch.zeros_like(target) if k is None else (target < kept[..., -1]).float()
    right = (target > others).float()
    return [right, target - others, (top - total).exp(), outside]


def _summed_up(right: Tensor, margins: Tensor, sure: Tensor, outside: Tensor) -> Measured:
    errors = [calibration_error(*each) for each in zip(sure, right, strict=True)]
    return Measured(
        right.mean(dim=1), margins.mean(dim=1), torch.stack(errors), outside.mean(dim=1)
    )


def calibration_error(sure: Tensor, right: Tensor) -> Tensor:
    """Return the expected calibration error over 15 equal bins, ().

    Args:
        sure: Probability of each answer, (n,).
        right: 1 where it is right, else 0, (n,).
    """
    bins = (sure * BINS).long().clamp(max=BINS - 1)
    off = torch.zeros(BINS).index_add(0, bins, sure - right)
    return off.abs().sum() / len(sure)
