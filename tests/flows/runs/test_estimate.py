"""What a plan needs is said before anything runs, and only what is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db import open_store
from db.record import record
from db.rows import CheckpointRow, RunRow
from db.settings import Settings
from flows.checkpoints import hub as hub_client
from flows.plans.plan import Plan, read_plan
from flows.reports.estimate import estimate_text
from flows.runs.estimate import estimate
from flows.runs.places import places
from flows.runs.prepare import prepare
from tests.flows.checkpoints.conftest import NEEDED, checkpoint_files, write_files
from tests.flows.home import Home
from tests.hub.server import HubServer

SIZE = sum(len(checkpoint_files()[path]) for path in NEEDED)
ELEMENTS = 8 * 4 + 4 * 4


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setattr(hub_client, "PAUSES", (0.01, 0.01))
        server.model("org/name").commit(checkpoint_files())
        yield server


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(store=f"duckdb:///{tmp_path / 'store.duckdb'}", data=())


def plan(*sources: str, **more: object) -> Plan:
    entries = [{"name": f"c{n}", "source": source, **more} for n, source in enumerate(sources)]
    sts = {"evaluator": "sts", "tasks": ["SampleEN", "STS14"], "dtype": "float64"}
    return Plan.model_validate({"name": "test", "checkpoints": entries, "evaluations": [sts]})


def test_downloads_are_those_of_the_hubs_listing_and_nothing_is_pulled(hub, chosen):
    found = estimate(plan("hf://org/name"), chosen, open_store(chosen.store))
    (need,) = found.checkpoints
    assert (need.status, need.download, need.elements) == ("to download", SIZE, ELEMENTS)
    assert (found.download, found.unknown_downloads) == (SIZE, ())
    assert found.memory == ("c0", "float64", 8 * ELEMENTS)
    assert not places(chosen.store).checkpoints.exists()
    # The canary and the two tasks; no earlier run tells their cost. STS14 is not in a mirror.
    assert (found.todo, found.done, found.unknown_jobs) == (3, 0, 3)
    assert found.datasets == ("STS14",)
    text = estimate_text(found, "table")
    assert "unknown: no earlier run tells it" in text
    assert "the datasets STS14, of unknown size" in text


def test_a_hub_that_cannot_be_reached_makes_it_unknown_unless_there_is_a_fallback(
    hub, chosen, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    store = open_store(chosen.store)
    found = estimate(plan("hf://org/name"), chosen, store)
    assert found.unknown_downloads == ("c0",)
    assert "unknown for c0" in estimate_text(found, "table")
    assert json.loads(estimate_text(found, "json"))["download_unknown"] == ["c0"]
    assert found.memory is None
    local = write_files(tmp_path / "local", checkpoint_files())
    found = estimate(plan("hf://org/name", fallback=f"file://{local}"), chosen, store)
    (need,) = found.checkpoints
    assert (need.status, need.download, need.elements) == ("here", 0, ELEMENTS)
    assert need.reason == "the fallback, as the hub cannot be reached"


def test_without_the_hub_sizes_are_those_that_mteb_states(chosen, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(hub_client, "PAUSES", (0.01, 0.01))
    sources = ("hf://Qwen/Qwen3-Embedding-0.6B", "hf://BAAI/bge-small-zh-v1.5", "hf://org/name")
    found = estimate(plan(*sources), chosen, open_store(chosen.store))
    assert [need.status for need in found.checkpoints] == ["unreachable", "unreachable", "unknown"]
    # 595,776,512 parameters of two bytes are 1136.35 MiB, which mteb states in whole MiB.
    assert found.checkpoints[0].download == 1136 * 2**20
    assert found.download == (1136 + 91) * 2**20
    assert found.unknown_downloads == ("c2",)
    assert found.memory == ("c0", "float64", 8 * 595_776_512)


def test_what_is_here_costs_no_download_and_what_cannot_be_used_is_named(hub, chosen, tmp_path):
    local = write_files(tmp_path / "local", checkpoint_files())
    hub.model("org/pickled").commit({"pytorch_model.bin": b"x"})
    sources = (f"file://{local}", "hf://org/pickled", "small-bert://1x16")
    found = estimate(plan(*sources), chosen, open_store(chosen.store))
    assert [need.status for need in found.checkpoints] == ["here", "unavailable", "to make"]
    assert "these weights are pickled" in str(found.failures[0].error)
    assert {jobs.checkpoint for jobs in found.jobs} == {"c0", "c2"}


def test_a_commit_that_was_measured_and_pruned_is_known_by_its_digest(hub, chosen):
    commit = hub.repos[("model", "org/name")].branches["main"]
    store = open_store(chosen.store)
    store.upgrade()
    pruned = CheckpointRow("d" * 64, "old name", "hf://org/name", "main", commit, "w", 100)
    now = datetime.now(UTC)
    run = RunRow(
        *("run", "another key", "night", "sts", "1", "SampleEN", "d" * 64, "data", "{}", 0),
        *("float64", "finished", now, now, 6.0),
    )
    record(store, run, checkpoint=pruned)
    found = estimate(plan(f"hf://org/name@{commit}"), chosen, store)
    assert found.checkpoints[0].status == "to download"
    (jobs,) = found.jobs
    # The canary and one task are SampleEN; nothing is known of STS14.
    assert (jobs.seconds, jobs.unknown, jobs.how) == (12.0, 1, "same checkpoint")


PROMPTS = b'{"prompts": {"query": "query: "}, "default_prompt_name": "query"}'


def test_jobs_have_the_prompts_of_a_checkpoint_that_is_here(chosen, tmp_path):
    prompted = {**checkpoint_files(), "config_sentence_transformers.json": PROMPTS}
    local = write_files(tmp_path / "local", prompted)
    store, sources = open_store(chosen.store), plan(f"file://{local}")
    done = next(item.job for item in prepare(sources, chosen, store).todo if not item.is_canary)
    assert done.parameters["prompt"] == "query: "
    now = datetime.now(UTC)
    run = RunRow(
        *("run", done.job_key, "night", "sts", "3", done.task, done.checkpoint_digest, "data"),
        *("{}", 0, "float64", "finished", now, now, 6.0),
    )
    record(store, run)
    assert estimate(sources, chosen, store).done == 1


def test_prompts_of_a_checkpoint_that_is_not_here_are_no_failure(hub, chosen):
    sources = plan("hf://org/name")
    named = {"evaluator": "sts", "tasks": ["SampleEN"], "prompt": {"name": "title"}}
    sources = sources.model_validate({**sources.model_dump(), "evaluations": [named]})
    assert estimate(sources, chosen, open_store(chosen.store)).failures == ()


THEORY = """
name: once
evaluations:
  - {evaluator: dimension_theory, items: [100, 200], dimensions: [32]}
"""


def test_the_time_is_that_of_earlier_runs(new_home: Callable[..., Home]) -> None:
    home = new_home(plan=THEORY)
    home.run("run", str(home.plan), "--only", "dimension_*")
    assert home.rows("SELECT DISTINCT plan FROM night_reports") == [("once (cut)",)]
    ((jobs, seconds),) = home.rows("SELECT count(*), sum(seconds) FROM runs")
    settings = Settings(store=home.environment["RANKCHECK_STORE"], data=())
    done = estimate(read_plan(home.plan), settings, open_store(settings.store))
    assert (done.todo, done.done) == (0, jobs)
    options = ("--estimate", "--rerun", "always", "--format", "json")
    again = json.loads(home.run("run", str(home.plan), *options).stdout)
    assert again["jobs"] == {"todo": jobs, "up_to_date": 0}
    assert again["seconds"] == pytest.approx(seconds)
    assert (again["earlier_runs"], again["jobs_of_unknown_cost"]) == (jobs, 0)
