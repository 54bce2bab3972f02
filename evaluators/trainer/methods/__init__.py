"""Ways of training: one file each, found by its name.

A file `r_drop.py` holds a frozen dataclass `Options` (the keys a plan may give, with defaults and
checks) and `make(options) -> Method`. A plan names it `r-drop`, or `{name: r-drop, alpha: 4}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from evaluators import discovery
from evaluators.trainer import named
from evaluators.trainer.named import Named, Spec

if TYPE_CHECKING:
    from evaluators.trainer.training.model import Method


def names() -> tuple[str, ...]:
    """Return the name of every method, sorted."""
    return discovery.names(__name__)


def find(spec: Spec) -> Named:
    """Find the method that a plan names, and validate its options.

    Raises:
        UnknownNameError: No such method or option, with the nearest one.
        MethodError: An option has an invalid value.
    """
    return named.find(__name__, "method", spec)


def make(spec: Spec) -> Method:
    """Return a method ready for one training run.

    Raises:
        UnknownNameError: No such method or option, with the nearest one.
        MethodError: An option has an invalid value.
    """
    method = find(spec)
    return cast("Method", method.module.make(method.options))
