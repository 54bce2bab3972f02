"""Several checkpoints from one hub: what cannot be had is named, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import open_store
from db.settings import Settings
from flows.checkpoints import hub as hub_client
from flows.plans.plan import Plan
from flows.reports.summary import markdown_summary
from flows.runs.outcomes import RunReport
from flows.runs.prepare import PlannedRun, prepare
from tests.flows.checkpoints.conftest import checkpoint_files
from tests.flows.home import NO_HUB, Home
from tests.hub.server import HubServer


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(hub_client, "PAUSES", (0.01, 0.01))
        yield server


def planned(tmp_path: Path, *checkpoints: dict[str, Any]) -> PlannedRun:
    sts = {"evaluator": "sts", "tasks": ["SampleEN"]}
    plan = Plan.model_validate({"name": "test", "checkpoints": checkpoints, "evaluations": [sts]})
    chosen = Settings(store=f"duckdb:///{tmp_path / 'store.duckdb'}", data=())
    return prepare(plan, chosen, open_store(chosen.store))


def entry(name: str, source: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "source": source, **more}


def test_a_pinned_commit_is_taken_though_main_moved_and_what_is_missing_stops_nobody(
    hub: HubServer, tmp_path: Path
) -> None:
    repository = hub.model("org/moved")
    old = repository.commit(checkpoint_files(seed=1))
    new = repository.commit(checkpoint_files(seed=2))
    pickled = {p: c for p, c in checkpoint_files().items() if p != "model.safetensors"}
    remote = {**checkpoint_files(), "config.json": b'{"auto_map": {"AutoModel": "its.Model"}}'}
    hub.model("org/pickled").commit(pickled)
    hub.model("org/remote").commit(remote)
    hub.model("org/last").commit(checkpoint_files(seed=3))
    run = planned(
        tmp_path,
        entry("pinned", f"hf://org/moved@{old}"),
        entry("missing", "hf://org/missing"),
        entry("gone", f"hf://org/moved@{'0' * 40}"),
        entry("pickled", "hf://org/pickled"),
        entry("remote", "hf://org/remote"),
        entry("main", "hf://org/moved"),
        entry("last", "hf://org/last"),
    )
    commits = {name: got.resolved_revision for name, got in run.checkpoints.items()}
    assert list(commits) == ["pinned", "main", "last"]
    assert (commits["pinned"], commits["main"]) == (old, new)
    assert {item.subject for item in run.todo} == {"pinned", "main", "last"}
    errors = {failure.checkpoint: str(failure.error) for failure in run.failures}
    assert list(errors) == ["missing", "gone", "pickled", "remote"]
    assert "org/missing does not exist, or is private" in errors["missing"]
    assert f"has no branch, tag or commit '{'0' * 40}'" in errors["gone"]
    assert "these weights are pickled" in errors["pickled"]
    assert "remote code is refused" in errors["remote"]


def test_only_a_hub_that_does_not_answer_excuses_an_optional_checkpoint(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.model("org/here").commit(checkpoint_files())
    wanted = [
        entry("here", "hf://org/here", optional=True),
        entry("missing", "hf://org/missing", optional=True),
    ]
    run = planned(tmp_path, *wanted)
    assert [failure.checkpoint for failure in run.failures] == ["missing"]
    assert (list(run.checkpoints), run.left_out) == (["here"], ())
    monkeypatch.setenv("HF_ENDPOINT", NO_HUB)
    run = planned(tmp_path, *wanted, entry("needed", "hf://org/needed"))
    assert [missing.checkpoint for missing in run.left_out] == ["here", "missing"]
    assert [failure.checkpoint for failure in run.failures] == ["needed"]
    report = RunReport("test", [], run.done, run.failures, run.left_out)
    assert report.row("plan run", datetime.now(UTC)).failed == 1
    assert [line.partition(":")[0] for line in report.failure_lines()] == ["needed"]
    assert [line.partition(":")[0] for line in report.left_out_lines()] == [
        "left out here",
        "left out missing",
    ]
    assert "## Left out\n\n- left out here: hf://org/here: the hub at" in markdown_summary(report)


def test_a_run_without_its_optional_checkpoints_is_no_failure(new_home) -> None:
    home: Home = new_home(plan=PLAN)
    done = home.run("run", str(home.plan), "--dry-run", status=0)
    assert "0 to run, 0 done, 0 inputs unavailable" in done.stdout
    assert f"left out: far: hf://org/far: the hub at {NO_HUB} cannot be rea" in done.stderr


PLAN = """
name: test
checkpoints:
  - {name: far, source: hf://org/far, optional: true}
evaluations:
  - {evaluator: sts, tasks: [SampleEN]}
"""
