"""Find the files of a checkpoint, and compute the digest that is its identity."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from evaluators.checkpoint.names import is_identity, is_needed
from evaluators.digest import sha256_json
from evaluators.errors import CheckpointError

# A file that changed shortly before it was hashed may change again and keep its time stamps (file
# systems have ticks of up to two seconds), so such a hash is computed again the next time.
_SETTLED_NS = 2_000_000_000
_CHUNK = 1 << 20


class FileEntry(NamedTuple):
    """One file of a checkpoint: its path with `/`, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


class Stamp(NamedTuple):
    """Size, times and SHA-256 of a hashed file; times in nanoseconds since the epoch."""

    size: int
    mtime_ns: int
    ctime_ns: int
    hashed_ns: int
    sha256: str

    def holds(self, other: Stamp) -> bool:
        """Return whether a file that now has the stamp `other` surely has the hashed content."""
        settled = self.hashed_ns - max(self.mtime_ns, self.ctime_ns) >= _SETTLED_NS
        return settled and self[:3] == other[:3]


def needed_files(folder: Path) -> list[Path]:
    """Return the files of a checkpoint that are read, sorted by path."""
    paths = [path for pattern in ("*", "*_*/*", "*_*/*_*/*") for path in folder.glob(pattern)]
    relative = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    return [relative[path] for path in sorted(relative) if is_needed(path)]


def identity_files(folder: Path) -> list[Path]:
    """Return the existing files that are part of the digest, sorted by path."""
    return [p for p in needed_files(folder) if is_identity(p.relative_to(folder).as_posix())]


def stamp_files(
    folder: Path,
    *,
    known: Mapping[str, Stamp] | None = None,
    advance: Callable[[int], None] | None = None,
) -> dict[str, Stamp]:
    """Hash the files of a checkpoint, only those that changed since `known`.

    Args:
        folder: The checkpoint.
        known: Stamps of an earlier call, by path.
        advance: Called with the bytes just hashed or skipped.

    Returns:
        A stamp for each file of `needed_files`, by path.

    Raises:
        CheckpointError: A file cannot be read.
    """
    stamps = {}
    for file in needed_files(folder):
        path = file.relative_to(folder).as_posix()
        try:
            state = file.stat()
            now = Stamp(state.st_size, state.st_mtime_ns, state.st_ctime_ns, time.time_ns(), "")
            before = (known or {}).get(path)
            if before is not None and before.holds(now):
                stamps[path] = before
                if advance:
                    advance(now.size)
            else:
                stamps[path] = now._replace(sha256=_sha256(file, advance))
        except OSError as error:
            raise CheckpointError(f"{file}: cannot be read: {error.strerror}") from error
    return stamps


def entries(stamps: Mapping[str, Stamp]) -> list[FileEntry]:
    """Return the entries of the identity files among stamped ones, sorted by path."""
    return [
        FileEntry(path, stamps[path].size, stamps[path].sha256)
        for path in sorted(stamps)
        if is_identity(path)
    ]


def digest_of(files: Iterable[FileEntry]) -> str:
    """Return the digest: SHA-256 over the sorted (path, SHA-256) as canonical JSON."""
    return sha256_json(sorted([file.path, file.sha256] for file in files))


def weights_sha256_of(files: Iterable[FileEntry]) -> str | None:
    """Return the SHA-256 of the weights; None where there are none.

    For one file it is that file's SHA-256, as the hub shows it. For shards it is the SHA-256 of the
    canonical JSON list of the shards' SHA-256, in the order of their names. Weights of modules in
    subfolders do not count where the checkpoint itself has weights.
    """
    weights = [file for file in sorted(files) if file.path.endswith(".safetensors")]
    hashes = [f.sha256 for f in weights if "/" not in f.path] or [f.sha256 for f in weights]
    return hashes[0] if len(hashes) == 1 else sha256_json(hashes) if hashes else None


def checkpoint_digest(folder: Path, *, known: Mapping[str, Stamp] | None = None) -> str:
    """Return the digest of the checkpoint in `folder`, which is its identity.

    Args:
        folder: The checkpoint.
        known: Stamps of an earlier `stamp_files`; unchanged files are not read again.
    """
    return digest_of(entries(stamp_files(folder, known=known)))


def _sha256(path: Path, advance: Callable[[int], None] | None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if advance:
                advance(len(chunk))
    return digest.hexdigest()
