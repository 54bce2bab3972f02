"""URLs that fsspec opens, on a file system in memory and through a zip archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

import fsspec
import pytest

from evaluators.checkpoint.files import checkpoint_digest
from evaluators.errors import CheckpointError
from flows.checkpoints import SourceUnreachable, from_url, pull
from tests.flows.checkpoints.conftest import NEEDED, checkpoint_files
from tests.object_store import BUSY, SHORT, SLOW, object_store, well


@pytest.fixture
def bucket(tmp_path):
    memory = fsspec.filesystem("memory")
    place = f"/{tmp_path.name}"
    memory.pipe({f"{place}/{path}": content for path, content in checkpoint_files().items()})
    yield memory, place
    memory.rm(place, recursive=True)


def reads(monkeypatch):
    """Count the files that are fetched."""
    fetched = []
    real = from_url._copy
    monkeypatch.setattr(from_url, "_copy", lambda *a: (fetched.append(a[1]), real(*a)))
    return fetched


def test_a_folder_is_copied_and_has_the_digest_of_the_same_files(bucket, root, folder):
    checkpoint = pull("tiny", f"memory:/{bucket[1]}", root=root)
    assert checkpoint.digest == checkpoint_digest(folder)
    pulled = {p.relative_to(checkpoint.folder).as_posix() for p in checkpoint.folder.rglob("*.*")}
    assert pulled == NEEDED | {".rankcheck.json"}


def test_what_did_not_change_is_not_fetched_again(bucket, root, monkeypatch):
    fetched = reads(monkeypatch)
    first = pull("tiny", f"memory:/{bucket[1]}", root=root)
    assert len(fetched) == len(NEEDED)
    assert pull("tiny", f"memory:/{bucket[1]}", root=root) == first
    assert len(fetched) == len(NEEDED)


def test_what_changed_is_a_new_checkpoint_and_the_old_one_stays(bucket, root):
    memory, place = bucket
    old = pull("tiny", f"memory:/{place}", root=root)
    memory.pipe(f"{place}/vocab.txt", b"[UNK]\n[PAD]\n")  # of the same length
    new = pull("tiny", f"memory:/{place}", root=root)
    assert new.digest != old.digest
    assert checkpoint_digest(old.folder) == old.digest


def test_known_weights_that_are_here_need_no_network(bucket, root, monkeypatch):
    first = pull("tiny", f"memory:/{bucket[1]}", root=root)
    monkeypatch.setattr(from_url, "_list", None)
    sha = first.weights_sha256
    assert pull("tiny", f"memory:/{bucket[1]}", weights_sha256=sha, root=root) == first


def test_a_file_system_that_tells_no_versions_is_fetched_each_time(bucket, root, monkeypatch):
    monkeypatch.setattr(from_url, "_VERSION_KEYS", ())
    fetched = reads(monkeypatch)
    for times in (1, 2):
        pull("tiny", f"memory:/{bucket[1]}", root=root)
        assert len(fetched) == times * len(NEEDED)


def test_an_archive_can_be_named_and_its_names_may_not_lead_out(tmp_path, root):
    for name, extra in (("good", {}), ("evil", {"../../evil.txt": b"evil"})):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path, content in (checkpoint_files() | extra).items():
                archive.writestr(path, content)
    assert pull("zipped", f"zip://::file://{tmp_path}/good.zip", root=root).digest
    with pytest.raises(CheckpointError, match=r"names the file '\.\./\.\./evil\.txt'"):
        pull("zipped", f"zip://::file://{tmp_path}/evil.zip", root=root)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense://x/y", r"fsspec cannot open this \(Protocol not known: nonsense"),
        ("memory://nothing/here", "there are no files|FileNotFoundError"),
    ],
)
def test_what_cannot_be_opened_is_said(root, url, says):
    with pytest.raises(CheckpointError, match=says):
        pull("x", url, root=root)


def test_a_missing_library_is_named(root, monkeypatch):
    def missing(*_, **__):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(CheckpointError, match="Install s3fs to access S3"):
        pull("x", "s3://bucket/key", root=root)


def test_pickled_weights_only_are_refused_before_they_are_copied(bucket, root):
    memory, place = bucket
    memory.rm(f"{place}/model.safetensors")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin: these weights are pickled"):
        pull("tiny", f"memory:/{place}", root=root)
    assert not root.exists() or not list(root.rglob("*.txt"))


def test_a_file_that_ends_early_lets_the_fallback_in(bucket, root, folder, monkeypatch):
    memory, place = bucket
    source = f"memory:/{place}"

    def half(self, remote, local, **_):
        Path(local).write_bytes(self.cat_file(remote)[:7])

    monkeypatch.setattr(type(memory), "get_file", half)
    assert pull("tiny", source, fallback=f"file://{folder}", root=root).fallback_used
    with pytest.raises(SourceUnreachable, match=r"bytes, but 7 arrived\. Try again"):
        pull("tiny", source, root=root)
    monkeypatch.undo()
    assert pull("tiny", source, root=root).digest == checkpoint_digest(folder)


@pytest.fixture
def objects(monkeypatch):
    """An object store with the checkpoint, which s3fs is told the address of."""
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()  # it knows the address of another test's
    with object_store() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.objects |= {f"bucket/tiny/{k}": content for k, content in checkpoint_files().items()}
        yield server


@pytest.mark.parametrize(("fault", "says"), [(BUSY, "SlowDown"), (SHORT, "not completed")])
def test_an_object_store_that_fails_lets_the_fallback_in(objects, root, folder, fault, says):
    source = "s3://bucket/tiny"
    objects.fault = lambda _, key: fault if key.endswith("model.safetensors") else ""
    with pytest.raises(SourceUnreachable, match=rf"{says}.*Try again, or a fallback"):
        pull("tiny", source, root=root)
    assert pull("tiny", source, fallback=f"file://{folder}", root=root).fallback_used
    objects.fault = well
    assert pull("tiny", source, root=root).digest == checkpoint_digest(folder)


def test_a_slow_object_store_is_waited_for(objects, root, folder):
    objects.fault = lambda method, key: SLOW if key.endswith(".txt") else ""
    pulled = pull("tiny", "s3://bucket/tiny", root=root)
    assert pulled.digest == checkpoint_digest(folder)


def test_an_outage_lets_the_fallback_in_and_a_missing_file_does_not(
    bucket, root, folder, monkeypatch
):
    memory, place = bucket
    source, fallback = f"memory:/{place}", f"file://{folder}"

    def broken(*_, **__):
        raise OSError("connection reset")

    monkeypatch.setattr(type(memory), "get_file", broken)
    assert pull("tiny", source, fallback=fallback, root=root).fallback_used
    with pytest.raises(SourceUnreachable, match="connection reset"):
        pull("tiny", source, root=root)

    def denied(*_, **__):
        raise PermissionError("no key")

    monkeypatch.setattr(type(memory), "get_file", denied)
    with pytest.raises(CheckpointError, match="credentials"):
        pull("tiny", source, fallback=fallback, root=root)
