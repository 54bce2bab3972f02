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

    A pinned commit that is complete on this machine needs no network; a branch is resolved at every
    call. Several processes may call it at once, and may be killed at any moment.

    Args:
        name: Its name in the plan.
        source: Where it is; see `flows.checkpoints.source.parse`.
        weights_sha256: The required SHA-256 of its weights.
        fallback: Source to use only if `source` cannot be reached.
        root: Folder that keeps pulled checkpoints.
        progress: Called with the step, bytes done and bytes to do; by default a bar on a terminal.
        free_bytes: Returns the free bytes of a folder's file system.

    Raises:
        SourceUnreachable: The source cannot be reached, and there is no fallback.
        CheckpointError: The checkpoint does not exist, may not be read, is damaged, has other
            weights, wants to run code, or does not fit on the disk.
    """
    requested, alternative = _sources(name, source, weights_sha256, fallback)
    root = root.absolute()
    with reporting(progress, name) as report:
        used, manifest = _here(root, requested, alternative, weights_sha256, report)
        if manifest is None:
            try:
                manifest = _fetch(root, requested, weights_sha256, free_bytes, report)
            except SourceUnreachable as error:
                if alternative is None:
                    raise
                used, manifest = (
                    alternative,
                    _fall_back(root, alternative, error, weights_sha256, free_bytes, report),
                )
                _remember_fallback(root, requested, alternative, weights_sha256)
    return _checkpoint(name, requested, used, manifest, weights_sha256)


def already_here(
    name: str,
    source: str,
    *,
    weights_sha256: str | None = None,
    fallback: str | None = None,
    root: Path,
    progress: Progress | None = None,
) -> Checkpoint | None:
    """Return the checkpoint that `pull` would return if that needs no network, else None.

    Raises:
        CheckpointError: It is a local folder that cannot be used, or has other weights.
    """
    requested, alternative = _sources(name, source, weights_sha256, fallback)
    root = root.absolute()
    used, manifest = _here(root, requested, alternative, weights_sha256, progress)
    if manifest is None and requested.local:
        manifest = use_in_place(root, requested, progress=progress)
    if manifest is None:
        return None
    return _checkpoint(name, requested, used, manifest, weights_sha256)


def _sources(
    name: str, source: str, weights_sha256: str | None, fallback: str | None
) -> tuple[Source, Source | None]:
    """Return the parsed source and fallback, after validating the SHA-256."""
    requested, alternative = parse(source), parse(fallback) if fallback else None
    if weights_sha256 is not None and not _SHA256.fullmatch(weights_sha256):
        raise CheckpointError(
            f"{name}: weights_sha256 {weights_sha256!r} must be 64 hexadecimal digits"
        )
    return requested, alternative


def _here(
    root: Path,
    requested: Source,
    alternative: Source | None,
    weights_sha256: str | None,
    progress: Progress | None,
) -> tuple[Source, Manifest | None]:
    """Return the source to use and its manifest, None where something must be fetched."""
    manifest = _without_network(root, requested, weights_sha256)
    if manifest is None and alternative is not None:
        manifest = _remembered_fallback(root, requested, alternative, weights_sha256, progress)
        if manifest is not None:
            return alternative, manifest
    return requested, manifest


def _checkpoint(
    name: str, requested: Source, used: Source, manifest: Manifest, weights_sha256: str | None
) -> Checkpoint:
    if weights_sha256 is not None:
        validate_weights(used.text, manifest.weights_sha256, weights_sha256)
    return Checkpoint(
        name=name,
        source=used.text,
        requested_source=requested.text,
        requested_revision=used.revision,
        resolved_revision=manifest.resolved_revision,
        folder=manifest.folder,
        digest=manifest.digest,
        weights_sha256=manifest.weights_sha256,
        bytes=manifest.bytes,
        fallback_used=used is not requested,
        note=manifest.note,
    )


def _without_network(root: Path, source: Source, weights_sha256: str | None) -> Manifest | None:
    """Return the local checkpoint if no network is needed: a commit, or known weights."""
    if source.scheme == "hf":
        return from_hub.already_here(root, source)
    if source.scheme == "url" and weights_sha256 is not None:
        for record in sorted(from_url.url_folder(root, source).glob(f"*/{NAME}")):
            manifest = intact(record, record.parent)
            if manifest is not None and manifest.weights_sha256 == weights_sha256.lower():
                return manifest
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
    alternative: Source,
    unreachable: SourceUnreachable,
    weights_sha256: str | None,
    free: FreeBytes,
    progress: Progress | None,
) -> Manifest:
    try:
        manifest = _fetch(root, alternative, None, free, progress)
        if weights_sha256 is not None:
            validate_weights(alternative.text, manifest.weights_sha256, weights_sha256)
    except CheckpointError as error:
        raise CheckpointError(
            f"{unreachable} The fallback cannot be used either: {error}"
        ) from error
    return manifest


def _memo(root: Path, source: Source) -> Path:
    return from_hub.commit_folder(root, source, f"{source.revision}.fallback.json")


def _remember_fallback(
    root: Path, requested: Source, alternative: Source, weights_sha256: str | None
) -> None:
    """Record that this fallback was needed, so that the next run tries it first.

    Only if the note cannot become outdated: a pinned commit, known weights, a local fallback.
    """
    if requested.pinned and weights_sha256 is not None and alternative.local:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note = {
            "fallback": alternative.text,
            "weights_sha256": weights_sha256.lower(),
            "since": since,
        }
        write_json(_memo(root, requested), note)


def _remembered_fallback(
    root: Path,
    requested: Source,
    alternative: Source,
    weights_sha256: str | None,
    progress: Progress | None,
) -> Manifest | None:
    """Return the fallback if an earlier run needed it and it still has these weights."""
    if not requested.pinned or not alternative.local or weights_sha256 is None:
        return None
    try:
        note = json.loads(_memo(root, requested).read_text(encoding="utf-8"))
        if note["fallback"] != alternative.text:
            return None
        manifest = use_in_place(root, alternative, progress=progress)
    except (OSError, ValueError, KeyError, TypeError, CheckpointError):
        return None
    return manifest if manifest.weights_sha256 == weights_sha256.lower() else None
