"""Validate names, and suggest the nearest known name for an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UnknownNameError(ValueError):
    """An unknown name, with the nearest known one in the message.

    Attributes:
        kind: Kind of the name: `task`, `pooling`, `plan key` …
        name: The name as written.
        known: The known names.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        super().__init__(f"unknown {kind} {name!r}{nearest(name, self.known)}")


_LISTED = 30  # known names in one message: a board may have thousands of models


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `: did you mean 'X'?`, or a list of known names if none is near.

    The nearest name is one of similar spelling, or else the first that contains the unknown name.
    """
    known = tuple(known)
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if close:
        return f": did you mean {folded[close[0]]!r}?"
    written = name.casefold().strip()
    containing = next((known for fold, known in folded.items() if written in fold), None)
    if len(written) > 2 and containing is not None:
        return f": did you mean {containing!r}?"
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f": known are {', '.join(known[:_LISTED])}{more}" if known else ""


def validate_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise `UnknownNameError` for the first of `names` that is not in `known`."""
    known = tuple(known)
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
