"""The simulation of a fleet agrees with what is known of lists of jobs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.job_queue import Fleet, draw, nights, simulate

PLAIN = Fleet(2, load=0.0)


def test_a_night_that_was_worked_out_by_hand() -> None:
    """Two GPUs. The first begins at job 0, the second with checkpoint 2 of 3; a load takes 1 s.

    GPU 0 loads until 1, and does a until 4 and b until 7. GPU 1 loads until 1, does c until 3 and d
    until 5, and loads again for e, until 8. At 7 only f is left: GPU 0 loads until 8, and does it
    until 13.
    """
    seconds = np.array([[3.0, 3.0], [2.0, 2.0], [2.0, 5.0]])
    night = simulate(seconds, Fleet(2, load=1.0))
    assert night.makespan == 13.0
    assert night.loads == 4
    assert night.busy == 17.0 + 4.0
    assert night.utilisation(2) == pytest.approx(21 / 26)


def test_grahams_worst_case_is_reached() -> None:
    """m (m - 1) jobs of 1 and then one of m take 2 m - 1, where m are possible."""
    m = 5
    seconds = np.array([[1.0] * (m * (m - 1)) + [float(m)]])
    night = simulate(seconds, Fleet(m, load=0.0))
    assert night.makespan == 2 * m - 1
    assert night.makespan == night.graham(m)


@given(
    st.lists(st.lists(st.floats(0.1, 50), min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(1, 9),
    st.floats(0, 30),
)
def test_no_night_is_longer_than_grahams_bound_or_shorter_than_its_work(
    times: list[list[float]], gpus: int, load: float
) -> None:
    night = simulate(np.array(times), Fleet(gpus, load=load))
    assert night.makespan <= night.graham(gpus) * (1 + 1e-9)
    assert night.makespan >= max(night.busy / gpus, night.longest) * (1 - 1e-9)
    assert night.busy == pytest.approx(np.sum(times) + load * night.loads)


def test_a_failure_costs_its_part_and_a_death_its_silence() -> None:
    seconds = np.full((1, 2), 10.0)
    once = simulate(seconds, Fleet(1, load=0.0), failed_after=np.array([[0.5, np.nan]]))
    assert (once.makespan, once.redone) == (25.0, 1)
    deadly = Fleet(4, checkpoints=8, tasks=4, deaths=20.0, silence=100.0)
    rng = np.random.default_rng(1)
    dead = simulate(draw(deadly, rng)[0], deadly, rng=rng)
    assert dead.redone > 0
    assert dead.makespan > 100.0


def test_more_gpus_make_nights_shorter() -> None:
    def median(gpus: int) -> float:
        found = nights(Fleet(gpus, checkpoints=100, tasks=10), 10, seed=3)
        return float(np.median([night.makespan for night in found]))

    assert median(4) > 1.7 * median(8) > 1.7 * 1.5 * median(16)


def test_gpus_that_begin_apart_load_each_checkpoint_about_once() -> None:
    (night,) = nights(Fleet(10, checkpoints=200, tasks=30, deaths=1e-9), 1)
    assert 200 <= night.loads < 300
