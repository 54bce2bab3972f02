"""`small-bert://4x256?seed=0`: made on this machine when it is first asked for."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from evaluators.progress import Progress
from evaluators.small_bert.make import make_small_bert
from flows.checkpoints.lock import pulling
from flows.checkpoints.manifest import NAME, Manifest, intact, settle
from flows.checkpoints.source import Source, size_of


def make_here(root: Path, source: Source, *, progress: Progress | None) -> Manifest:
    """Return the checkpoint of a size, made under `root` where it is not there yet.

    Raises:
        CheckpointError: It cannot be that large.
    """
    size = size_of(source.location)
    name = f"{size.layers}x{size.hidden}-{size.heads}-{size.positions}-{size.seed}"
    folder = root / "small-bert" / name
    with pulling(root, folder):
        if (known := intact(folder / NAME, folder)) is not None:
            return known
        made = folder.with_name(f".{name}.{uuid.uuid4().hex}")
        try:
            make_small_bert(made, size)
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return settle(folder, folder / NAME, source, progress=progress)
