"""What may be written as a source, and what is said to everything else."""

from __future__ import annotations

import pytest

from evaluators.errors import CheckpointError
from flows.checkpoints import Source, parse, pull

COMMIT = "8b3219a92973c328a8e22fadcfa821b5dc75636a"


@pytest.mark.parametrize(
    ("text", "expected", "pinned"),
    [
        ("hf://org/name", ("hf", "org/name", "main"), False),
        ("hf://org/name@v1.0", ("hf", "org/name", "v1.0"), False),
        ("hf://org/name@refs/pr/3", ("hf", "org/name", "refs/pr/3"), False),
        (f"hf://org/name@{COMMIT}", ("hf", "org/name", COMMIT), True),
        (f"hf://org/name@{COMMIT[:7]}", ("hf", "org/name", COMMIT[:7]), False),
        ("hf://gpt2", ("hf", "gpt2", "main"), False),
        ("file:///some where/here", ("file", "/some where/here", None), False),
        ("package://module/a/b", ("package", "module/a/b", None), False),
        ("package://module", ("package", "module", None), False),
        ("s3://bucket/key@1", ("url", "s3://bucket/key@1", None), False),
    ],
)
def test_read(text, expected, pinned):
    assert parse(text) == Source(text, *expected)
    assert parse(text).pinned is pinned


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a checkpoint source"),
        ("org/name", "is not a checkpoint source"),
        ("hf://", "is not a checkpoint source"),
        ("://x", "is not a checkpoint source"),
        ("hf://org/name@", "write hf://org/name@revision"),
        ("hf://a/b/c", "write hf://org/name@revision"),
        ("hf://../name", "write hf://org/name@revision"),
        ("hf://org/..", "write hf://org/name@revision"),
        ("hf://org/name@../../etc", "write hf://org/name@revision"),
        ("hf://org/name;rm", "write hf://org/name@revision"),
        ("hf://org/na'me", "write hf://org/name@revision"),
        ("hf://org--x/name", "write hf://org/name@revision"),
        ("file://relative/path", "absolute path"),
        ("package://a.b/model", "not the name of a top-level package"),
        ("package://../x", "outside the checkpoint"),
        ("package:///etc", "outside the checkpoint"),
        ("package://module/../../etc", "outside the checkpoint"),
    ],
)
def test_refused(text, says, root):
    for attempt in (lambda: parse(text), lambda: pull("x", text, root=root)):
        with pytest.raises(CheckpointError, match=says):
            attempt()


def test_a_password_in_a_url_is_not_kept():
    source = parse("ftp://me:secret@host/folder")
    assert source.text == "ftp://me:***@host/folder"
    assert source.location == "ftp://me:secret@host/folder"


@pytest.mark.parametrize("sha", ["", "53aa", "z" * 64, "sha256:" + "0" * 57])
def test_a_hash_that_is_none_is_refused(folder, root, sha):
    with pytest.raises(CheckpointError, match="must be 64 hexadecimal digits"):
        pull("x", f"file://{folder}", weights_sha256=sha, root=root)
