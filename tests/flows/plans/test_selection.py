from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import PlanError
from flows.plans.plan import Plan, read_plan
from flows.plans.selection import select, tasks_of

PLAN = """\
name: test
checkpoints:
  - {name: mini, source: "file:///mini"}
  - {name: maxi, source: "file:///maxi"}
canary: {checkpoint: maxi}
evaluations:
  - {evaluator: sts, tasks: [STS12, STS13, SampleEN]}
  - {evaluator: sts, tasks: [STS12], checkpoints: [maxi], poolings: [cls]}
  - {evaluator: clue, tasks: [tnews], mode: probe}
  - {evaluator: dimension_theory}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return read_plan(path)


def content(plan: Plan) -> list[tuple[str, tuple[str, ...], tuple[str, ...] | None]]:
    return [(each.evaluator, tasks_of(each), each.checkpoints) for each in plan.evaluations]


def test_without_patterns_it_is_the_whole_plan(plan):
    assert select(plan, []) is plan


def test_a_task_is_left_of_every_evaluation_that_has_it(plan):
    part = select(plan, ["STS12"])
    assert content(part) == [("sts", ("STS12",), None), ("sts", ("STS12",), ("maxi",))]
    assert [entry.name for entry in part.checkpoints] == ["mini", "maxi"]


def test_patterns_of_one_kind_add_and_of_two_kinds_restrict(plan):
    part = select(plan, ["STS13", "tn*", "mini"])
    assert content(part) == [("sts", ("STS13",), ("mini",)), ("clue", ("tnews",), ("mini",))]
    assert [entry.name for entry in part.checkpoints] == ["mini"]
    assert part.canary.checkpoint is None


def test_a_checkpoint_that_nothing_is_left_for_is_not_pulled(plan):
    part = select(plan, ["dimension_*"])
    assert content(part) == [("dimension_theory", (), None)]
    assert part.checkpoints == ()


def test_a_part_does_not_pass_for_the_whole_plan(plan):
    assert select(plan, ["sts"]).name == "test (cut)"


def test_a_plan_that_only_pulls_is_cut_too(plan):
    bare = plan.model_copy(update={"evaluations": ()})
    assert [entry.name for entry in select(bare, ["m?xi"]).checkpoints] == ["maxi"]


def test_a_pattern_that_matches_nothing_lists_the_names(plan):
    with pytest.raises(PlanError) as error:
        select(plan, ["STS12", "minni"])
    assert str(error.value) == (
        "--only 'minni' matches no checkpoint, evaluator or task of plan 'test', which has"
        " checkpoints mini, maxi; evaluators sts, clue, dimension_theory; tasks STS12, STS13,"
        " SampleEN, tnews"
    )


def test_names_that_do_not_occur_together_leave_nothing(plan):
    with pytest.raises(PlanError, match="fits all of --only clue --only STS12"):
        select(plan, ["clue", "STS12"])


def test_an_experiment_whose_tasks_are_numbers_does_not_keep_a_plan_from_being_cut():
    """`common_descent`, which the quickstart has, takes numbers of tasks."""
    cut = select(read_plan("quickstart"), ["sts"])
    assert {evaluation.evaluator for evaluation in cut.evaluations} == {"sts"}
