"""Validate that names inside a checkpoint do not lead out of it, on any system."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from evaluators.errors import CheckpointError

_HUB_SNAPSHOT = re.compile(r"snapshots/[0-9a-f]{40}")


def validate_inside(name: str, *, said_by: str) -> str:
    """Validate a relative file name, and return it unchanged.

    Args:
        name: A path with `/` that a listing, an index or a configuration states.
        said_by: Who states it, for the message.

    Raises:
        CheckpointError: The name is absolute, has `..`, a backslash, a drive or control characters.
    """
    windows = PureWindowsPath(name)
    hostile = (
        not name
        or ".." in name.replace("\\", "/").split("/")
        or PurePosixPath(name).is_absolute()
        or bool(windows.drive or windows.root)
        or "\\" in name
        or any(ord(character) < 32 for character in name)
    )
    if hostile:
        raise CheckpointError(
            f"{said_by} names the file {name!r}, which would lie outside the checkpoint: refused. "
            "Get the checkpoint from another source."
        )
    return name


def validate_no_way_out(folder: Path, files: list[Path]) -> None:
    """Validate that no file is a link to something outside the checkpoint.

    A snapshot in the hub's own cache consists of links into `blobs` beside it; these are fine.

    Raises:
        CheckpointError: Naming the link and where it leads.
    """
    folder = folder.resolve()
    home = folder
    if _HUB_SNAPSHOT.fullmatch("/".join(folder.parts[-2:])):
        repository = folder.parent.parent
        home = repository if (repository / "blobs").is_dir() else folder
    for file in files:
        target = file.resolve()
        if not target.is_relative_to(home):
            raise CheckpointError(
                f"{file} is a link to {target}, outside the checkpoint: refused. "
                "Copy the file into the folder."
            )
