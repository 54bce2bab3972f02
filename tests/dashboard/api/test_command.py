"""The real `rankcheck api`, and the client that the guide shows."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from db.settings import settings
from flows.cli import cli
from tests.dashboard.served import COLD, answering, free_port

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "api.md"


@contextmanager
def serving(
    url: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    *more: str,
    start: Sequence[str] = COLD,
) -> Iterator[str]:
    """Run `rankcheck api` on a store until the block ends; yield its address."""
    port = free_port()
    command = [*start, "flows.cli", "api", "--port", str(port), *more]
    settings = {**(environment or {}), "RANKCHECK_STORE": url}
    with answering(command, port, log, settings, "health") as address:
        yield address


@pytest.fixture(scope="module")
def address(full: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that `rankcheck api` started."""
    log = tmp_path_factory.mktemp("api") / "log"
    with serving(full, log) as address:
        yield address
    assert log.read_text() == f"API on {address} (Ctrl-C stops it)\n"


def test_the_command_serves_this_machine_alone(address: str) -> None:
    found = httpx.get(f"{address}/ranks/superglue?p=-1")
    assert found.json()["rows"][0]["rank"] == 1
    assert "server" not in found.headers
    port = httpx.URL(address).port
    # Another address of this machine: a server of every address would answer there.
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=5).close()


def test_the_client_of_the_guide_brings_tables(address: str) -> None:
    client, *uses = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    for block in (client, *uses):
        exec(block.replace("http://127.0.0.1:8502", address), names)  # noqa: S102 - our own guide
    names["store"].http.close()
    ranks = names["ranks"]
    assert len(ranks) == httpx.get(f"{address}/ranks/superglue").json()["total"]
    assert list(ranks["rank"][ranks.is_human]) == [7]  # six systems are above, as on the first page
    assert len(names["runs"]) == 6
    assert set(names["best"].columns) == {"task", "best"}


@pytest.mark.parametrize(
    ("options", "token", "said"),
    [
        (["--host", "0.0.0.0"], "", "give a token with --token-file"),  # noqa: S104
        ([], "short", "at least 16"),
        ([], "with a space in the middle", "without a space"),
        (["--cors", "notes.example"], "", "must be the address of a site"),
    ],
    ids=["open", "short", "space", "cors"],
)
def test_a_start_that_would_be_unsafe_is_refused(
    options: list[str], token: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_API_TOKEN", token)
    done = CliRunner().invoke(cli, ["api", *options])
    assert (done.exit_code != 0, said in done.output) == (True, True), done.output
    assert not token or token not in done.output


def test_a_token_of_a_file_is_in_no_command_line(
    full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setenv("RANKCHECK_STORE", full)
    monkeypatch.setenv("RANKCHECK_API_TOKEN", "")
    monkeypatch.setattr(os, "execve", lambda _program, words, _environ: started.extend(words))
    path = tmp_path / "token"
    path.write_text("a-token-of-32-letters-and-digits\n")
    path.chmod(0o644)
    done = CliRunner().invoke(cli, ["api", "--host", "0.0.0.0", "--token-file", str(path)])  # noqa: S104
    assert settings().api_token == "a-token-of-32-letters-and-digits"
    assert "dashboard.api" in started
    assert "token-of" not in f"{started} {done.output} {settings()!r}"
    assert f"chmod 600 {path}" in done.output
