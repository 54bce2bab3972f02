"""The hub client's many exceptions as our few: unreachable, or refused with what to do."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator

from evaluators.errors import CheckpointError
from flows.checkpoints.checkpoint import SourceUnreachable
from flows.checkpoints.source import Source

_TRANSIENT = (408, 425, 429)


def explained(
    error: BaseException, source: Source, endpoint: str, elsewhere: str
) -> CheckpointError:
    """Return the error to raise instead of one of the client's.

    Args:
        error: What the client raised; its causes are looked at too, the client wraps them.
        source: What was asked for.
        endpoint: Who was asked.
        elsewhere: What to do when nobody can be reached.
    """
    for cause in _causes(error):
        if (found := _explained(cause, source, endpoint, elsewhere)) is not None:
            return found
    return CheckpointError(f"{source.text}: {type(error).__name__}: {_text(error)}")


def _explained(
    error: BaseException, source: Source, endpoint: str, elsewhere: str
) -> CheckpointError | None:
    import httpx2
    from huggingface_hub import errors

    who = f"{endpoint}/{source.location}"
    if isinstance(error, CheckpointError):
        return error
    if isinstance(error, errors.GatedRepoError):
        return CheckpointError(
            f"{source.text} is gated: ask for access at {who}, then set HF_TOKEN to your token"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return CheckpointError(f"{who} has no branch, tag or commit {source.revision!r}: check it")
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return CheckpointError(
            f"{source.text}: a file is in the listing but not there: {_text(error)}"
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _status(error, who, source, elsewhere)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return SourceUnreachable(f"{source.text}: HF_HUB_OFFLINE is set. {elsewhere}".strip())
    if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return CheckpointError(f"HF_ENDPOINT is {endpoint!r}, which is no http(s) URL: correct it")
    if isinstance(error, httpx2.TransportError):
        why = f"{type(error).__name__}: {_text(error)}".removesuffix(": ")
        return SourceUnreachable(
            f"{source.text}: the hub at {endpoint} cannot be reached ({why}). {elsewhere}".strip()
        )
    if isinstance(error, errors.HFValidationError):
        return CheckpointError(f"{source.text}: {error}")
    if isinstance(error, (errors.FileMetadataError, json.JSONDecodeError)):
        return SourceUnreachable(
            f"{source.text}: what answers at {endpoint} is no hub ({_text(error)}); a proxy's "
            f"login page, perhaps. {elsewhere}".strip()
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CheckpointError(
            f"{source.text}: the disk is full. Make room, for example with "
            "`rankcheck checkpoints prune --keep-days 30`; what is here already is kept."
        )
    if isinstance(error, OSError) and "Consistency check failed" in str(error):
        return CheckpointError(
            f"{source.text}: what arrived is not as long as announced: {_text(error)} A proxy "
            "or mirror damages it; pull again, or set HF_ENDPOINT to another one."
        )
    return None


def _status(error: object, who: str, source: Source, elsewhere: str) -> CheckpointError:
    status = error.response.status_code  # type: ignore[attr-defined]
    if "/xet-" in str(error.response.url):  # type: ignore[attr-defined]
        return CheckpointError(
            f"{source.text}: Xet does not work with {who} (status {status}). Unset "
            "HF_HUB_DISABLE_XET, or set it to 1: then plain HTTP is used."
        )
    if status in (401, 403, 404):
        return CheckpointError(
            f"{source.text}: {who} does not exist, or is private and HF_TOKEN does not open it "
            f"(status {status}). Check the name, or set HF_TOKEN to a token that may read it."
        )
    if status in _TRANSIENT or status >= 500:
        return SourceUnreachable(
            f"{source.text}: the hub at {who} is out of order or busy (status {status}). "
            f"{elsewhere}".strip()
        )
    return CheckpointError(f"{source.text}: {who} answers with status {status}: {_text(error)}")


def _text(error: object) -> str:
    """Return an error's text in one line: the client's have several."""
    return " ".join(str(error).split())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its cause and so on: the client wraps everything in `file not found`."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
