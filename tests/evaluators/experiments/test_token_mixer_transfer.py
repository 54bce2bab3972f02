"""Mixers that are pretrained on one task and tuned on another."""

from __future__ import annotations

import numpy as np

from evaluators.experiments.token_mixer_transfer import World, compare, tasks_of
from evaluators.experiments.token_mixers import MixerName


def accuracies(world: World, mixer: MixerName, steps: int, tuning: int) -> dict[str, float]:
    result = compare(
        world,
        mixer,
        16,
        32,
        steps,
        tuning,
        40,
        16,
        [0.01],
        [0, 1],
        lambda *_: None,
    )
    found: dict[str, list[float]] = {}
    for score in result.scores:
        found.setdefault(score.metric, []).append(score.value)
    return {metric: float(np.mean(values)) for metric, values in found.items()}


def test_pretraining_on_other_digits_brings_something() -> None:
    found = accuracies("digits", "mixer", 80, 15)
    assert {"pretrained", "tuned", "scratch", "late_improvement"} < set(found)
    assert found["pretrained"] > 0.8
    assert found["tuned"] > found["scratch"] + 0.03


def test_the_second_task_is_not_the_first() -> None:
    first, second = tasks_of("places", 16, 0, seed=0)
    rng = np.random.default_rng(0)
    fillers = 8
    assert (first.draw(rng, 200)[0][:, 8:] < fillers).all(), "keys stand in the first half"
    assert (second.draw(rng, 200)[0][:, 8:] >= fillers).any()
    few, other = tasks_of("digits", 16, 40, seed=0)
    assert few.classes == other.classes == 5
    assert len({tuple(row) for row in other.draw(rng, 1000)[0]}) == 40
