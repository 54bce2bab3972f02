"""`small-bert://4x256?seed=0`: made on this machine when it is first asked for."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path
from urllib.parse import parse_qsl

from evaluators.errors import CheckpointError
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.small_bert.make import Size, make_small_bert
from flows.checkpoints.lock import pulling
from flows.checkpoints.manifest import NAME, Manifest, intact, settle
from flows.checkpoints.source import Source

_SIZE = re.compile(r"(\d{1,2})x(\d{1,4})/?")
_KEYS = ("heads", "positions", "seed")


def size_of(location: str) -> Size:
    """Read what follows `small-bert://`: layers x width, then what is asked for by name.

    Raises:
        CheckpointError: It is no size.
        UnknownNameError: No such option, with the nearest one.
    """
    shape, _, query = location.partition("?")
    found = _SIZE.fullmatch(shape)
    given = dict(parse_qsl(query, keep_blank_values=True))
    require_known("option of small-bert", given, _KEYS)
    numbers = {key: int(value) for key, value in given.items() if value.isdecimal()}
    if found is None or len(numbers) < len(given):
        raise CheckpointError(
            f"small-bert://{location} is no size: write layers x width and whole numbers, such as"
            " small-bert://4x256?seed=0"
        )
    hidden = int(found[2])
    return Size(int(found[1]), hidden, **{"heads": max(1, hidden // 64), **numbers})


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
