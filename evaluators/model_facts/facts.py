"""Name the facts about a leaderboard's models: size, licence, release date and others.

The vocabulary is closed, so that a fact means the same on every board and has one type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError

Kind = Literal["number", "flag", "text"]


@dataclass(frozen=True)
class FactKind:
    """What a fact is.

    Attributes:
        kind: `number`, `flag` (true or false) or `text`.
        text: Its meaning and unit, in a sentence.
    """

    kind: Kind
    text: str


FACTS: Mapping[str, FactKind] = MappingProxyType(
    {
        "parameters": FactKind("number", "Number of all parameters."),
        "active_parameters": FactKind("number", "Number of parameters that one token uses."),
        "dimensions": FactKind("number", "Length of the embedding."),
        "context_tokens": FactKind("number", "Most tokens that it reads at once."),
        "release_date": FactKind("text", "Date of release: YYYY, YYYY-MM or YYYY-MM-DD."),
        "licence": FactKind("text", "Licence of the weights, as its source spells it."),
        "open_weights": FactKind("flag", "Whether the weights can be downloaded."),
        "zero_shot": FactKind(
            "number", "Share of the board's tasks that it was not trained on, 0 to 1."
        ),
        "instructions": FactKind("flag", "Whether it is asked with instructions."),
        "languages": FactKind("text", "Languages that it was made for, separated by commas."),
        "architecture": FactKind("text", "Class of the model: LlamaForCausalLM for example."),
        "precision": FactKind("text", "Number format or quantisation that was evaluated."),
        "adapter": FactKind("text", "Adapter that was loaded on the base model."),
        "base_model": FactKind("text", "Model that it was trained or merged from."),
        "revision": FactKind("text", "Revision that was evaluated."),
        "trajectory": FactKind("text", "Training run of which the row is one step."),
        "step": FactKind("number", "Step of that training run."),
    }
)
"""Every fact by name."""

SIZES: Mapping[str, bool] = MappingProxyType(
    {"parameters": False, "active_parameters": False, "dimensions": False, "context_tokens": True}
)
"""Facts that are sizes, and whether more of each is better. A size of 0 says nothing."""


@dataclass(frozen=True)
class Fact:
    """One fact about one row of a board.

    Attributes:
        value: A number, a flag or a text, as its kind says.
        source: Where it was read; empty for the source of the row.
    """

    value: float | bool | str
    source: str = ""


def validate_fact(name: str, value: float | bool | str) -> None:
    """Check that a value fits its fact.

    Raises:
        UnknownNameError: No fact has that name.
        TreatmentError: The value is not of the fact's kind, is not finite, or is empty.
    """
    if name not in FACTS:
        raise UnknownNameError("fact", name, FACTS)
    kind = FACTS[name].kind
    fits = {
        "flag": isinstance(value, bool),
        "text": isinstance(value, str) and bool(value.strip()),
        "number": isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value),
    }[kind]
    if not fits:
        raise TreatmentError(f"the fact {name} must be a {kind}, got {value!r}")


_SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


def short_number(value: float) -> str:
    """Format a number of parameters, dimensions or tokens: `22.7M`, `7B`, `32,768`."""
    for unit, letter in _SIZES:
        if value >= 0.9995 * unit:  # or 999.9M would round to 1e+03M
            return f"{value / unit:.3g}{letter}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"
