"""What a pull returns, and the one error that lets a fallback step in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluators.errors import CheckpointError


class SourceUnreachable(CheckpointError):  # noqa: N818  # a state of the world, not of the code
    """Nobody answers where the checkpoint lies; a `fallback` may be used instead."""


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint on this machine.

    Attributes:
        name: What the plan calls it.
        source: Where it really came from: the plan's source, or its fallback.
        requested_source: The plan's source.
        requested_revision: Branch, tag or commit of the source really used; None where there is no
            such thing.
        resolved_revision: The commit it was, 40 hexadecimal digits; None as above.
        folder: Where its files are.
        digest: Its identity; see `evaluators.checkpoint.files.checkpoint_digest`.
        weights_sha256: SHA-256 of its weights; see `evaluators.checkpoint.files`.
        bytes: Size of the files that were digested.
        fallback_used: Whether `source` is the fallback.
    """

    name: str
    source: str
    requested_source: str
    requested_revision: str | None
    resolved_revision: str | None
    folder: Path
    digest: str
    weights_sha256: str
    bytes: int
    fallback_used: bool = False
