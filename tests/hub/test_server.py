"""The local hub is worth what the real client library makes of it: no request here is hand-made."""

from __future__ import annotations

import hashlib
import http.client
import os
import subprocess
import sys

import pytest
from huggingface_hub import HfApi, HfFileSystem, snapshot_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from tests.hub.server import HubServer

FILES = {
    "README.md": b"# hello",
    "config.json": b"{}",
    "data/a b/one.parquet": b"parquet" * 1000,
    "data/two.parquet": b"",
}


@pytest.fixture
def hub():
    with HubServer(page_size=2) as server:
        yield server


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_snapshot_of_either_kind_has_the_same_bytes(hub, tmp_path, kind):
    commit = getattr(hub, kind)("org/name").commit(FILES)
    folder = snapshot_download(
        "org/name",
        repo_type=kind,
        revision="main",
        endpoint=hub.endpoint,
        local_dir=tmp_path / "here",
        cache_dir=tmp_path / "cache",
        token="secret",
    )
    got = {path: (tmp_path / "here" / path).read_bytes() for path in FILES}
    assert got == FILES
    assert str(tmp_path / "here") == folder
    assert HfApi(endpoint=hub.endpoint).repo_info("org/name", repo_type=kind).sha == commit


def test_no_token_reaches_the_cdn(hub, tmp_path):
    hub.model("org/name", tokens=frozenset({"secret"})).commit({"model.safetensors": b"w" * 99})
    snapshot_download("org/name", endpoint=hub.endpoint, local_dir=tmp_path, token="secret")
    tokens = {request.path.startswith("/cdn/"): request.token for request in hub.requests}
    assert tokens == {False: "secret", True: None}


def test_what_may_not_be_seen_is_refused_as_the_hub_does(hub):
    hub.model("org/gated", tokens=frozenset({"secret"})).commit(FILES)
    hub.model("org/open").commit(FILES)
    api = HfApi(endpoint=hub.endpoint, token=False)
    with pytest.raises(GatedRepoError):
        api.model_info("org/gated")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("org/missing")
    with pytest.raises(RevisionNotFoundError):
        api.model_info("org/open", revision="missing")
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info("org/open")


def test_metadata_says_what_the_bytes_are(hub):
    hub.dataset("org/name").commit(FILES)
    info = HfApi(endpoint=hub.endpoint).dataset_info("org/name", files_metadata=True)
    stated = {s.rfilename: s.lfs.sha256 for s in info.siblings if s.lfs}
    assert stated == {p: hashlib.sha256(FILES[p]).hexdigest() for p in FILES if "parquet" in p}


def test_the_filesystem_of_the_client_can_list_and_read(hub):
    hub.dataset("org/name").commit(FILES)
    files = HfFileSystem(endpoint=hub.endpoint, token=False, skip_instance_cache=True)
    found = files.glob("datasets/org/name/data/**/*.parquet")
    assert sorted(found) == sorted(f"datasets/org/name/{p}" for p in FILES if "parquet" in p)
    assert files.cat_file("datasets/org/name/README.md") == FILES["README.md"]


def test_a_child_process_finds_it_through_hf_endpoint(hub, tmp_path):
    hub.dataset("org/name").commit(FILES)
    code = (
        "import sys, huggingface_hub as h;"
        "print(open(h.hf_hub_download('org/name', 'config.json', repo_type='dataset')).read())"
    )
    env = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{}"


def test_a_server_that_ended_answers_nobody_on_connections_it_had():
    with HubServer() as server:
        server.model("org/name").commit(FILES)
        host, port = server.endpoint.removeprefix("http://").split(":")
        kept = http.client.HTTPConnection(host, int(port), timeout=5)
        kept.request("GET", "/api/models/org/name")
        assert kept.getresponse().read()

    def again() -> None:
        kept.request("GET", "/api/models/org/name")
        kept.getresponse()

    with pytest.raises((OSError, http.client.HTTPException)):
        again()
    kept.close()
