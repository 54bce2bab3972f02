"""Where do the data sets of evaluators come from? One file for each kind, found by its name.

A file defines `digest(ref, place)`, `load(ref, place)` and `row(ref, digest, place)`: the content
digest of a dataset (cached, so that a plan run with nothing to do reads nothing), the dataset
itself, and its row in the store. All three raise DatasetError if it is unavailable. `is_here(ref,
place)` says whether it can be read without a download.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from evaluators import discovery
from evaluators.evaluator import DatasetRef

if TYPE_CHECKING:
    from db.rows import DatasetRow
    from db.settings import Settings


class InputPlace(NamedTuple):
    """Where to look for datasets.

    Attributes:
        settings: Folders of mirrors and corpora.
        digests: JSON file that remembers digests; None remembers nothing.
    """

    settings: Settings
    digests: Path | None = None


class InputKind(Protocol):
    """The shape of every module in this folder."""

    def digest(self, ref: DatasetRef, place: InputPlace) -> str:
        """Return the content digest."""

    def is_here(self, ref: DatasetRef, place: InputPlace) -> bool:
        """Return whether the dataset can be read without a download."""

    def load(self, ref: DatasetRef, place: InputPlace) -> Any:
        """Read the dataset."""

    def row(self, ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
        """Describe the dataset for the store."""


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a dataset of any kind.

    Raises:
        DatasetError: If it is unavailable.
    """
    return _kind(ref).digest(ref, place)


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return whether a dataset of any kind can be read without a download.

    Raises:
        DatasetError: If there is no such dataset.
    """
    return _kind(ref).is_here(ref, place)


def load(ref: DatasetRef, place: InputPlace) -> Any:
    """Read a dataset of any kind.

    Raises:
        DatasetError: If it is unavailable.
    """
    return _kind(ref).load(ref, place)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a dataset of any kind for the store."""
    return _kind(ref).row(ref, digest, place)


def _kind(ref: DatasetRef) -> InputKind:
    return cast(InputKind, discovery.load(__name__, ref.kind))
