"""Look up how large the weights of a model on the hub are, as mteb states it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from flows.bundled import bundled


class StatedSize(NamedTuple):
    """The size of a model's weights; None where mteb does not state it.

    Attributes:
        elements: Number of parameters; rounded by some authors.
        bytes: Bytes of the files of weights, in whole MiB.
    """

    elements: int | None
    bytes: int | None


def stated_size(model: str) -> StatedSize:
    """Return the size of `org/name`; both parts are None for a model that mteb does not know."""
    return _sizes().get(model, StatedSize(None, None))


@cache
def _sizes() -> Mapping[str, StatedSize]:
    with (bundled("data", "mteb") / "models.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["model"]: StatedSize(
                int(row["parameters"]) if row["parameters"] else None,
                int(row["weights_mib"]) << 20 if row["weights_mib"] else None,
            )
            for row in csv.DictReader(file)
        }
