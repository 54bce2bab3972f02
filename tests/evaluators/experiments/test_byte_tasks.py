"""Texts as bytes, and what networks learn of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluators.evaluator import digests_of
from evaluators.experiments import byte_tasks
from evaluators.experiments.byte_tasks import ByteTasks, ByteTasksRequest, bytes_of, compare
from evaluators.trainer.labelled_data import TextExample

SEEDS = [0, 1]


def example(text: str, label: int, pair: str | None = None) -> TextExample:
    return TextExample(text, text, pair, label)


def test_bytes_of_a_text_are_cut_or_filled() -> None:
    assert byte_tasks.encoded(example("猫a", 0), 6) == [0xE7, 0x8C, 0xAB, 97, 257, 257]
    assert byte_tasks.encoded(example("abcdefgh", 0), 4) == [97, 98, 99, 100]


def test_both_texts_of_a_pair_are_read_however_long() -> None:
    found = byte_tasks.encoded(example("a" * 50, 0, "b" * 50), 8)
    assert found == [97, 97, 97, 256, 98, 98, 98, 257]


def texts(count: int, seed: int) -> list[TextExample]:
    """Return texts whose class is whether their first and last letters are the same."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(97, 101, size=(count, 10)).astype(np.uint8)
    return [
        TextExample(f"{seed}-{i}", bytes(row).decode(), None, int(row[0] == row[-1]))
        for i, row in enumerate(letters)
    ]


def test_texts_that_are_scored_or_choose_the_rate_are_not_trained_on() -> None:
    train, test = texts(200, 0), texts(50, 1)
    task = bytes_of(train, test, 2, 10, seed=0)
    rng = np.random.default_rng(0)
    assert task.held_out is not None

    def seen(draw: Any) -> set[tuple[int, ...]]:
        return {tuple(row) for row in draw(rng, 4000)[0]}

    known, validation = seen(task.draw), seen(task.held_out["validation"])
    everything = {tuple(byte_tasks.encoded(each, 10)) for each in train}
    assert len(validation) == 20
    assert known | validation == everything
    assert not known & validation
    assert seen(task.held_out["test"]) == {tuple(byte_tasks.encoded(each, 10)) for each in test}


def trained(
    mixer: str, work: Path | None = None, steps: int = 6, **changed: Any
) -> dict[Any, float]:
    tasks = [bytes_of(texts(200, 0), texts(50, 1), 2, 12, seed) for seed in SEEDS]
    settings: dict[str, Any] = {
        "length": 12,
        "width": 32,
        "blocks": 1,
        "steps": steps,
        "batch": 8,
        "rates": [0.001, 0.01],
        "seeds": SEEDS,
        "scored": 16,
        "save_every": 3,
        "dtype": "float32",
        "device": "cpu",
        "work": work,
        "identity": "test",
        "report": lambda *_: None,
        "landmarks": 4,
        "window": 4,
        **changed,
    }
    result = compare(tasks, mixer, **settings)  # type: ignore[arg-type]
    return {
        (s.variant["arm"], s.metric, s.variant["seed"]): s.value
        for s in result.scores
        if s.metric != "seconds"
    }


@pytest.mark.parametrize(
    ("mixer", "arm"),
    [("attention", "attention"), ("nystrom", "nystrom 4"), ("local", "local 4"), ("fnet", "fnet")],
)
def test_each_kind_trains_at_the_rate_that_validation_chooses(mixer: str, arm: str) -> None:
    found = trained(mixer)
    assert {key[0] for key in found} == {arm}
    assert found[arm, "best_rate", 0] in (0.001, 0.01)
    assert 0 <= found[arm, "accuracy", 1] <= 1


def test_a_killed_training_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, _: int) -> None:
        if done == 5:
            raise KilledError

    with pytest.raises(KilledError):
        trained("linear", tmp_path, report=kill)
    assert any(tmp_path.rglob("*")), "nothing was saved before the kill"
    assert trained("linear", tmp_path) == trained("linear")


def test_jobs_differ_by_what_their_mixer_reads() -> None:
    request = ByteTasksRequest(tasks=("tnews",), mixers=("attention", "nystrom", "local"))
    jobs = ByteTasks().jobs(request, "", lambda ref: f"digest of {ref.split}")
    assert [job.task for job in jobs] == ["tnews"] * 3
    assert ["landmarks" in job.parameters for job in jobs] == [False, True, False]
    assert ["window" in job.parameters for job in jobs] == [False, False, True]
    assert digests_of(jobs[0]) >= {"digest of train", "digest of validation"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"length": 100}, "landmarks must divide length, got 32 and 100"),
        ({"scored": 100}, "scored must be a multiple of batch, got 100 and 32"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ByteTasksRequest(**changed)
