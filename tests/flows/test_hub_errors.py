"""Errors of the hub's libraries, as they come: wrapped in one another."""

from __future__ import annotations

import errno
import json

import pytest
from datasets.exceptions import DatasetGenerationError

from flows.hub_errors import Asked, meaning

ASKED = Asked("https://hub", "datasets/org/name", "main", "under HF_HOME")


def caused(outer: Exception, cause: Exception) -> Exception:
    outer.__cause__ = cause
    return outer


BAD_JSON = json.JSONDecodeError("Expecting value", "<html>", 0)
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "says", "unreachable"),
    [
        (BAD_JSON, "the server at https://hub is not a hub", True),
        (caused(FileNotFoundError("no file"), BAD_JSON), "is not a hub", True),
        (caused(DatasetGenerationError("rows"), BAD_JSON), "the hub's copy cannot be read", False),
        (caused(DatasetGenerationError("rows"), FULL), "the disk is full", False),
        (PermissionError(errno.EACCES, "denied"), "cannot be kept under HF_HOME (Permi", False),
        (caused(RuntimeError("x"), ConnectionResetError("reset")), "cannot be reached", True),
        (RuntimeError("first\nsecond"), "cannot be read (RuntimeError: first)", False),
    ],
)
def test_the_cause_that_can_be_acted_on_is_named(
    error: Exception, says: str, unreachable: bool
) -> None:
    found = meaning(error, ASKED)
    assert says in found.text
    assert found.unreachable == unreachable
