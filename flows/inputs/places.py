"""Locate the rows of a split: bundled, in a mirror, or on the hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from evaluators.errors import DatasetError
from flows.bundled import bundled

BUNDLED = "rankcheck"
"""The organisation of tasks whose rows ship with the project."""

SAMPLES = bundled("data", "samples")

SUFFIXES = (".parquet", ".jsonl", ".jsonl.gz", ".tsv")
"""The file types of a mirror, in the order of the search."""


class Published(Protocol):
    """A task of any kind whose rows can be located.

    Its members are properties because a frozen dataclass cannot satisfy assignable attributes.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 (described above)

    @property
    def hub_id(self) -> str: ...  # noqa: D102 (described above)

    @property
    def config(self) -> str: ...  # noqa: D102 (described above)

    @property
    def revision(self) -> str | None: ...  # noqa: D102 (described above)

    @property
    def split(self) -> str: ...  # noqa: D102 (described above)

    @property
    def mirror_ids(self) -> tuple[str, ...]: ...  # noqa: D102 (described above)


class Place(NamedTuple):
    """The place of a split.

    Attributes:
        kind: "bundled" for a file of the project, "mirror", or "hub".
        split: Name of the split.
        path: The file; None for the hub.
    """

    kind: Literal["bundled", "mirror", "hub"]
    split: str
    path: Path | None


def locate(task: Published, split: str, mirrors: Sequence[Path]) -> Place:
    """Return the first place of a split of a task; the hub is the last resort.

    Raises:
        DatasetError: If a mirror is not a folder, the split's name is invalid, or the sample is
            missing.
    """
    # A split is part of a path here and of a query in the hub's library ("test[:10]").
    if not re.fullmatch(r"\w[\w.-]*", split):
        raise DatasetError(
            f"{split!r} is not a split name of {task.name}: use letters, digits, _ . -"
        )
    organisation, _, name = task.hub_id.partition("/")
    if organisation == BUNDLED:
        return Place("bundled", split, _sample(task, name, split))
    for mirror in mirrors:
        if not mirror.is_dir():
            raise DatasetError(
                f"the mirror {mirror} is not a folder: correct RANKCHECK_DATA, "
                "which lists folders separated by ':'"
            )
        for repository in (task.hub_id, *task.mirror_ids):
            for suffix in SUFFIXES:
                path = mirror / repository / task.config / f"{split}{suffix}"
                if path.exists():
                    return Place("mirror", split, path)
    return Place("hub", split, None)


def wanted(task: Published, split: str) -> str:
    """Return the path of a split inside a mirror."""
    return f"{task.hub_id}/{task.config}/{split}.parquet"


def _sample(task: Published, name: str, split: str) -> Path:
    if split != task.split:
        raise DatasetError(f"{task.name} has only the split {task.split!r}, not {split!r}")
    path = SAMPLES / f"{name}.tsv"
    if not path.exists():
        raise DatasetError(
            f"{path} is missing: it ships with rankcheck's repository; restore it, or install "
            "from a clone"
        )
    return path
