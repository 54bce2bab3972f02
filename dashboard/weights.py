"""Read weights of tasks as people write them: `RTE=2, Retrieval=0.5`."""

from __future__ import annotations

import math
import re

from evaluators.errors import TreatmentError

# A name ends in a letter, so that a long text without a sign is given up after one look.
_WEIGHT = re.compile(r"\s*([^=\s](?:[^=]*[^=\s])?)\s*=\s*([^,=\s]+)\s*(?:,|$)")


def parse_weights(text: str) -> dict[str, float]:
    """Return the weights by name of `RTE=2, Retrieval=0.5`.

    Raises:
        TreatmentError: If the text is anything else, or a name has two weights.
    """
    weights: dict[str, float] = {}
    place = 0
    text = text.strip()
    while place < len(text):
        pair = _WEIGHT.match(text, place)
        try:
            name, weight = ("", math.nan) if pair is None else (pair[1], float(pair[2]))
        except ValueError:
            name = ""
        if pair is None or not name or name in weights:
            raise TreatmentError(
                f"weights must be written as NAME=NUMBER, …, each name once; got {text[place:]!r}"
            )
        weights[name] = weight
        place = pair.end()
    return weights
