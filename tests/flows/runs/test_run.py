from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.numpy import load_file, save_file

from db import StoreError
from tests.flows.home import PLAN, REAL, SMALL, Home

NewHome = Callable[..., Home]


def test_a_run_keeps_scores_and_the_second_evaluates_nothing(finished_home: Home) -> None:
    home = finished_home
    assert "4 evaluated" in (home.folder / "stderr").read_text(encoding="utf-8")
    assert "SampleEN" in (home.folder / "stdout").read_text(encoding="utf-8")
    scores = home.rows("SELECT task, pooling, spearman, ci_low, ci_high, pairs FROM sts_scores")
    assert len(scores) == 4
    lines = (home.folder / "events.jsonl").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    ended = [event for event in events if event["event"] == "job_ended"]
    assert {event["job"] for event in ended} == set(home.finished())
    recorded = {event["run"] for event in events if event["event"] == "run_recorded"}
    assert recorded == set(home.finished().values())
    assert events[-1]["event"] == "plan_run_ended"
    assert (events[-1]["evaluated"], events[-1]["failed"]) == (4, 0)
    assert {event["plan_run"] for event in events if "plan_run" in event} == {
        night for (night,) in home.rows("SELECT DISTINCT night_id FROM runs")
    }
    for _, _, spearman, low, high, pairs in scores:
        assert -1 < low < spearman < high < 1
        assert pairs == 200
    kept = home.finished()
    # Prefect warns and keeps nothing when a result is no plain JSON: the files must be there.
    results = sorted(path.stem for path in (home.folder / "store.duckdb.results").glob("*.json"))
    assert results == sorted(kept)

    second = home.run("run", str(home.plan))
    assert "Nothing to evaluate: all 4 jobs" in second.stderr
    assert home.finished() == kept

    # What was said of every pair lies beside the store, a folder a run, and gives the scores.
    runs = home.rows("SELECT run_id, pooling, spearman FROM sts_scores WHERE task = 'SampleEN'")
    ids = {run_id for (run_id,) in home.rows("SELECT run_id FROM runs")}
    assert {path.name for path in (home.folder / "store.duckdb.tables").iterdir()} == ids
    value = {pooling: (run_id, spearman) for run_id, pooling, spearman in runs}
    (arm, high), (base, low) = value["native"], value["cls"]
    shown = home.run("predictions", "compare", arm, base, "--format", "json").stdout
    found = json.loads(shown)["comparison"][0]
    assert (found["metric"], found["n"]) == ("spearman", 200)
    assert abs(found["arm_value"] - high) + abs(found["base_value"] - low) < 1e-5
    assert found["ci_low"] < found["difference"] < found["ci_high"]


