"""One plan run, whoever starts it: planned once, concluded once."""

from __future__ import annotations

COUNTED = """
import sys
from flows.runs import plan_run
from flows.cli import cli
planned, concluded = [], []
plan_jobs, conclude = plan_run.plan_jobs, plan_run.conclude
plan_run.plan_jobs = lambda *a, **k: planned.append(1) or plan_jobs(*a, **k)
plan_run.conclude = lambda *a, **k: concluded.append(1) or conclude(*a, **k)
try:
    cli(["run", sys.argv[1]])
finally:
    print("planned", len(planned), "concluded", len(concluded), file=sys.stderr)
"""


def test_a_plan_is_expanded_and_concluded_once(new_home) -> None:
    home = new_home(plan=PLAN)
    for _ in ("something to do", "nothing to do"):
        done = home.run(COUNTED, str(home.plan), program="-c")
        assert "planned 1 concluded 1" in done.stderr


PLAN = """
name: once
evaluations:
  - {evaluator: dimension_theory, items: [100], dimensions: [32]}
"""
