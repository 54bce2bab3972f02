"""Pull any other fsspec URL (`s3://` …), with one copy for each observed state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.atomic import replacing
from evaluators.checkpoint.names import is_needed
from evaluators.checkpoint.paths import validate_inside
from evaluators.checkpoint.verify import no_safetensors
from evaluators.digest import sha256_json
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints.keep import FreeBytes, pulling, validate_space
from flows.checkpoints.manifest import NAME, Manifest, intact, settle
from flows.checkpoints.source import Source, SourceUnreachable
from flows.checkpoints.watch import watched, within

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

DEADLINE = 30.0  # seconds to list the files
STALL = 600.0  # seconds without a byte

_CUT_OFF = (
    "ClientPayloadError",
    "IncompleteRead",
    "IncompleteReadError",
    "ServerDisconnectedError",
)
"""Names of errors of an answer that ended before its announced length."""

# Keys of file systems that change when the content does. A size alone is not enough.
_VERSION_KEYS = (
    *("ETag", "etag", "md5Hash", "md5", "checksum", "generation", "VersionId", "version"),
    *("LastModified", "last_modified", "mtime", "updated", "created", "Content-MD5"),
)


def url_folder(root: Path, source: Source) -> Path:
    """Return the folder with the copies of a URL, one for each observed state."""
    return root / "url" / hashlib.sha256(source.location.encode()).hexdigest()[:16]


def pull_from_url(
    root: Path,
    source: Source,
    *,
    free_bytes: FreeBytes,
    progress: Progress | None,
) -> Manifest:
    """Copy a remote folder, unless its listing shows no change since the last copy.

    Raises:
        SourceUnreachable: The source does not answer, or its answer ends early.
        CheckpointError: fsspec knows no such scheme, a file is missing, there is no room, or the
            checkpoint cannot be used.
    """
    fs, base, listing = within(DEADLINE, lambda: _list(source), what=source.text)
    needed = {path: listing[path] for path in sorted(listing) if is_needed(path)}
    if not any(path.endswith(".safetensors") for path in needed):
        raise CheckpointError(no_safetensors(source.text, sorted(listing)))
    state, stable = _state(needed)
    folder = url_folder(root, source) / state
    with pulling(root, folder):
        if stable and (manifest := intact(folder / NAME, folder)) is not None:
            return manifest
        (folder / NAME).unlink(missing_ok=True)
        total = sum(int(info.get("size") or 0) for info in needed.values())
        validate_space(folder, total, free=free_bytes)

        def copy() -> None:
            for path, info in needed.items():
                _copy(fs, f"{base}/{path}", folder / path, info.get("size"), source)

        watched(copy, folder, what=source.text, total=total, stall=STALL, progress=progress)
        return settle(folder, folder / NAME, source, progress=progress)


def _list(source: Source) -> tuple[AbstractFileSystem, str, dict[str, Mapping[str, Any]]]:
    from fsspec.core import url_to_fs

    try:
        fs, base = url_to_fs(source.location)
        base = str(base).rstrip("/")
        infos = fs.find(base, detail=True)
    except (ImportError, ValueError) as error:
        raise CheckpointError(
            f"{source.text}: fsspec cannot open this ({error}). Install the package it names,"
            " or use "
            "hf://, file:// or package://."
        ) from error
    except Exception as error:
        raise _explained(error, source) from error
    if not infos:
        raise CheckpointError(f"{source.text}: there are no files. Check the path.")
    listing = {}
    for path, info in infos.items():
        name = path[len(base) :].lstrip("/") if path.startswith(base) else path
        listing[validate_inside(name, said_by=f"the listing of {source.text}")] = info
    return fs, base, listing


def _state(files: Mapping[str, Mapping[str, Any]]) -> tuple[str, bool]:
    """Return a name for the state of the files, and whether it reflects every change."""
    versions = {
        path: {key: str(info[key]) for key in _VERSION_KEYS if info.get(key) is not None}
        for path, info in files.items()
    }
    sizes = {path: int(info.get("size") or 0) for path, info in files.items()}
    return sha256_json([versions, sizes])[:16], all(versions.values())


def _copy(
    fs: AbstractFileSystem, remote: str, local: Path, size: int | None, source: Source
) -> None:
    # The folder's lock is held: no other process copies this file.
    with replacing(local, alone=True) as partial:
        try:
            fs.get_file(remote, str(partial))
        except Exception as error:
            raise _explained(error, source) from error
        if size is not None and partial.stat().st_size != size:
            raise SourceUnreachable(
                f"{source.text}: {remote} has {size} bytes, but {partial.stat().st_size} arrived."
                " Try again, or a fallback."
            )


def _explained(error: Exception, source: Source) -> CheckpointError:
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError)):
        return CheckpointError(f"{source.text}: {reason}. Check the path and the credentials.")
    # Those of the libraries under fsspec (aiohttp, botocore) that are no OSError.
    is_cut_off = any(kind.__name__ in _CUT_OFF for kind in type(error).__mro__)
    if isinstance(error, OSError) or is_cut_off:
        return SourceUnreachable(
            f"{source.text}: cannot be read ({reason}). Try again, or a fallback."
        )
    return CheckpointError(f"{source.text}: {reason}")
