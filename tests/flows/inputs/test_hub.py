"""The hub, through the real library, against a local server that speaks its protocol."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from flows.inputs.pairs import load_task
from tests.flows.inputs.conftest import COLUMNS, ROWS, TASK
from tests.hub.server import HubServer

CARD = b"""---
configs:
- config_name: default
  data_files:
  - {split: test, path: data/test-*}
  - {split: validation, path: data/validation-*}
---
"""
CHILD = """
import json, sys, warnings
from dataclasses import replace
from pathlib import Path
warnings.simplefilter("error")
from evaluators.errors import DatasetError
from evaluators.tasks import find
import flows.inputs.hub
from flows.inputs.pairs import load_task, task_digest
told, out = [], {}
task = replace(find("PAWSX"), **json.loads(sys.argv[1]))
asked = json.loads(sys.argv[2])
flows.inputs.hub.TIMEOUT = asked.get("timeout", flows.inputs.hub.TIMEOUT)
try:
    cache = Path(asked["cache"]) if "cache" in asked else None
    if cache is not None:
        out["digest"] = task_digest(task, cache=cache)
    else:
        data = load_task(task, split=asked.get("split"), progress=lambda *a: told.append(a))
        out = {"digest": data.digest, "rows": len(data), "source": data.source}
except DatasetError as error:
    out["error"] = str(error)
