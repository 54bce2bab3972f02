"""What is listed, and that pruning takes the least recently used and never what is needed."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from flows.checkpoints import in_use, list_checkpoints, prune, pull
from flows.checkpoints.keep import pulling
from tests.flows.checkpoints.conftest import checkpoint_files

NOW = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture
def three(hub, root):
    """Pull three commits, last used 30, 20 and 10 days before NOW."""
    repo = hub.repos[("model", "org/name")]
    pulled = []
    for seed, days in ((1, 30), (2, 20), (3, 10)):
        commit = repo.commit(checkpoint_files(seed))
        checkpoint = pull("tiny", f"hf://org/name@{commit}", root=root)
        used = (NOW - timedelta(days=days)).timestamp()
        os.utime(checkpoint.folder / ".rankcheck.json", (used, used))
        pulled.append(checkpoint)
    return pulled


def there(pulled):
    return [checkpoint.folder.exists() for checkpoint in pulled]


def test_listed_are_pulled_unfinished_and_in_place(three, root, folder):
    pull("mine", f"file://{folder}", root=root)
    (root / "hf" / "org" / "half" / ("0" * 40)).mkdir(parents=True)
    (root / "hf" / "org" / "half" / ("0" * 40) / "config.json").write_text("{}")
    listed = list_checkpoints(root)
    assert {kept.digest for kept in listed if kept.complete} >= {c.digest for c in three}
    assert [kept.source for kept in listed if kept.in_place] == [f"file://{folder}"]
    assert [kept.source for kept in listed if not kept.complete] == [f"hf/org/half/{'0' * 40}"]
    assert [kept.last_used for kept in listed] == sorted(
        (k.last_used for k in listed), reverse=True
    )
    mine = next(kept for kept in listed if kept.digest == three[0].digest)
    assert mine.resolved_revision == three[0].resolved_revision
    assert mine.bytes >= three[0].bytes


def test_nothing_is_listed_or_pruned_where_nothing_is(root):
    assert list_checkpoints(root) == []
    assert prune(root, keep_days=0).removed == ()


def test_unused_for_long_goes(three, root):
    gone = prune(root, keep_days=15, now=NOW)
    assert there(three) == [False, False, True]
    assert [kept.digest for kept in gone.removed] == [three[0].digest, three[1].digest]
    assert gone.freed_bytes == sum(kept.bytes for kept in gone.removed) > 0
    assert gone.kept_bytes == sum(kept.bytes for kept in list_checkpoints(root))


def test_over_the_limit_the_least_recently_used_goes(three, root):
    each = list_checkpoints(root)[0].bytes
    prune(root, max_gb=2.5 * each / 1e9)
    assert there(three) == [False, True, True]
    prune(root, max_gb=0)
    assert there(three) == [False, False, False]
    assert list_checkpoints(root) == []


def test_a_pull_counts_as_a_use(three, root, monkeypatch):
    # Settled at once, so that the manifest is not written anew, which would count as a use too.
    monkeypatch.setattr("evaluators.checkpoint.files._SETTLED_NS", 0)
    pull("tiny", f"hf://org/name@{three[0].resolved_revision}", root=root)
    prune(root, keep_days=15, now=NOW + timedelta(days=1))
    assert there(three)[1] is False
    assert there(three)[0] is True


def test_without_a_limit_nothing_goes(three, root):
    assert prune(root).removed == ()
    assert there(three) == [True, True, True]


def test_a_dry_run_says_the_same_and_removes_nothing(three, root):
    said = prune(root, keep_days=15, dry_run=True, now=NOW)
    assert there(three) == [True, True, True]
    assert prune(root, keep_days=15, now=NOW) == said


def test_what_is_to_be_kept_stays_and_the_next_one_goes(three, root):
    each = list_checkpoints(root)[0].bytes
    prune(root, keep_days=0, max_gb=each / 1e9, keep={three[0].digest}, now=NOW)
    assert there(three) == [True, False, False]


def test_what_is_in_use_or_being_pulled_stays_and_is_named(three, root):
    with in_use(three[0], root=root), in_use(three[0], root=root), pulling(root, three[1].folder):
        said = prune(root, keep_days=0, now=NOW)
    assert there(three) == [True, True, False]
    assert {kept.digest for kept in said.in_use} == {three[0].digest, three[1].digest}
    prune(root, keep_days=0, now=NOW)
    assert there(three) == [False, False, False]


def test_a_folder_used_in_place_is_never_removed(root, folder):
    pull("mine", f"file://{folder}", root=root)
    assert prune(root, keep_days=0, max_gb=0, now=NOW + timedelta(days=9999)).removed == ()
    assert (folder / "model.safetensors").exists()


def test_what_an_interrupted_pull_left_goes_too(three, root):
    (three[0].folder / ".rankcheck.json").unlink()
    old = (NOW - timedelta(days=99)).timestamp()
    for path in three[0].folder.rglob("*"):
        os.utime(path, (old, old))
    prune(root, keep_days=50, now=NOW)
    assert there(three) == [False, True, True]


def test_what_was_pruned_can_be_pulled_again(three, root):
    prune(root, max_gb=0)
    again = pull("tiny", f"hf://org/name@{three[0].resolved_revision}", root=root)
    assert again == three[0]


def test_a_pull_waits_for_another_and_then_finds_its_work(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    folder = root / "hf" / "org" / "name" / commit
    found = []
    with pulling(root, folder):
        thread = threading.Thread(
            target=lambda: found.append(pull("tiny", "hf://org/name", root=root))
        )
        thread.start()
        thread.join(0.5)
        assert found == []
    thread.join(30)
    assert found[0].folder == folder


def test_waiting_ends_and_names_the_holder(hub, root, monkeypatch):
    commit = hub.repos[("model", "org/name")].branches["main"]
    monkeypatch.setattr("flows.checkpoints.keep.PATIENCE", 0.2)
    with (
        pulling(root, root / "hf" / "org" / "name" / commit),
        pytest.raises(Exception, match=rf"used by process {os.getpid()}"),
    ):
        pull("tiny", "hf://org/name", root=root)
