"""No pull is begun that would not fit, and one that fills the disk all the same says so."""

from __future__ import annotations

import os
import shutil
import subprocess

import numpy as np
import pytest

from evaluators.errors import CheckpointError
from flows.checkpoints import pull
from flows.checkpoints.keep import MARGIN, free_bytes
from tests.flows.checkpoints.conftest import NEEDED, checkpoint_files, weights

SIZE = sum(len(checkpoint_files()[path]) for path in NEEDED)


def test_too_little_room_is_refused_with_both_numbers_before_anything_is_pulled(hub, root):
    with pytest.raises(CheckpointError, match=r"needs 0\.0 MB and leaves 64\.0 MB.*only 12\.3 MB"):
        pull("tiny", "hf://org/name", root=root, free_bytes=lambda folder: 12_300_000)
    assert len(hub.requests) == 1
    assert not list(root.rglob("*.json"))


def test_exactly_enough_room_is_enough(hub, root):
    with pytest.raises(CheckpointError, match="prune"):
        pull("tiny", "hf://org/name", root=root, free_bytes=lambda folder: SIZE + MARGIN - 1)
    assert pull("tiny", "hf://org/name", root=root, free_bytes=lambda folder: SIZE + MARGIN).digest


def test_what_is_here_needs_no_room(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    pull("tiny", "hf://org/name", root=root)
    assert pull("tiny", f"hf://org/name@{commit}", root=root, free_bytes=lambda folder: 0).digest


def test_room_is_counted_for_a_folder_that_is_not_there_yet(tmp_path):
    assert free_bytes(tmp_path / "a" / "b") == pytest.approx(
        shutil.disk_usage(tmp_path).free, rel=0.2
    )


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may mount a small file system")
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


# The client warns of the room it lacks and goes on; what happens then is what is tested.
@pytest.mark.filterwarnings("ignore:Not enough free disk space:UserWarning")
def test_a_small_disk_refuses_a_large_checkpoint(hub, small_disk, monkeypatch):
    monkeypatch.setattr("flows.checkpoints.keep.MARGIN", 0)
    values = np.ones(5_000_000, "float32")
    hub.model("org/big").commit(checkpoint_files() | {"model.safetensors": weights(w=values)})
    with pytest.raises(CheckpointError, match=r"needs 20\.0 MB .*only 8\.\d MB"):
        pull("big", "hf://org/big", root=small_disk)
    # The disk fills up while the pull is under way: another program, or numbers that were wrong.
    with pytest.raises(CheckpointError, match="the disk is full"):
        pull("big", "hf://org/big", root=small_disk, free_bytes=lambda folder: 10**12)
    assert not list(small_disk.rglob(".rankcheck.json"))
    assert pull("tiny", "hf://org/name", root=small_disk, free_bytes=lambda f: 10**12).digest
