"""Unknown names are answered with the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UnknownNameError(ValueError):
    """A name nobody knows.

    Attributes:
        kind: What it should have named: `task`, `pooling`, `plan key` …
        name: The name as written.
        known: The names that would have been right.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        super().__init__(f"unknown {kind} {name!r}{nearest(name, self.known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `: did you mean 'X'?`, or the list of known names where nothing is near."""
    known = tuple(known)
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if close:
        return f": did you mean {folded[close[0]]!r}?"
    return f": known are {', '.join(known)}" if known else ""


def require_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise `UnknownNameError` for the first of `names` that is not in `known`."""
    known = tuple(known)
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
