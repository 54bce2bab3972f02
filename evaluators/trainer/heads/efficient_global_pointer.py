"""GlobalPointer with queries and keys shared by the types (kexue.fm/archives/8877)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.trainer.heads.global_pointer import FAMILIES as FAMILIES
from evaluators.trainer.heads.global_pointer import Options as Options

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.pointers import EfficientGlobalPointer

    return EfficientGlobalPointer(
        setup.hidden, setup.labels, options.size, setup.dropout, rope=options.rope
    )
