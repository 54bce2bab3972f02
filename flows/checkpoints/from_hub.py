"""Pull `hf://`: one folder per commit, complete once its manifest exists."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from evaluators.checkpoint.configuration import verify_configuration
from evaluators.checkpoint.verify import validate_weights
from evaluators.digest import sha256_file
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints import hub
from flows.checkpoints.hub_conversion import describe_safe
from flows.checkpoints.keep import FreeBytes, pulling, validate_space
from flows.checkpoints.manifest import NAME, Manifest, intact, settle
from flows.checkpoints.source import Source


def commit_folder(root: Path, source: Source, commit: str) -> Path:
    """Return a commit's folder: `hf/<org>/<name>/<commit>`."""
    organisation, _, name = source.location.rpartition("/")
    return root / "hf" / (organisation or "-") / name / commit


def already_here(root: Path, source: Source) -> Manifest | None:
    """Return the complete local checkpoint of a pinned source, or None."""
    if not source.pinned or source.revision is None:
        return None
    folder = commit_folder(root, source, source.revision)
    return intact(folder / NAME, folder)


def pull_from_hub(
    root: Path,
    source: Source,
    *,
    weights_sha256: str | None,
    free_bytes: FreeBytes,
    progress: Progress | None,
) -> Manifest:
    """Pull a revision, unless its current commit is already complete on this machine.

    Raises:
        SourceUnreachable: The hub does not answer.
        CheckpointError: The hub refuses, a file is damaged, the disk is full, or the checkpoint
            cannot be used.
    """
    snapshot = describe_safe(source)
    folder = commit_folder(root, source, snapshot.commit)
    with pulling(root, folder):
        if (manifest := intact(folder / NAME, folder)) is not None:
            return manifest
        (folder / NAME).unlink(missing_ok=True)
        weights_hashes = [f.sha256 for f in snapshot.files if f.path == "model.safetensors"]
        if weights_sha256 and weights_hashes and weights_hashes[0]:
            validate_weights(source.text, weights_hashes[0], weights_sha256)
        _drop_leftovers(folder)
        missing = missing_files(snapshot, folder)
        validate_space(folder, sum(file.size for file in missing), free=free_bytes)
        small = [file for file in snapshot.files if not file.path.endswith(".safetensors")]
        fetch(snapshot, small, folder, source, None)
        # Refuse remote code and the like before gigabytes of weights are downloaded.
        verify_configuration(folder)
        fetch(snapshot, snapshot.files, folder, source, progress)
        manifest = settle(
            folder,
            folder / NAME,
            source,
            resolved=snapshot.commit,
            note=snapshot.note,
            progress=progress,
        )
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        return manifest


def fetch(
    snapshot: hub.Snapshot,
    files: Iterable[hub.RemoteFile],
    folder: Path,
    source: Source,
    progress: Progress | None,
) -> None:
    """Fetch files, verify them by the hub's hashes, and retry once if they differ.

    The client itself only compares sizes.
    """
    files = list(files)
    for last in (False, True):
        hub.download(snapshot, files, folder, source=source, progress=progress)
        damaged = [file for file in files if not _matches_hash(folder / file.path, file)]
        for file in damaged:
            (folder / file.path).unlink(missing_ok=True)
        if not damaged:
            return
        if last:
            raise CheckpointError(
                f"{source.text}: {damaged[0].path} arrived twice with bytes other than the hub "
                f"states (SHA {damaged[0].sha256 or damaged[0].git_blob}). A proxy or mirror "
                "damages it; pull again, or set HF_ENDPOINT to another one."
            )


def _matches_hash(path: Path, file: hub.RemoteFile) -> bool:
    if not path.is_file():
        return False
    if file.sha256 is not None:
        return sha256_file(path) == file.sha256
    if file.git_blob is not None:
        content = path.read_bytes()
        head = b"blob %d\0" % len(content)
        # Git identifies a small file by SHA-1, which detects accidents, not attacks.
        return hashlib.sha1(head + content, usedforsecurity=False).hexdigest() == file.git_blob
    return True


def missing_files(snapshot: hub.Snapshot, folder: Path) -> list[hub.RemoteFile]:
    """Return the files of a snapshot that a folder lacks or has in another size."""
    paths = {file: folder / file.path for file in snapshot.files}
    return [
        file
        for file, path in paths.items()
        if not path.is_file() or path.stat().st_size != file.size
    ]


def _drop_leftovers(folder: Path) -> None:
    """Remove partial files of a killed pull, which the client never resumes."""
    for path in (folder / ".cache").rglob("*.incomplete"):
        path.unlink(missing_ok=True)
