"""JSON that is no result, or meant to do harm: skipped aloud, or refused by name, soon."""

import gzip
import json
import resource
import time

import pytest

from tests.flows.importers.conftest import cells, lm_result, refused, taken

OTHERS = {
    "config.json": {"architectures": ["X"]},
    "all_results.json": {"eval_loss": 0.5, "epoch": 3.0},
    "list.json": [1, 2],
    "broken.json": '{"results": {"arc"',
    "numbers.json": {"results": {"acc": 0.5}},
    "rows.json": {"results": [{"acc": 0.5}]},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_result_is_skipped_and_named_or_refused_if_strict(put, tmp_path, name):
    put("r/org__a/results.json", lm_result())
    put(f"r/org__a/{name}", OTHERS[name])
    found = taken("lm-eval", tmp_path / "r")
    assert cells(found) == {"org/a": {"arc acc": 0.5}}
    (note,) = [note for note in found.notes if "skipped, as no result" in note]
    assert f"org__a/{name}" in note
    assert f"org__a/{name}: is not a result file" in refused("lm-eval", tmp_path / "r", strict=True)


def test_a_folder_without_any_result_says_what_it_found(put, tmp_path):
    for name, content in OTHERS.items():
        put(f"r/{name}", content)
    message = refused("lm-eval", tmp_path / "r", verbose=True)
    assert "no result file of lm-evaluation-harness or lighteval" in message
    assert all(name in message for name in OTHERS)


PLAIN = json.dumps(lm_result(results={"arc": {"acc": 0.5}, "b": {"acc": 0.25}}))
HOSTILE = {
    "infinite": PLAIN.replace("0.5", "1e400"),
    "a key twice": PLAIN.replace('"acc": 0.5', '"acc": 0.5, "acc": 0.9'),
    "a section twice": PLAIN.replace('"config"', '"results": {"arc": {"acc": 0.9}}, "config"'),
    "deep lists": '{"results":' + "[" * 10_000 + "]" * 10_000 + "}",
    "deep objects": '{"results":' * 10_000 + "1" + "}" * 10_000,
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without mark": PLAIN.encode("utf-16-le"),
    "NUL bytes": PLAIN.encode() + b"\0" * 9,
    "NUL in a name": PLAIN.replace("org/a", "org/a\\u0000b"),
    "NUL in a task": PLAIN.replace('"arc"', '"arc\\u0000"'),
    "half a character in a name": PLAIN.replace("org/a", "org/\\ud800"),
    "half a character in a task": PLAIN.replace('"arc"', '"\\udc00"'),
    "a number of 5,000 digits": PLAIN.replace("0.5", "1" + "0" * 5_000),
    "cut off": PLAIN[:60],
    "empty": "",
    "a million empty lists": '{"results":[' + "[]," * 1_000_000 + "[]]}",
    "17 MiB": '{"results":"' + "x" * 17 * 2**20 + '"}',
    "20,000 tasks": json.dumps(lm_result(results={f"t{i}": {"acc": 0.5} for i in range(20_000)})),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_json_gets_an_error_that_names_the_file_soon(put, kind):
    path = put("hostile.json", HOSTILE[kind])
    started = time.process_time()
    assert "hostile.json" in refused("lm-eval", path)
    assert time.process_time() - started < 10


def test_a_bomb_is_never_unpacked_whole(tmp_path):
    path = tmp_path / "r.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(200):
            file.write(b" " * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "more than 16 MiB" in refused("lm-eval", path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


def test_nan_is_a_gap_beside_scores(put):
    found = taken("lm-eval", put("r.json", PLAIN.replace("0.5", "NaN")))
    assert cells(found)["org/a"] == {"b acc": 0.25}
    assert any("org/a arc acc: NaN, taken as missing" in note for note in found.notes)
