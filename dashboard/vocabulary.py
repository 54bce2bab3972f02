"""List the fixed words of evaluators and columns that pages show translated.

They come to a page as values, so no call of `t` names them; `zh.po` has each of them all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.verdicts import BOARD, DATA, LEVELS
from evaluators.averaging import MEANINGS, MEANS
from evaluators.claims import VERDICTS


def fixed() -> Iterator[str]:
    """Yield every word that comes from other modules and is shown in the reader's language."""
    yield from (BOARD, *DATA.values(), *LEVELS.values())
    yield from VERDICTS
    yield from MEANS
    for choices in MEANINGS.values():
        yield from choices.values()
