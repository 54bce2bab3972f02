"""Entities by a score for each type, first and last token (kexue.fm/archives/8373)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("entity",)


@dataclass(frozen=True)
class Options:
    """Options of the pointer heads.

    Attributes:
        size: Width d of queries and keys, even.
        rope: Whether queries and keys are rotated by their positions; without it the score does not
            depend on distances.
    """

    size: int = 64
    rope: bool = True

    def __post_init__(self) -> None:
        if self.size < 2 or self.size % 2:
            raise ValueError(
                f"size must be even and at least 2, got {self.size}: RoPE rotates pairs of"
                " coordinates"
            )


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.pointers import GlobalPointer

    return GlobalPointer(setup.hidden, setup.labels, options.size, setup.dropout, rope=options.rope)
