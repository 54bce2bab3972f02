"""Find the evaluators: `evaluators/<name>/evaluator.py` and `evaluators/experiments/<name>.py`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from evaluators import discovery
from evaluators.evaluator import Evaluator
from evaluators.names import validate_known

_EXPERIMENTS = "evaluators.experiments"


def names() -> tuple[str, ...]:
    """Return the names of all evaluators, sorted, without importing them."""
    return tuple(sorted((*_folders(), *discovery.files(_EXPERIMENTS))))


def find(name: str) -> Evaluator[Any]:
    """Import one evaluator by its name.

    Raises:
        UnknownNameError: The name is unknown; the message gives the nearest one.
        TypeError: Its file does not define one class of `Evaluator`.
    """
    validate_known("evaluator", [name], names())
    in_folder = name in _folders()
    module = import_module(
        f"evaluators.{name}.evaluator" if in_folder else f"{_EXPERIMENTS}.{name}"
    )
    return _class_of(module)()


@cache  # a plan run asks for an evaluator many times a job
def _folders() -> tuple[str, ...]:
    root = Path(__file__).parent
    return tuple(path.parent.name for path in root.glob("*/evaluator.py"))


def _class_of(module: ModuleType) -> type[Evaluator[Any]]:
    # A set, because a module may have two names for one class.
    classes = {
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Evaluator)
        and value.__module__ == module.__name__
    }
    if len(classes) != 1:
        raise TypeError(f"{module.__name__} must define one class of Evaluator, got {len(classes)}")
    return classes.pop()
