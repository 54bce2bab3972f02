"""Expanding a plan to jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import Store
from db.settings import Settings
from flows.errors import PlanError
from flows.plans.plan import read_plan
from flows.runs.prepare import expand

PLAN = "name: many\nevaluations:\n  - evaluator: orthogonal_map\n"


def test_a_plan_of_too_many_jobs_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")

    def jobs() -> int:
        chosen = Settings(store=store.url)
        return len(expand(read_plan(path), chosen, store, {}, lambda _: "", failures=[]).todo)

    assert jobs() == 9
    monkeypatch.setattr("flows.runs.prepare.MOST_JOBS", 9)
    assert jobs() == 9
    monkeypatch.setattr("flows.runs.prepare.MOST_JOBS", 8)
    with pytest.raises(PlanError, match="plan 'many' must have at most 8 jobs: split it"):
        jobs()
