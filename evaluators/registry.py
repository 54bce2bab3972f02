"""Find the evaluators: `evaluators/<name>/evaluator.py` and `evaluators/experiments/<name>.py`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from evaluators import discovery
from evaluators.evaluator import Evaluator
from evaluators.names import validate_known

_EXPERIMENTS = "evaluators.experiments"


def names() -> tuple[str, ...]:
    """Return the name of every evaluator, sorted; none is imported."""
    return tuple(sorted((*_folders(), *discovery.files(_EXPERIMENTS))))


def find(name: str) -> Evaluator[Any]:
    """Import one evaluator by its name.

    Raises:
        UnknownNameError: There is none of that name; the message gives the nearest one.
        TypeError: Its file does not define one class of `Evaluator`.
    """
    validate_known("evaluator", [name], names())
    in_folder = name in _folders()
    module = import_module(
        f"evaluators.{name}.evaluator" if in_folder else f"{_EXPERIMENTS}.{name}"
    )
    return _class_of(module)()


def _folders() -> tuple[str, ...]:
    root = Path(__file__).parent
    return tuple(path.parent.name for path in root.glob("*/evaluator.py"))


def _class_of(module: ModuleType) -> type[Evaluator[Any]]:
    # A set: two names of one class are one class.
    found = {
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, Evaluator)
        and each.__module__ == module.__name__
    }
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define one class of Evaluator, got {len(found)}")
    return found.pop()
