"""kill -9 at any moment of a pull: no half looks whole, and the next pull brings it to its end."""

from __future__ import annotations

import signal
import time

import numpy as np
import pytest

from evaluators.checkpoint.files import checkpoint_digest
from flows.checkpoints import SourceUnreachable, list_checkpoints, prune, pull
from tests.flows.checkpoints.conftest import checkpoint_files, weights, write_files

CODE = """
import os, pathlib, sys
os.environ["HF_ENDPOINT"] = sys.argv[3]
from flows.checkpoints import pull
print("begun", flush=True)
print(pull("big", sys.argv[1], root=pathlib.Path(sys.argv[2])).digest)
"""


@pytest.fixture
def big(hub, tmp_path):
    values = np.random.default_rng(0).normal(size=5_000_000).astype("float32")
    files = checkpoint_files() | {"model.safetensors": weights(w=values)}
    commit = hub.model("org/big").commit(files)
    return f"hf://org/big@{commit}", checkpoint_digest(write_files(tmp_path / "big", files))


@pytest.fixture
def start(start_code, big, root, hub):
    """Return a function that begins to pull the big checkpoint in a process of its own."""
    return lambda: start_code(CODE, big[0], str(root), hub.endpoint)


def kill(process):
    process.kill()
    status = process.wait()
    process.stdout.close()
    process.stderr.close()
    return status == -signal.SIGKILL


def test_killed_at_random_moments(big, root, start):
    source, digest = big
    draw = np.random.default_rng(0)
    kills = halves = 0
    process = start()
    process.stdout.readline()
    begun = time.monotonic()
    process.communicate()
    whole = time.monotonic() - begun
    prune(root, max_gb=0)
    for _ in range(60):
        process = start()
        process.stdout.readline()
        time.sleep(draw.uniform(0.0, whole))
        kills += kill(process)
        for kept in list_checkpoints(root):
            halves += not kept.complete
            assert not kept.complete or checkpoint_digest(kept.folder) == digest
        if any(kept.complete for kept in list_checkpoints(root)):
            prune(root, max_gb=0)
        if kills >= 12 and halves >= 3:
            break
    assert kills >= 12
    assert halves >= 3  # some of the kills did strike in the middle
    assert pull("big", source, root=root).digest == digest
    assert [kept.complete for kept in list_checkpoints(root)] == [True]
    assert not list(root.rglob("*.incomplete"))


def test_killed_in_the_middle_of_the_weights(big, root, hub, start):
    source, digest = big
    hub.fail("GET /cdn/", cut_after=15_000_000, hold=60)
    process = start()
    deadline = time.monotonic() + 60
    while not any(r.path.startswith("/cdn/") for r in hub.requests):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert kill(process)
    assert [kept.complete for kept in list_checkpoints(root)] == [False]
    assert not list(root.rglob(".rankcheck.json"))
    hub.requests.clear()
    assert pull("big", source, root=root).digest == digest
    small = [r for r in hub.requests if "resolve-cache" in r.path and r.method == "GET"]
    assert small == []  # the files that came whole before the kill are not sent again


def test_what_killed_pulls_left_half_written_does_not_pile_up(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    scratch = root / "hf" / "org" / "name" / commit / ".cache" / "huggingface" / "download"
    write_files(scratch, {"model.0123abcd.incomplete": b"half"})
    hub.fail("GET /cdn/", status=503, times=99)
    with pytest.raises(SourceUnreachable):
        pull("tiny", f"hf://org/name@{commit}", root=root)
    assert list(root.rglob("*.incomplete")) == []


def test_two_processes_pull_the_same_thing_once(big, hub, start):
    _, digest = big
    processes = [start() for _ in range(2)]
    said = [process.communicate(timeout=120)[0].split() for process in processes]
    assert said == [["begun", digest]] * 2
    assert sum(r.path.startswith("/cdn/") for r in hub.requests) == 1


def test_a_killed_one_does_not_block_the_other(big, hub, start):
    _, digest = big
    hub.fail("GET /cdn/", cut_after=15_000_000, hold=60)
    first = start()
    while not any(r.path.startswith("/cdn/") for r in hub.requests):
        time.sleep(0.02)
    second = start()
    second.stdout.readline()
    time.sleep(0.5)
    assert second.poll() is None
    assert kill(first)
    assert second.communicate(timeout=60)[0].strip() == digest
