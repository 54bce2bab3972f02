"""What is said when the hub does not give a split: what happened, and what to do instead."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from flows.datasets.places import Published, wanted

_LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}


def said(error: Exception, task: Published) -> str:
    """Return what an error of the hub's libraries means, as half a sentence."""
    from huggingface_hub import errors

    match error:
        case errors.OfflineModeIsEnabled():
            return "it is in no mirror and not in the hub's cache, and HF_HUB_OFFLINE is set"
        case errors.GatedRepoError():
            return f"{task.hub_id} is gated: accept its terms on the hub and set HF_TOKEN"
        case errors.RepositoryNotFoundError():
            return (
                f"the hub has no {task.hub_id}, or does not show it: a private one needs HF_TOKEN"
            )
        case errors.RevisionNotFoundError():
            return f"{task.hub_id} has no revision {task.revision} any more"
        case OSError(errno=number) if number in _LOCAL:
            return f"the hub's copy cannot be kept under HF_HOME ({_line(error)})"
        case errors.HfHubHTTPError() | errors.LocalEntryNotFoundError():
            return f"the hub cannot be reached ({_line(error)})"
        case ConnectionError() | TimeoutError():
            return f"the hub cannot be reached ({_line(error)})"
    if type(error).__module__.startswith("httpx"):  # whichever of its versions the client uses
        return f"the hub cannot be reached ({_line(error)})"
    return f"the hub's copy cannot be read ({_line(error)})"


def _line(error: Exception) -> str:
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def instead(task: Published, split: str, mirrors: Sequence[Path]) -> str:
    """Return how the split can be had without the hub."""
    asked = f" (asked: {', '.join(map(str, mirrors))})" if mirrors else " (it names none now)"
    pinned = f" at revision {task.revision}" if task.revision else ""
    return (
        f"Put the file {wanted(task, split)} into a folder that RANKCHECK_DATA names{asked}, or "
        f"run once where the hub has {task.hub_id}{pinned}"
    )


def damaged(task: Published, folder: str, error: Exception) -> str:
    """Return what is wrong with the library's own copy, and the way out."""
    if isinstance(error, OSError) and error.errno in _LOCAL:
        return f"{task.name}: {said(error, task)}: let HF_HOME name a folder that can be written"
    return (
        f"{task.name}: the copy of {task.hub_id} in the cache of the hub's library is damaged "
        f"({_line(error)}): remove it from {folder} and run again"
    )