def test_a_night_with_nothing_to_do_starts_neither_prefect_nor_torch(finished_home: Home) -> None:
    home = finished_home
    script = (
        "import sys\nfrom flows.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'torch', 'transformers', 'prefect', 'datasets', 'huggingface_hub'}\n"
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", script, "run", str(home.plan)],
        env=dict(home.environment),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Nothing to evaluate" in done.stderr
    assert done.stderr.rstrip().endswith("[]")


def test_only_what_changed_runs(new_home: NewHome, small_checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / "checkpoint"
    shutil.copytree(small_checkpoint, copy)
    plan = PLAN.replace(SMALL, f"file://{copy}")
    home = new_home(plan=plan)

    def evaluated(text: str) -> int:
        home.plan.write_text(text, encoding="utf-8")
        before = set(home.finished()) if home.store.exists() else set()
        home.run("run", str(home.plan))
        return len(set(home.finished()) - before)

    spread = plan.replace(f"file://{copy}", f"file://{copy}\n    device_map: [cpu, cpu]", 1)
    assert evaluated(spread) == 4
    assert home.rows("SELECT DISTINCT device FROM runs") == [("cpu, cpu",)]
    assert evaluated(plan) == 0
    assert evaluated(plan.replace("[native, cls]", "[native, cls, last-mean]")) == 2
    assert evaluated(plan + "    prompt: 'query: '\n") == 4
    assert evaluated(plan + "    dtype: float64\n") == 4
    assert evaluated(plan.replace("name: test", "name: renamed")) == 0

    weights = load_file(copy / "model.safetensors")
    name = sorted(weights)[0]
    weights[name] = weights[name].copy()
    weights[name].flat[0] += 1e-3
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    # The canary is a job of its own key only where the plan does not have it already.
    assert evaluated(plan) == 4


def test_one_changed_byte_of_a_dataset_runs_its_task_alone(
    new_home: NewHome, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "data" / "mteb" / "sts13-sts" / "default"
    folder.mkdir(parents=True)

    def write(last: str) -> None:
        table = pa.table(
            {
                "sentence1": ["a cat sleeps", "a dog runs", "it rains"],
                "sentence2": ["the cat is asleep", "a stone lies there", last],
                "score": [5.0, 0.5, 4.0],
            }
        )
        pq.write_table(table, folder / "test.parquet")

    write("it is raining")
    home = new_home(plan=PLAN.replace("SampleZH", "STS13"), RANKCHECK_DATA=str(tmp_path / "data"))
    home.run("run", str(home.plan))
    before = set(home.finished())
    write("it was raining")
    home.run("run", str(home.plan))
    new = set(home.finished()) - before
    tasks = {task for key, task in home.rows("SELECT job_key, task FROM runs") if key in new}
    assert len(new) == 2
    assert tasks == {"STS13"}


def test_a_failing_evaluation_fails_alone_and_is_tried_again(
    new_home: NewHome, small_checkpoint: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkpoint"
    shutil.copytree(small_checkpoint, copy)
    weights = load_file(copy / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    plan = PLAN.replace(SMALL, f"file://{copy}")
    home = new_home(plan=plan.replace("[native, cls]", "[native, pooler]"))
    done = home.run("run", str(home.plan), status=1)
    assert "2 failed" in done.stderr
    assert "pooler" in done.stderr
    assert len(home.finished()) == 2
    failed = home.rows("SELECT error_type, error_text FROM runs WHERE status = 'failed'")
    assert len(failed) == 2
    assert all(kind == "CheckpointError" and "pooler" in text for kind, text in failed)
    assert home.rows("SELECT count(*) FROM sts_scores WHERE spearman IS NULL") == [(0,)]

    again = home.run("run", str(home.plan), status=1)
    assert "0 evaluated, 2 done before" in again.stderr
    assert len(home.finished()) == 2


def test_a_missing_dataset_fails_its_task_and_the_rest_is_evaluated(new_home: NewHome) -> None:
    home = new_home(plan=PLAN.replace("SampleZH", "STS14"))
    done = home.run("run", str(home.plan), status=1)
    assert "STS14" in done.stderr
    assert "RANKCHECK_DATA" in done.stderr
    assert len(home.finished()) == 2


def test_an_unreachable_checkpoint_fails_its_evaluations_and_no_others(new_home: NewHome) -> None:
    other = "  - name: other\n    source: file:///does/not/exist\nevaluations:"
    home = new_home(plan=PLAN.replace("evaluations:", other))
    done = home.run("run", str(home.plan), status=1)
    assert "other" in done.stderr
    assert len(home.finished()) == 4
    rows = home.rows("SELECT status, error_type FROM runs WHERE evaluator = 'input'")
    assert rows == [("failed", "CheckpointError")]


def test_provenance_is_complete(finished_home: Home) -> None:
    ((libraries, machine, commit, cost, source, weights),) = finished_home.rows(
        "SELECT s.libraries, s.machine, r.code_commit, r.cost, c.source, c.weights_sha256 "
        "FROM runs r JOIN systems s USING (system_id) JOIN checkpoints c USING (checkpoint_id) "
        "WHERE r.task = 'SampleEN' AND r.parameters LIKE '%native%'"
    )
    assert json.loads(libraries).keys() >= {"python", "torch", "transformers", "numpy"}
    assert json.loads(machine).keys() >= {"processor", "cores", "memory_gib"}
    assert commit
    assert json.loads(cost).keys() >= {"device", "token_budget", "peak_memory_bytes"}
    assert source == REAL
    assert weights == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_a_missing_fit_split_fails_the_whitening_and_not_the_raw_vectors(
    new_home: NewHome, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "data" / "mteb" / "stsbenchmark-sts" / "default"
    folder.mkdir(parents=True)
    table = pa.table(
        {
            "sentence1": ["a cat sleeps", "a dog runs", "it rains", "he sings"],
            "sentence2": ["the cat is asleep", "a stone lies there", "rain falls", "they sang"],
            "score": [5.0, 0.5, 4.0, 3.0],
        }
    )
    pq.write_table(table, folder / "test.parquet")  # and no train split, which `target` reads too
    plan = PLAN.replace("[SampleEN, SampleZH]", "[STSBenchmark]").replace(
        "[none]", "[none, target]"
    )
    home = new_home(plan=plan, RANKCHECK_DATA=str(tmp_path / "data"))
    done = home.run("run", str(home.plan), status=1)
    assert "train" in done.stderr
    assert home.rows(
        "SELECT DISTINCT task, whitening FROM sts_scores WHERE task <> 'SampleEN'"
    ) == [("STSBenchmark", "none")]
    # Nothing left to evaluate, but what is missing is still said, and still kept.
    again = home.run("run", str(home.plan), status=1)
    assert "Nothing to evaluate" in again.stderr
    assert "train" in again.stderr
    assert home.rows("SELECT count(*) FROM runs WHERE evaluator = 'input'") == [(2,)]


def test_a_plan_run_stops_at_the_first_job_that_finds_the_disk_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.nightly import stop_on_full_disk

    night = SimpleNamespace(places=SimpleNamespace(home=tmp_path))
    stop_on_full_disk(night)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=4096))
    with pytest.raises(StoreError, match=r"the disk is almost full.*make room.*run again"):
        stop_on_full_disk(night)
