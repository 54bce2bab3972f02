"""Logs of Inspect: written by inspect_ai 0.3.285 with mockllm, cut to what is read."""

import io
import json
import struct
import time
import zipfile
import zlib

import pyarrow as pa
import pytest

from tests.flows.importers.conftest import about, cells, refused, taken


def log(
    model="mockllm/one",
    task="capitals",
    *,
    accuracy=0.5,
    created="2026-11-28T21:56:30+00:00",
    limit=None,
    arguments=None,
    generate=None,
    **more,
):
    """A header as inspect_ai 0.3.285 writes it for a task with the scorer match()."""
    metrics = {
        "accuracy": {"name": "accuracy", "value": accuracy, "params": {}},
        "stderr": {"name": "stderr", "value": 0.33333333333333337, "params": {}},
    }
    config = {"epochs": 1, **({} if limit is None else {"limit": limit})}
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "created": created,
            "task": task,
            "task_version": 0,
            "task_args": arguments or {},
            "dataset": {"samples": 3, "sample_ids": [1, 2, 3], "shuffled": False},
            "model": model,
            "model_generate_config": generate or {},
            "model_args": {},
            "config": config,
            "packages": {"inspect_ai": "0.3.285"},
        },
        "plan": {"name": "plan", "steps": [], "config": generate or {}},
        "results": {
            "total_samples": 3,
            "completed_samples": 3,
            "scores": [
                {"name": "match", "scorer": "match", "params": {}, "metrics": metrics},
            ],
        },
        **more,
    }


