"""Find out what pulling a checkpoint would take, without pulling it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evaluators.checkpoint.memory import weights_size
from evaluators.checkpoint.modules import encoder_folder
from evaluators.errors import CheckpointError
from flows.checkpoints import hub
from flows.checkpoints.from_hub import commit_folder, missing_files
from flows.checkpoints.hub_conversion import describe_safe
from flows.checkpoints.manifest import NAME, intact
from flows.checkpoints.mteb_sizes import StatedSize, stated_size
from flows.checkpoints.pull import already_here
from flows.checkpoints.source import Source, SourceUnreachable, is_commit, parse

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Status = Literal["here", "to download", "to make", "unreachable", "unknown", "unavailable"]


@dataclass(frozen=True)
class Need:
    """What one checkpoint of a plan takes.

    Attributes:
        name: Its name in the plan.
        source: Where it comes from: the plan's source, or its fallback.
        status: Whether it is on this machine, or why not.
        download: Bytes to download; None if unknown.
        elements: Elements of its weights; None if unknown.
        bytes: Bytes of its files; None if unknown.
        digest: Its digest; empty if unknown.
        commit: Its commit on the hub; empty if it has none, or it is unknown.
        reason: Why something is unknown, or it is unavailable.
        folder: Its local folder; None if it is not on this machine.
    """

    name: str
    source: str
    status: Status
    download: int | None = None
    elements: int | None = None
    bytes: int | None = None
    digest: str = ""
    commit: str = ""
    reason: str = ""
    folder: Path | None = None


def need_of(
    name: str,
    source: str,
    *,
    weights_sha256: str | None = None,
    fallback: str | None = None,
    root: Path,
) -> Need:
    """Return what a checkpoint takes; asks the hub for a listing, and downloads nothing.

    A local folder that was never pulled is verified, which reads it once.
    """
    requested = parse(source)
    try:
        here = already_here(
            name, source, weights_sha256=weights_sha256, fallback=fallback, root=root
        )
        if here is not None:
            elements = weights_size(encoder_folder(here.folder)).elements
            commit = here.resolved_revision or ""
            return Need(
                name,
                here.source,
                "here",
                0,
                elements,
                here.bytes,
                here.digest,
                commit,
                here.note,
                here.folder,
            )
        if requested.scheme == "hf":
            return _on_hub(name, requested, root.absolute())
    except SourceUnreachable as error:
        if fallback is not None:
            other = need_of(name, fallback, root=root)
            reason = "the fallback, as the hub cannot be reached"
            return replace(other, reason="; ".join(filter(None, (reason, other.reason))))
        reason = "the hub cannot be reached" if "HF_HUB_OFFLINE" not in str(error) else str(error)
        return _by_stated_size(name, requested, reason)
    except CheckpointError as error:
        return Need(name, source, "unavailable", reason=str(error))
    if requested.scheme == "small-bert":
        return Need(name, source, "to make", download=0, reason="its size is known once it is made")
    return Need(name, requested.text, "unknown", reason="the size of such a URL is not asked for")


def _on_hub(name: str, source: Source, root: Path) -> Need:
    snapshot = describe_safe(source)
    folder = commit_folder(root, source, snapshot.commit)
    total = sum(file.size for file in snapshot.files)
    if (manifest := intact(folder / NAME, folder)) is not None:
        elements = weights_size(encoder_folder(folder)).elements
        return Need(
            name,
            source.text,
            "here",
            0,
            elements,
            manifest.bytes,
            manifest.digest,
            snapshot.commit,
            snapshot.note,
            folder,
        )
    download = sum(file.size for file in missing_files(snapshot, folder))
    return Need(
        name,
        source.text,
        "to download",
        download,
        _elements(source, snapshot),
        total,
        commit=snapshot.commit,
        reason=snapshot.note,
    )


def _by_stated_size(name: str, source: Source, reason: str) -> Need:
    """Return what a checkpoint on a hub that does not answer takes, as far as mteb states it."""
    commit = source.revision if source.revision and is_commit(source.revision) else ""
    size = stated_size(source.location) if source.scheme == "hf" else StatedSize(None, None)
    if size.bytes is None:
        return Need(
            name, source.text, "unknown", elements=size.elements, commit=commit, reason=reason
        )
    reason = f"{reason}; the size is what mteb states"
    return Need(
        name,
        source.text,
        "unreachable",
        size.bytes,
        size.elements,
        size.bytes,
        commit=commit,
        reason=reason,
    )


def _elements(source: Source, snapshot: hub.Snapshot) -> int | None:
    """Return the number of elements of the weights, from the headers of their files alone."""
    weights = [file.path for file in snapshot.files if file.path.endswith(".safetensors")]
    own = [path for path in weights if "/" not in path] or weights

    def counted(api: HfApi) -> int:
        files = [
            api.parse_safetensors_file_metadata(source.location, path, revision=snapshot.commit)
            for path in own
        ]
        return sum(math.prod(t.shape) for file in files for t in file.tensors.values())

    try:
        return hub.ask(source, counted)
    except CheckpointError:  # unreachable meanwhile, or a header that the client cannot read
        return None
