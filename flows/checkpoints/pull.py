"""Pull a checkpoint from its source into a verified folder with a digest."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from evaluators.atomic import write_json
from evaluators.checkpoint.verify import validate_weights
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints import from_disk, from_hub, from_url
from flows.checkpoints.from_disk import use_in_place
from flows.checkpoints.keep import FreeBytes, free_bytes
from flows.checkpoints.manifest import NAME, Manifest, intact, reporting
from flows.checkpoints.source import Checkpoint, Source, SourceUnreachable, parse

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def pull(
    name: str,
    source: str,
    *,
    weights_sha256: str | None = None,
    fallback: str | None = None,
    root: Path,
    progress: Progress | None = None,
    free_bytes: FreeBytes = free_bytes,
) -> Checkpoint:
    """Return a verified checkpoint on this machine, fetching it if need be.

    A pinned commit that is here is not asked for again; a branch is resolved at every call. Safe
    to call from several processes at once, and to kill at any moment.

    Args:
        name: What the plan calls it.
        source: Where it is; see `flows.checkpoints.source.parse`.
        weights_sha256: What its weights must hash to.
        fallback: Source to use when nobody answers at `source`, and only then.
        root: Folder that keeps pulled checkpoints.
        progress: Told what is done, bytes done and bytes to do; by default a bar on a terminal.
        free_bytes: Returns the free bytes of a folder's file system.

    Raises:
        SourceUnreachable: Nobody answers, and there is no fallback.
        CheckpointError: The checkpoint does not exist, may not be read, is damaged, has other
            weights, wants to run code, or does not fit on the disk.
    """
    wanted, other = parse(source), parse(fallback) if fallback else None
    if weights_sha256 is not None and not _SHA256.fullmatch(weights_sha256):
        raise CheckpointError(
            f"{name}: weights_sha256 {weights_sha256!r} must be 64 hexadecimal digits"
        )
    root = root.absolute()
    with reporting(progress, name) as tell:
        used, manifest = wanted, _without_network(root, wanted, weights_sha256)
        if manifest is None and other is not None:
            manifest = _fell_back_before(root, wanted, other, weights_sha256, tell)
            used = wanted if manifest is None else other
        if manifest is None:
            try:
                manifest = _fetch(root, wanted, weights_sha256, free_bytes, tell)
            except SourceUnreachable as error:
                if other is None:
                    raise
                used, manifest = (
                    other,
                    _fall_back(root, other, error, weights_sha256, free_bytes, tell),
                )
                _remember(root, wanted, other, weights_sha256)
    if weights_sha256 is not None:
        validate_weights(used.text, manifest.weights_sha256, weights_sha256)
    return Checkpoint(
        name=name,
        source=used.text,
        requested_source=wanted.text,
        requested_revision=used.revision,
        resolved_revision=manifest.resolved_revision,
        folder=manifest.folder,
        digest=manifest.digest,
        weights_sha256=manifest.weights_sha256,
        bytes=manifest.bytes,
        fallback_used=used is other,
    )


def _without_network(root: Path, source: Source, weights_sha256: str | None) -> Manifest | None:
    """Return the local checkpoint if no network is needed: a commit, or known weights."""
    if source.scheme == "hf":
        return from_hub.already_here(root, source)
    if source.scheme == "url" and weights_sha256 is not None:
        for record in sorted(from_url.url_folder(root, source).glob(f"*/{NAME}")):
            found = intact(record, record.parent)
            if found is not None and found.weights_sha256 == weights_sha256.lower():
                return found
    return None


def _fetch(
    root: Path,
    source: Source,
    weights_sha256: str | None,
    free: FreeBytes,
    progress: Progress | None,
) -> Manifest:
    if source.local:
        return use_in_place(root, source, progress=progress)
    if source.scheme == "small-bert":
        return from_disk.make_here(root, source, progress=progress)
    if source.scheme == "hf":
        return from_hub.pull_from_hub(
            root, source, weights_sha256=weights_sha256, free_bytes=free, progress=progress
        )
    return from_url.pull_from_url(root, source, free_bytes=free, progress=progress)


def _fall_back(
    root: Path,
    other: Source,
    unreachable: SourceUnreachable,
    weights_sha256: str | None,
    free: FreeBytes,
    progress: Progress | None,
) -> Manifest:
    try:
        manifest = _fetch(root, other, None, free, progress)
        if weights_sha256 is not None:
            validate_weights(other.text, manifest.weights_sha256, weights_sha256)
    except CheckpointError as error:
        raise CheckpointError(
            f"{unreachable} The fallback cannot be used either: {error}"
        ) from error
    return manifest


def _memo(root: Path, source: Source) -> Path:
    return from_hub.commit_folder(root, source, f"{source.revision}.fallback.json")


def _remember(root: Path, wanted: Source, other: Source, weights_sha256: str | None) -> None:
    """Record that this fallback was needed, so that the next run tries it first.

    Only where nothing can change behind the note: a pinned commit, known weights, a local fallback.
    """
    if wanted.pinned and weights_sha256 is not None and other.local:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        note = {"fallback": other.text, "weights_sha256": weights_sha256.lower(), "since": now}
        write_json(_memo(root, wanted), note)


def _fell_back_before(
    root: Path,
    wanted: Source,
    other: Source,
    weights_sha256: str | None,
    progress: Progress | None,
) -> Manifest | None:
    """Return the fallback if a run before this one needed it and it still has these weights."""
    if not wanted.pinned or not other.local or weights_sha256 is None:
        return None
    try:
        note = json.loads(_memo(root, wanted).read_text(encoding="utf-8"))
        if note["fallback"] != other.text:
            return None
        manifest = use_in_place(root, other, progress=progress)
    except (OSError, ValueError, KeyError, TypeError, CheckpointError):
        return None
    return manifest if manifest.weights_sha256 == weights_sha256.lower() else None