def archive(content, *, name="header.json", method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("_journal/start.json", "{}")
        made.writestr(name, content if isinstance(content, (str, bytes)) else json.dumps(content))
    return file.getvalue()


def zstandard(content, *, checksum=None):
    """An archive of one member with Zstandard, as inspect_ai writes since 2026."""
    packed = bytes(pa.Codec("zstd").compress(content, asbytes=True))
    crc = zlib.crc32(content) if checksum is None else checksum
    name = b"header.json"
    fields = struct.pack("<HH3L2H", 0, 0, crc, len(packed), len(content), len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<3H", 45, 0, 93) + fields + name + packed
    entry = b"PK\x01\x02" + struct.pack("<4H", 45, 45, 0, 93) + fields
    entry += struct.pack("<3H2L", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def test_arguments_of_the_model_are_facts(put):
    content = log()
    content["eval"]["model_args"] = {
        "revision": "step1000",
        "torch_dtype": "bfloat16",
        "device": "cuda",
        "max_model_len": 8192,
    }
    assert about(taken("inspect", put("a.json", content))) == {
        "mockllm/one": {
            "revision": "step1000",
            "precision": "bfloat16",
            "context_tokens": 8192.0,
            "trajectory": "mockllm/one",
            "step": 1000.0,
        }
    }


def test_a_column_a_metric_and_standard_errors_are_left_out_aloud(put):
    put("a.json", log(accuracy=2 / 3))
    put("b.json", log("mockllm/two", accuracy=1 / 3))
    found = taken("inspect", put("c.json", log("mockllm/two", "rivers", accuracy=0.25)).parent)
    assert cells(found) == {
        "mockllm/one": {"capitals match accuracy": 2 / 3},
        "mockllm/two": {"capitals match accuracy": 1 / 3, "rivers match accuracy": 0.25},
    }


@pytest.mark.parametrize("form", ["deflated", "stored", "zstandard"])
def test_eval_files_are_read_under_each_compression(put, form):
    content = log(accuracy=2 / 3)
    made = {
        "deflated": lambda: archive(content),
        "stored": lambda: archive(content, method=zipfile.ZIP_STORED),
        "zstandard": lambda: zstandard(json.dumps(content).encode()),
    }[form]()
    found = taken("inspect", put("a.eval", made))
    assert cells(found) == {"mockllm/one": {"capitals match accuracy": 2 / 3}}


def test_two_settings_of_a_model_are_two_rows_each_named(put):
    put("a.json", log(accuracy=0.4, arguments={"few": 0}))
    put("b.json", log(accuracy=0.6, arguments={"few": 2}, generate={"temperature": 0.5}))
    folder = put("c.json", log("mockllm/two", accuracy=0.5)).parent
    found = taken("inspect", folder)
    assert set(found.board.models) == {
        "mockllm/one (few 0)",
        "mockllm/one (few 2, temperature 0.5)",
        "mockllm/two",
    }
    one = taken("inspect", folder, keep="best")
    assert cells(one)["mockllm/one"] == {"capitals match accuracy": 0.6}
    assert "leaves 1 row out: mockllm/one (few 0)" in " ".join(one.notes)


def test_the_newest_of_two_equal_runs_counts_and_a_tie_is_refused(put):
    put("a.json", log(accuracy=0.6, created="2026-11-28T21:56:31+00:00"))
    folder = put("b.json", log(accuracy=0.4)).parent
    found = taken("inspect", folder)
    assert cells(found) == {"mockllm/one": {"capitals match accuracy": 0.6}}
    assert "run more than once, the newest counts" in " ".join(found.notes)
    put("a.json", log(accuracy=0.6))
    assert "is 0.4, but 0.6 at a.json" in refused("inspect", folder)


def test_a_failed_run_is_skipped_and_named_and_refused_when_strict(put):
    put("bad.json", log(status="error"))
    put("other.json", {"hello": 1})
    folder = put("good.json", log()).parent
    note = " ".join(taken("inspect", folder).notes)
    assert "2 files skipped" in note
    assert "bad.json (has the status 'error')" in note
    assert "status 'error'" in refused("inspect", folder, strict=True)


def test_a_limit_is_said_and_differing_limits_are_compared(put):
    put("a.json", log(limit=2))
    folder = put("b.json", log("mockllm/two", accuracy=0.25)).parent
    notes = " ".join(taken("inspect", folder).notes)
    assert "run on a part of the examples (limit): a.json" in notes
    assert "different limit: capitals match accuracy (2 for mockllm/one, not stated" in notes
    assert "different limit" in refused("inspect", folder, strict=True)


def test_a_metric_of_unknown_direction_is_asked_for(put):
    content = log()
    content["results"]["scores"][0]["metrics"] = {"wiggle": {"name": "wiggle", "value": 0.5}}
    path = put("a.json", content)
    assert "--metric-direction 'match wiggle'" in refused("inspect", path)
    found = taken("inspect", path, directions={"match wiggle": "higher"})
    assert cells(found) == {"mockllm/one": {"capitals match wiggle": 0.5}}


def bomb():
    return json.dumps(log()).encode() + b" " * (200 * 2**20)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", lambda: json.dumps(log(accuracy=float("nan"))), "nan is not a score"),
        (
            "a.json",
            lambda: json.dumps(log(accuracy=77)).replace("77", "1e400"),
            "inf is not a score",
        ),
        ("a.json", lambda: json.dumps(log(accuracy="0.5")), "is '0.5', which is not a number"),
        ("a.json", lambda: "[" * 10_000 + "]" * 10_000, "cannot be read as JSON"),
        ("a.json", lambda: '{"eval": {}, "eval": {}, "status": "success"}', "'eval' twice"),
        ("a.json", lambda: b"\0" * 1000, "cannot be read as JSON"),
        ("a.json", lambda: json.dumps(log()).encode("utf-16"), "cannot be read as JSON"),
        ("a.json", lambda: json.dumps(log(eval=[])), "is not a log of Inspect"),
        ("a.json", lambda: bomb(), "is larger than 16 MiB"),
        ("a.eval", lambda: b"\0" * 1000, "is not a zip archive"),
        ("a.eval", lambda: archive(log(), name="../header.json"), "leads out of it"),
        ("a.eval", lambda: archive(log(), name="/header.json"), "leads out of it"),
        ("a.eval", lambda: archive(log(), name="head.json"), "has no header.json"),
        ("a.eval", lambda: archive(bomb()), "contains more than 16 MiB"),
        ("a.eval", lambda: zstandard(bomb()), "contains more than 16 MiB"),
        ("a.eval", lambda: zstandard(b"{}", checksum=1), "checksum differs"),
        ("a.eval", lambda: archive(log())[:-30], "is not a zip archive"),
        ("a.eval", lambda: archive(log(), method=zipfile.ZIP_LZMA), "in an unknown way"),
        ("a.eval", lambda: many_members(), "too many members"),
    ],
)
def test_hostile_files_are_refused_by_name_and_soon(put, name, content, said):
    path = put(name, content())
    begun = time.process_time()
    assert said in refused("inspect", path)
    assert time.process_time() - begun < 10


def many_members():
    """The list of members says that it takes 4 GB."""
    content = bytearray(archive(log()))
    content[-10:-6] = b"\xf0\xff\xff\xff"
    return bytes(content)
