"""What the network does to a pull, and what the user is told."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from evaluators.checkpoint.files import checkpoint_digest
from evaluators.errors import CheckpointError
from flows.checkpoints import SourceUnreachable, pull
from flows.checkpoints import hub as hub_client
from tests.flows.checkpoints.conftest import checkpoint_files, weights

ASK = r"GET /api/models/org/name"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_passing_outage_costs_a_retry(hub, root, status):
    hub.fail(ASK, status=status, times=2)
    assert pull("tiny", "hf://org/name", root=root).resolved_revision


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_lasting_outage_is_unreachable_after_three_questions(hub, root, status):
    hub.fail(ASK, status=status, times=99)
    with pytest.raises(
        SourceUnreachable, match=rf"out of order or busy \(status {status}\).*file://"
    ):
        pull("tiny", "hf://org/name", root=root)
    assert len(hub.requests) == 3


def test_an_outage_in_the_middle_of_the_files_costs_a_retry(hub, root):
    hub.fail(r"HEAD /org/name/resolve/.*/vocab.txt", status=503)
    hub.fail(r"GET /api/models/org/name/tree", status=502)
    assert pull("tiny", "hf://org/name", root=root).digest


def test_silence_is_not_waited_for(hub, root, monkeypatch):
    monkeypatch.setattr(hub_client, "DEADLINE", 0.6)
    hub.fail(ASK, silent=60, times=99)
    with pytest.raises(SourceUnreachable, match=r"no answer within .* s.*HF_ENDPOINT"):
        pull("tiny", "hf://org/name", root=root)


def test_silence_in_the_middle_is_not_waited_for_either(hub, root):
    # In a process of its own: the thread that waits is left behind, and its late retries would
    # close the client's connections, which all threads share.
    hub.fail(r"GET /api/models/org/name/tree", silent=60, times=99)
    code = (
        "import pathlib, sys\n"
        "from flows.checkpoints import hub, pull\n"
        "hub.STALL = 0.6\n"
        "pull('tiny', 'hf://org/name', root=pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "SourceStalled: hf://org/name: nothing arrived for" in done.stderr


def test_a_reset_connection_is_begun_again(hub, root):
    hub.fail(r"GET /cdn/", reset=True, cut_after=100)
    assert pull("tiny", "hf://org/name", root=root).digest


def test_an_error_of_the_cdn_is_begun_again(hub, root):
    hub.fail(r"GET /cdn/", status=500, times=2)
    assert pull("tiny", "hf://org/name", root=root).digest


def test_nobody_there_says_what_to_do(nobody, root):
    with pytest.raises(SourceUnreachable, match=r"cannot be reached.*file:///.*package://.*HF_END"):
        pull("tiny", "hf://org/name", root=root)


def test_offline_mode_is_believed_without_importing_the_client(root, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(SourceUnreachable, match="HF_HUB_OFFLINE is set"):
        pull("tiny", "hf://org/name", root=root)


def test_a_login_page_instead_of_a_hub_is_unreachable(hub, root):
    hub.fail(ASK, status=200, times=99)
    with pytest.raises(SourceUnreachable, match="is not a hub"):
        pull("tiny", "hf://org/name", root=root)


def test_a_wrong_endpoint_is_said_to_be_wrong(root, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "hub.example")
    monkeypatch.setattr(hub_client, "PAUSES", ())
    with pytest.raises(CheckpointError, match=r"HF_ENDPOINT is 'hub\.example'"):
        pull("tiny", "hf://org/name", root=root)


def test_gated_says_to_ask_for_access_and_set_the_token(hub, root, monkeypatch):
    hub.model("org/gated", tokens=frozenset({"secret"})).commit(checkpoint_files())
    for token in (None, "wrong"):
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(
            CheckpointError, match=r"is gated: request access at .*HF_TOKEN"
        ) as error:
            pull("gated", "hf://org/gated", root=root)
        assert not isinstance(error.value, SourceUnreachable)
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert pull("gated", "hf://org/gated", root=root).digest


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("hf://org/missing", r"org/missing does not exist, or is private and HF_TOKEN"),
        ("hf://org/name@v9", r"org/name has no branch, tag or commit 'v9'"),
        (f"hf://org/name@{'0' * 40}", r"has no branch, tag or commit '0000"),
    ],
)
def test_what_is_not_there_is_not_unreachable(hub, root, source, says):
    with pytest.raises(CheckpointError, match=says) as error:
        pull("tiny", source, root=root)
    assert not isinstance(error.value, SourceUnreachable)
    assert len(hub.requests) == 1


def test_a_file_gone_between_listing_and_pull_is_named(hub, root):
    hub.fail(r"/resolve/.*/vocab.txt", status=404, headers={"X-Error-Code": "EntryNotFound"})
    with pytest.raises(CheckpointError, match=r"is listed but missing.*vocab\.txt"):
        pull("tiny", "hf://org/name", root=root)
    assert pull("tiny", "hf://org/name", root=root).digest


def large(hub):
    """Add a checkpoint whose weights take several of the client's 10 MB steps."""
    values = np.random.default_rng(0).normal(size=6_500_000).astype("float32")
    content = weights(w=values)
    hub.model("org/large").commit(checkpoint_files() | {"model.safetensors": content})
    return content


