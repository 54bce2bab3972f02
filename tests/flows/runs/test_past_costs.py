from __future__ import annotations

import pytest

from evaluators.job import Job
from flows.runs.past_costs import PastCosts, PastRun

JOB = Job("sts", "1", "STS12", "digest", "data", {"pooling": "cls"}, dtype="float32")


def run(seconds: float, **changes: object) -> PastRun:
    usual = PastRun(
        f"run of {seconds}", "key", "sts", "STS12", "digest", '{"pooling":"cls"}', "float32",
        seconds, 100, True,
    )  # fmt: skip
    return usual._replace(**changes)


def test_the_nearest_runs_are_taken():
    other = run(8, parameters='{"pooling":"native"}', dtype="bfloat16")
    costs = [
        ([run(2, job_key=JOB.job_key), run(4), other], (2, "same job")),
        ([run(2), run(4), other], (3, "same settings")),
        ([other, run(4, parameters="{}")], (6, "same checkpoint")),
    ]
    for runs, expected in costs:
        cost = PastCosts(runs).of(JOB, 100)
        assert cost is not None
        assert (cost.seconds, cost.how) == expected


def test_another_checkpoint_counts_by_its_size():
    # 200 bytes took 8 s and 100 bytes took 2 s: 300 bytes take 12 s and 6 s, 9 s in the mean.
    runs = [
        run(8, checkpoint_digest="a", bytes=200),
        run(2, checkpoint_digest="b", bytes=100),
        run(99, checkpoint_digest="c", bytes=0),
    ]
    cost = PastCosts(runs).of(JOB, 300)
    assert cost is not None
    assert (cost.seconds, len(cost.runs), cost.how) == (pytest.approx(9), 2, "scaled by size")
    assert PastCosts(runs).of(JOB, None) is None


def test_runs_of_this_kind_of_machine_come_first():
    elsewhere = run(100, same_machine=False)
    here = PastCosts([elsewhere, run(3, checkpoint_digest="a")]).of(JOB, 100)
    assert here is not None
    assert (here.seconds, here.same_machine) == (3, True)
    only = PastCosts([elsewhere]).of(JOB, 100)
    assert only is not None
    assert (only.seconds, only.same_machine) == (100, False)


def test_nothing_is_made_up_for_a_task_that_never_ran():
    assert PastCosts([run(3, task="STS13"), run(3, evaluator="clue")]).of(JOB, 100) is None
