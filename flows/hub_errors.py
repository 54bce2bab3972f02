"""Explain the errors of the hub's libraries, for checkpoints and datasets."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from typing import NamedTuple

OFFLINE = "the hub is not used, because HF_HUB_OFFLINE is set"
_TRANSIENT = (408, 425, 429)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LOCAL = (*_FULL, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


class Asked(NamedTuple):
    """A request to the hub, and where its result would be stored.

    Attributes:
        endpoint: The hub's address.
        page: Path of the repository's page on it: `org/name`, `datasets/org/name`.
        revision: Branch, tag or commit.
        kept: Where downloads are stored, for messages: `beside the store`.
    """

    endpoint: str
    page: str
    revision: str | None
    kept: str


class Meaning(NamedTuple):
    """The meaning of an error.

    Attributes:
        text: The problem and its remedy, as a sentence without its full stop.
        unreachable: Whether no working hub answered; a later attempt may succeed.
    """

    text: str
    unreachable: bool = False


def meaning(error: BaseException, request: Asked) -> Meaning:
    """Return what an error of the hub's libraries means.

    Args:
        error: The error, whose causes are examined too, because the libraries wrap them.
        request: The request that failed.
    """
    from huggingface_hub import errors

    causes = list(_causes(error))
    # An error that `datasets` wraps may be about the rows: bad JSON there is not the hub's fault.
    rows = any(type(cause).__module__.startswith("datasets.") for cause in causes)
    for cause in causes:
        if (explanation := _meaning(cause, request, rows=rows)) is not None:
            return explanation
    if isinstance(error, errors.LocalEntryNotFoundError):
        return Meaning(f"the hub at {request.endpoint} cannot be reached ({line(error)})", True)
    return Meaning(f"the hub's copy cannot be read ({line(error)})")


def is_local(error: BaseException) -> bool:
    """Return whether this machine could not store a file: a full disk, no permission."""
    return isinstance(error, OSError) and error.errno in _LOCAL


def line(error: BaseException) -> str:
    """Return an error's type and the first line of its text."""
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _meaning(error: BaseException, request: Asked, *, rows: bool) -> Meaning | None:
    from huggingface_hub import errors

    page = f"{request.endpoint}/{request.page}"
    match error:
        case errors.GatedRepoError():
            return Meaning(
                f"it is gated: request access at {page}, then set HF_TOKEN to your token"
            )
        case errors.RevisionNotFoundError():
            return Meaning(
                f"{page} has no branch, tag or commit {request.revision!r}: check the revision"
            )
        case errors.RemoteEntryNotFoundError():
            return Meaning(f"a file is listed but missing: {_text(error)}")
        case errors.HfHubHTTPError():
            return _status(error, page)
        case errors.OfflineModeIsEnabled():
            return Meaning(OFFLINE, True)
        case errors.HFValidationError():
            return Meaning(_text(error))
        case OSError(errno=number) if number in _FULL:
            return Meaning(
                f"the disk is full, the hub's copy cannot be kept {request.kept}: make room, for"
                " example with `rankcheck checkpoints prune --keep-days 30`; what is here already"
                " is kept"
            )
        case OSError() if is_local(error):
            return Meaning(
                f"the hub's copy cannot be kept {request.kept} ({line(error)}): make that folder"
                " writable, or choose another"
            )
        case OSError() if "Consistency check failed" in str(error):
            return Meaning(
                f"the download has the wrong length ({_text(error)}): a proxy or mirror"
                " damages it; pull again, or set HF_ENDPOINT to another one"
            )
    if _of_httpx(error, "UnsupportedProtocol", "InvalidURL"):
        return Meaning(
            f"HF_ENDPOINT is {request.endpoint!r}, which is not an http(s) URL: correct it"
        )
    if _of_httpx(error, "TransportError") or isinstance(error, (ConnectionError, TimeoutError)):
        return Meaning(f"the hub at {request.endpoint} cannot be reached ({line(error)})", True)
    if isinstance(error, errors.FileMetadataError) or (
        isinstance(error, json.JSONDecodeError) and not rows
    ):
        return Meaning(
            f"the server at {request.endpoint} is not a hub ({_text(error)}); it may be a proxy's"
            " login page: check HF_ENDPOINT",
            True,
        )
    return None


def _status(error: object, page: str) -> Meaning:
    response = error.response  # type: ignore[attr-defined]
    status = response.status_code
    if "/xet-" in str(response.url):
        return Meaning(
            f"Xet does not work with {page} (status {status}). Unset HF_HUB_DISABLE_XET, or set"
            " it to 1: then plain HTTP is used"
        )
    if status in (401, 403, 404):
        return Meaning(
            f"{page} does not exist, or is private and HF_TOKEN does not open it (status"
            f" {status}). Check the name, or set HF_TOKEN to a token that may read it"
        )
    if status in _TRANSIENT or status >= 500:
        return Meaning(f"the hub at {page} is out of order or busy (status {status})", True)
    return Meaning(f"{page} answers with status {status}: {_text(error)}")


def _of_httpx(error: BaseException, *names: str) -> bool:
    """Return whether an error is of one of these classes of httpx.

    Classes are compared by name, because the client may use `httpx` or `httpx2`, and importing
    either is slow.
    """
    return any(
        kind.__module__.startswith("httpx") and kind.__name__ in names
        for kind in type(error).__mro__
    )


def _text(error: object) -> str:
    """Return an error's text in one line; the client's errors have several."""
    return " ".join(str(error).split()).rstrip(".")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes; the client wraps everything in `file not found`."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