def test_a_cut_connection_is_taken_up_again_where_it_broke(hub, root, capfd):
    content = large(hub)
    hub.fail(r"GET /cdn/", cut_after=23_000_000)
    checkpoint = pull("large", "hf://org/large", root=root)
    assert (checkpoint.folder / "model.safetensors").read_bytes() == content
    assert checkpoint_digest(checkpoint.folder) == checkpoint.digest
    first, second = [r for r in hub.requests if r.path.startswith("/cdn/")]
    begin = int(second.range.removeprefix("bytes=").removesuffix("-"))
    assert begin == 2 * 10 * 1024 * 1024  # the client keeps whole steps of 10 MB
    again = first.sent + second.sent - len(content)
    assert again == 23_000_000 - begin
    with capfd.disabled():
        print(f"\ncut at 23.0 MB of {len(content) / 1e6:.1f}: {again / 1e6:.1f} MB sent again")


def test_a_server_that_ignores_range_still_gives_the_right_bytes(hub, root):
    content = large(hub)
    hub.fail(r"GET /cdn/", cut_after=23_000_000)
    hub.fail(r"GET /cdn/", ignore_range=True)
    checkpoint = pull("large", "hf://org/large", root=root)
    assert (checkpoint.folder / "model.safetensors").read_bytes() == content


def test_files_that_arrived_before_an_outage_are_not_sent_again(hub, root, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 64)
    hub.fail(r"/cdn/", status=500, times=99)
    with pytest.raises(SourceUnreachable, match="status 500"):
        pull("tiny", "hf://org/name", root=root)
    assert not list(root.rglob(".rankcheck.json"))
    hub.faults.clear()
    hub.requests.clear()
    assert pull("tiny", "hf://org/name", root=root).digest
    assert [r.path.rpartition("/")[2] for r in hub.requests if r.sent and r.method == "GET"][
        1:
    ] == [r.path.rpartition("/")[2] for r in hub.requests if r.path.startswith("/cdn/")]


@pytest.mark.parametrize("path", [r"GET /cdn/", r"GET /api/resolve-cache/.*/vocab\.txt"])
def test_a_flipped_byte_is_noticed_and_pulled_once_more(hub, root, folder, path):
    hub.fail(path, corrupt_at=3)
    assert pull("tiny", "hf://org/name", root=root).digest == checkpoint_digest(folder)


@pytest.mark.parametrize("path", [r"GET /cdn/", r"GET /api/resolve-cache/.*/vocab\.txt"])
def test_a_flipped_byte_that_stays_is_refused(hub, root, path):
    hub.fail(path, corrupt_at=3, times=99)
    with pytest.raises(CheckpointError, match=r"arrived twice with bytes other than.*HF_ENDPOINT"):
        pull("tiny", "hf://org/name", root=root)
    assert not list(root.rglob(".rankcheck.json"))
    assert not list(root.rglob("model.safetensors")) or "vocab" in path


def test_metadata_that_lies_about_the_weights_is_refused(hub, root):
    hub.repos[("model", "org/name")].claimed["model.safetensors"] = "0" * 64
    with pytest.raises(CheckpointError, match=r"model\.safetensors arrived twice"):
        pull("tiny", "hf://org/name", root=root)


def test_a_wrong_length_is_not_believed(hub, root, monkeypatch):
    hurry = SimpleNamespace(sleep=lambda seconds: None)  # the client's own pauses, 15 s in all
    monkeypatch.setattr("huggingface_hub.file_download.time", hurry)
    hub.fail(r"GET /cdn/", wrong_length=10, times=99)
    with pytest.raises(CheckpointError) as error:
        pull("tiny", "hf://org/name", root=root)
    assert "hf://org/name" in str(error.value)
    assert not list(root.rglob(".rankcheck.json"))


def test_xet_is_not_needed_even_where_the_hub_offers_it(hub, root, monkeypatch):
    monkeypatch.delenv("HF_HUB_DISABLE_XET", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    monkeypatch.setitem(sys.modules, "hf_xet", None)
    hub.announce_xet = True
    assert pull("tiny", "hf://org/name", root=root).digest
    assert not any("xet" in request.path for request in hub.requests)


def test_xet_that_was_asked_for_and_fails_says_how_to_do_without(hub, root, monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "0")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    hub.announce_xet = True
    with pytest.raises(CheckpointError, match=r"Xet does not work with .*HF_HUB_DISABLE_XET"):
        pull("tiny", "hf://org/name", root=root)


def test_two_threads_pull_the_same_thing_once(hub, root):
    found, barrier = [], threading.Barrier(2)

    def one():
        barrier.wait()
        found.append(pull("tiny", "hf://org/name", root=root))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]
    assert sum(r.path.startswith("/cdn/") for r in hub.requests) == 1