out["told"], out["imported"] = told, "datasets" in sys.modules
print(json.dumps(out))
"""


def shard(start: int, rows: int) -> bytes:
    sink = pa.BufferOutputStream()
    numbers = range(start, start + rows)
    table = pa.table(
        {
            "sentence1": [f"第{i}句" for i in numbers],
            "sentence2": [f"句{i}" for i in numbers],
            "score": [i % 2 for i in numbers],  # the hub keeps binary labels as integers
        }
    )
    parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


SHARDS = {
    "README.md": CARD,
    "data/test-00000-of-00002.parquet": shard(0, 30),
    "data/test-00001-of-00002.parquet": shard(30, 31),
    "data/validation-00000-of-00001.parquet": shard(0, 7),
}
LINES = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in ROWS)


@pytest.fixture
def hub():
    with HubServer() as server:
        yield server


@pytest.fixture
def ask(hub, ask_hub):
    """Load in a process of its own, which returns what became of it."""

    def run(revision: str, *, env: Mapping[str, str] | None = None, **asked: object) -> dict:
        change = {"hub_id": asked.pop("hub_id", "mteb/PAWSX"), "revision": revision}
        change |= asked.pop("change", {})  # type: ignore[arg-type]
        done = ask_hub(hub, CHILD, json.dumps(change), json.dumps(asked), **(env or {}))
        return json.loads(done.stdout)

    return run


def asked_for(hub: HubServer) -> int:
    return len([request for request in hub.requests if "PAWSX" in request.path])


def test_a_split_in_shards_is_loaded_once_and_then_without_a_network(hub, ask, tmp_path):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    first = ask(commit)
    assert first["rows"] == 61
    assert first["source"] == f"mteb/PAWSX@{commit}/default/test"
    assert first["told"] == [["PAWSX from the hub", done, 2] for done in (0, 1, 2)]
    requests = asked_for(hub)
    assert ask(commit) == {**first, "told": []}
    assert ask(commit, split="validation")["rows"] == 7
    assert "no split 'train', only test, validation. Put" in ask(commit, split="train")["error"]
    assert asked_for(hub) == requests
    assert (tmp_path / "hf" / "datasets").is_dir()


def test_the_hubs_rows_and_a_mirrors_have_one_digest(hub, ask, tmp_path):
    commit = hub.dataset("mteb/PAWSX").commit({"test.jsonl.gz": gzip.compress(LINES.encode())})
    got = ask(commit, change={"gold_range": [0, 5], "subset_column": "subset"})
    path = tmp_path / "mirror/org/tiny/default/test.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(LINES, encoding="utf-8")
    assert got["digest"] == load_task(TASK, mirrors=[tmp_path / "mirror"]).digest


def test_another_revision_in_the_cache_is_never_taken_for_the_pinned_one(hub, ask):
    repo = hub.dataset("mteb/PAWSX")
    old = repo.commit(SHARDS)
    new = repo.commit({**SHARDS, "data/test-00001-of-00002.parquet": shard(30, 5)})
    assert ask(new)["rows"] == 35
    offline = {"HF_HUB_OFFLINE": "1"}
    said = ask(old, env=offline)["error"]
    assert "HF_HUB_OFFLINE is set. Put the file mteb/PAWSX/default/test.parquet into" in said
    assert ask(new, env=offline)["rows"] == 35
    assert ask(old)["rows"] == 61


def test_a_remembered_digest_needs_neither_network_nor_library(hub, ask, tmp_path):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    cache = str(tmp_path / "digests.json")
    first = ask(commit, cache=cache)
    assert first["imported"]
    requests = asked_for(hub)
    again = ask(commit, cache=cache)
    assert again["digest"] == first["digest"]
    assert not again["imported"]
    assert asked_for(hub) == requests


def test_a_token_opens_a_gated_data_set_and_none_is_asked_for(hub, ask):
    commit = hub.dataset("mteb/PAWSX", tokens=frozenset({"secret"})).commit(SHARDS)
    assert f"is gated: request access at {hub.endpoint}/datasets/mteb/PAWSX" in ask(commit)["error"]
    assert ask(commit, env={"HF_TOKEN": "secret"})["rows"] == 61


def test_what_the_hub_does_not_have_is_named(hub, ask):
    repo = hub.dataset("mteb/PAWSX")
    commit = repo.commit(SHARDS)
    assert f"has no branch, tag or commit '{'0' * 40}'" in ask("0" * 40)["error"]
    assert "/mteb/GONE does not exist, or is private" in ask(commit, hub_id="mteb/GONE")["error"]
    other = ask(commit, change={"config": "zh"})["error"]
    assert "the hub's copy cannot be read (ValueError: BuilderConfig 'zh' not found" in other
    empty = repo.commit({"README.md": b"nothing here"})
    assert "the hub's copy cannot be read (EmptyDatasetError" in ask(empty)["error"]


def test_bad_rows_of_the_hub_are_refused_like_those_of_a_file(hub, ask):
    repo = hub.dataset("mteb/PAWSX")
    hidden = repo.commit({"test.jsonl": b'{"sentence1":"a","sentence2":"b","score":-1}\n' * 3})
    assert (
        f"@{hidden}/default/test, row 1 has no gold value (-1), as 3 of 3" in ask(hidden)["error"]
    )
    named = repo.commit({"test.jsonl": b'{"text1":"a","text2":"b","label":1}\n'})
    assert "no column 'sentence1', 'sentence2', 'score', only 'text1'" in ask(named)["error"]
    cut = repo.commit({"test.parquet": shard(0, 9)[:-50]})
    assert "the hub's copy cannot be read (ArrowInvalid" in ask(cut)["error"]


def test_a_loading_script_is_not_run(hub, ask, tmp_path):
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')".encode()
    commit = hub.dataset("mteb/PAWSX").commit({**SHARDS, "PAWSX.py": evil})
    assert "scripts are no longer supported" in ask(commit)["error"]
    assert not (tmp_path / "ran").exists()


def test_an_absent_hub_fails_after_one_question(hub, ask):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    hub.fail("/api/datasets/mteb/PAWSX", status=503, times=99)
    said = ask(commit)["error"]
    assert "mteb/PAWSX is out of order or busy (status 503). Put the file" in said
    assert "or run once where the hub has mteb/PAWSX at revision" in said
    assert asked_for(hub) == 1
    said = ask(commit, env={"HF_ENDPOINT": "http://127.0.0.1:9"})["error"]
    assert "the hub at http://127.0.0.1:9 cannot be reached (ConnectError" in said


def test_a_silent_hub_is_not_waited_for_without_end(hub, ask):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    hub.fail("/api/datasets/mteb/PAWSX", silent=60, times=99)
    assert "cannot be reached (ReadTimeout" in ask(commit, timeout=0.5)["error"]


def test_a_connection_cut_in_the_middle_loses_no_row(hub, ask):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    hub.fail("GET /cdn/", cut_after=500)
    assert ask(commit)["rows"] == 61
    sent = [request.sent for request in hub.requests if request.path.startswith("/cdn/")]
    assert sent.count(500) == 1
    assert len(sent) == 4  # three files, one of them twice


def test_a_cache_that_cannot_be_written_is_not_blamed_on_the_hub(hub, ask, tmp_path):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    (tmp_path / "file").write_text("")
    said = ask(commit, env={"HF_DATASETS_CACHE": str(tmp_path / "file" / "x")})["error"]
    assert "the hub's copy cannot be kept under HF_HOME (NotADirectoryError" in said


def test_a_damaged_copy_in_the_librarys_cache_says_what_to_remove(hub, ask, tmp_path):
    commit = hub.dataset("mteb/PAWSX").commit(SHARDS)
    ask(commit)
    [folder] = Path(tmp_path, "hf", "datasets", "mteb___pawsx", "default", "0.0.0").glob("?" * 40)
    (folder / "pawsx-test.arrow").write_bytes(b"")
    said = ask(commit)["error"]
    assert "in the cache of the hub's library is damaged" in said
    assert f"remove it from {folder} and run again" in said
    (folder / "dataset_info.json").write_bytes(b"{")
    assert "library is damaged" in ask(commit)["error"]
