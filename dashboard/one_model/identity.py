"""Find a model by a name that a board, a plan or the hub has for it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

_HUB = "hf://"


@dataclass(frozen=True)
class Identity:
    """A model under all its names.

    Attributes:
        name: The name that was asked for, as it is written where it is known.
        names: All its names, the one that was asked for first.
        digests: Content digests of its checkpoints that were pulled here.
    """

    name: str
    names: tuple[str, ...]
    digests: tuple[str, ...]

    @property
    def folded(self) -> tuple[str, ...]:
        """All its names in small letters."""
        return tuple(name.lower() for name in self.names)


def hub_name(source: str) -> str:
    """Return the name on the hub that a checkpoint's source has, such as `org/name`; else empty."""
    return source.removeprefix(_HUB).partition("@")[0] if source.startswith(_HUB) else ""


def find_model(wanted: str, boards: list[str], checkpoints: pd.DataFrame) -> Identity | None:
    """Return a model by one of its names, in letters of any case; None where nobody has it.

    A checkpoint connects the name that a plan has for it with its name on the hub, which boards
    use. Names that only look alike are not connected.

    Args:
        wanted: The name.
        boards: Names of the models of all boards.
        checkpoints: Rows of `queries.model_runs.checkpoints`.
    """
    known = [
        (str(name), hub_name(str(source)), str(digest))
        for name, source, digest in zip(
            checkpoints["name"], checkpoints.source, checkpoints.checkpoint_digest, strict=True
        )
    ]
    names = {wanted.lower(): wanted}
    for _ in range(2):  # from the hub's name to the plan's, and from there to the hub's
        for pair in known:
            if any(name.lower() in names for name in pair[:2]):
                names.update({name.lower(): name for name in pair[:2] if name})
    digests = [digest for name, hub, digest in known if {name.lower(), hub.lower()} & set(names)]
    written = {name.lower(): name for name in boards}
    if not digests and wanted.lower() not in written:
        return None
    shown = {folded: written.get(folded, name) for folded, name in names.items()}
    return Identity(shown[wanted.lower()], tuple(shown.values()), tuple(dict.fromkeys(digests)))
