"""P-tuning: classes by the word that a masked language model predicts (kexue.fm/archives/8295)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("classification",)
FREEZES = True


@dataclass(frozen=True)
class Options:
    """Options of the head p-tuning.

    Attributes:
        tokens: Trained pseudo tokens, taken from the vocabulary's unused ones.
        auxiliary: Share of the text's tokens that is masked, and predicted too, in training.
        words: The one token that stands for each label; two-class sentiment and paraphrase tasks
            use 不 and 很 by default.
    """

    tokens: int = 8
    auxiliary: float = 0.15
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tokens < 1:
            raise ValueError(f"tokens must be at least 1, got {self.tokens}")
        if not 0 <= self.auxiliary < 1:
            raise ValueError(f"auxiliary must be in [0, 1), got {self.auxiliary}")


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The checkpoint has no masked-LM head or too few unused tokens, or a label has
            no word of one token.
    """
    from evaluators.trainer.modules.prompts import make_prompt

    return make_prompt(setup, options.tokens, options.auxiliary, options.words)
