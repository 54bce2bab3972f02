"""The conversion pull request of the hub's bot, taken only where it is one of the same files."""

from __future__ import annotations

import json

import pytest

from evaluators.errors import CheckpointError
from flows.checkpoints import SourceUnreachable, pull
from flows.checkpoints.manifest import NAME
from tests.flows.checkpoints.conftest import checkpoint_files

TITLE, BOT = "Adding `safetensors` variant of this model", "SFconvertbot"


def pickled_files(**changes: bytes) -> dict[str, bytes]:
    files = {p: c for p, c in checkpoint_files().items() if p != "model.safetensors"}
    return {**files, **{name.replace("__", "."): content for name, content in changes.items()}}


def converted_files(**changes: bytes) -> dict[str, bytes]:
    return {
        **pickled_files(**changes),
        "model.safetensors": checkpoint_files()["model.safetensors"],
    }


@pytest.fixture
def repo(hub):
    repo = hub.model("org/pickled")
    repo.commit(pickled_files())
    return repo


def test_the_bots_conversion_of_main_is_taken_and_says_so(hub, repo, root):
    commit = repo.pull_request(converted_files(), title=TITLE, author=BOT)
    for source in ("hf://org/pickled", "hf://org/pickled@main"):
        checkpoint = pull("mine", source, root=root)
        assert (checkpoint.requested_revision, checkpoint.resolved_revision) == ("main", commit)
        assert checkpoint.note.startswith("refs/pr/1, the hub's own conversion")
    assert json.loads((checkpoint.folder / NAME).read_text())["note"] == checkpoint.note
    assert not (checkpoint.folder / "pytorch_model.bin").exists()
    assert not any("pytorch_model" in request.path for request in hub.requests)


def test_weights_of_a_module_do_not_stand_for_those_of_the_checkpoint(repo, root):
    dense = {"2_Dense/model.safetensors": checkpoint_files()["model.safetensors"]}
    repo.commit(pickled_files() | dense)
    commit = repo.pull_request(converted_files() | dense, title=TITLE, author=BOT)
    assert pull("mine", "hf://org/pickled", root=root).resolved_revision == commit


def test_the_newest_conversion_that_fits_is_taken(repo, root):
    repo.pull_request(converted_files(config__json=b'{"old": 1}'), title=TITLE, author=BOT)
    fits = repo.pull_request(converted_files(), title=TITLE, author=BOT)
    repo.pull_request(converted_files(vocab__txt=b"other"), title=TITLE, author=BOT)
    assert pull("mine", "hf://org/pickled", root=root).resolved_revision == fits


def test_it_is_found_on_a_later_page(hub, repo, root):
    hub.page_size = 1
    commit = repo.pull_request(converted_files(), title=TITLE, author=BOT)
    repo.pull_request(converted_files(), title="Something else", author=BOT)
    assert pull("mine", "hf://org/pickled", root=root).resolved_revision == commit


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"author": "somebody"}, "none by SFconvertbot is open"),
        ({"title": "Better weights"}, "none by SFconvertbot is open"),
        ({"status": "closed"}, "none by SFconvertbot is open"),
        ({"files": pickled_files()}, "it has no safetensors"),
        (
            {"files": converted_files(config__json=b"{}")},
            r"refs/pr/1 is not .*config\.json differs",
        ),
        ({"files": converted_files(pytorch_model__bin=b"x")}, r"pytorch_model\.bin differs"),
        ({"files": converted_files(vocab__json=b"{}")}, r"vocab\.json is only in one of them"),
    ],
)
def test_another_pull_request_is_not_taken(repo, root, request_, reason):
    request_ = {"files": converted_files(), "title": TITLE, "author": BOT, **request_}
    repo.pull_request(request_.pop("files"), **request_)
    with pytest.raises(CheckpointError, match=reason) as error:
        pull("mine", "hf://org/pickled", root=root)
    assert "rankcheck checkpoints convert" in str(error.value)
    assert not list(root.rglob("model.safetensors"))


def test_a_pinned_commit_is_not_replaced_but_told_of(repo, root):
    pinned = repo.branches["main"]
    commit = repo.pull_request(converted_files(), title=TITLE, author=BOT)
    with pytest.raises(CheckpointError, match=f"write hf://org/pickled@{commit}"):
        pull("mine", f"hf://org/pickled@{pinned}", root=root)
    assert pull("mine", f"hf://org/pickled@{commit}", root=root).resolved_revision == commit


def test_a_mirror_without_discussions_gives_the_usual_error(hub, repo, root):
    hub.fail("/discussions", times=9, status=404)
    with pytest.raises(CheckpointError, match="these weights are pickled"):
        pull("mine", "hf://org/pickled", root=root)


def test_a_hub_that_fails_meanwhile_is_unreachable_so_that_a_fallback_is_used(
    hub, repo, root, folder
):
    hub.fail("/discussions", times=9, status=503)
    with pytest.raises(SourceUnreachable):
        pull("mine", "hf://org/pickled", root=root)
    hub.fail("/discussions", times=9, status=503)
    assert pull("mine", "hf://org/pickled", fallback=f"file://{folder}", root=root).fallback_used
