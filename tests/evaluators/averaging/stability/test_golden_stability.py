"""Numbers that hand-written code gave before, on the boards' own cells."""

import pytest

from evaluators.averaging import MEANS, TREATMENTS
from evaluators.averaging.stability import bootstrap, contest, leave_one_out, smallest_change
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]


@pytest.fixture(scope="module")
def superglue():
    return read_board("superglue", "2021")


@pytest.fixture(scope="module")
def resampled(superglue):
    return bootstrap(superglue, PER_TASK)


@pytest.mark.parametrize(
    ("mean", "interval", "probability"),
    [("arithmetic", [1, 5], 0.72), ("geometric", [1, 6], 0.75), ("harmonic", [1, 6], 0.77)],
)
def test_superglue_2021_human_rank_and_ernie(superglue, resampled, mean, interval, probability):
    found = resampled[mean]
    human = found.contest.row(superglue.is_human.index(True))
    ernie = found.contest.models.index("ERNIE 3.0")
    assert found.rank_intervals()[human].tolist() == interval
    assert found.above(ernie, human) == pytest.approx(probability, abs=0.01)


def test_glue_2021_ernie_is_above_human():
    board = read_board("glue", "2021")
    found = bootstrap(board, PER_TASK, {"arithmetic": 1.0})["arithmetic"]
    human = found.contest.row(board.is_human.index(True))
    assert found.above(int(found.contest.ranks.argmin()), human) == pytest.approx(0.995, abs=0.002)
    assert found.rank_intervals()[human][0] == 8


@pytest.mark.parametrize("p", MEANS.values())
def test_dropping_multirc_alone_puts_superglue_humans_first(superglue, p):
    found = leave_one_out(contest(superglue, PER_TASK, p))
    human = found.contest.row(superglue.is_human.index(True))
    without = dict(zip(found.contest.tasks, found.ranks[:, human].tolist(), strict=True))
    assert without.pop("MultiRC") == 1
    assert set(without.values()) == {4, 5}
    assert found.first_rests_on(human) == found.most_moving(human) == ("MultiRC",)


@pytest.mark.parametrize(("p", "change"), [(1, 0.1415), (0, 0.1550), (-1, 0.1649)])
def test_superglue_2021_human_first_by_seven_to_eight_hundredths_of_weight(superglue, p, change):
    field = contest(superglue, PER_TASK, p)
    human = field.row(superglue.is_human.index(True))
    rivals = [i for i in range(len(field.models)) if i != human]
    found = smallest_change(field, human, rivals)
    assert found.change == pytest.approx(change, abs=1e-4)
    assert found.ranks[human] == 1
    assert found.after[field.tasks.index("MultiRC")] < found.before[field.tasks.index("MultiRC")]
