"""Find the evaluators: `evaluators/<name>/evaluator.py` and `evaluators/experiments/<name>.py`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from evaluators import discovery
from evaluators.evaluator import Evaluator, Session
from evaluators.names import require_known

_EXPERIMENTS = "evaluators.experiments"


def names() -> tuple[str, ...]:
    """Return the name of every evaluator, sorted; none is imported."""
    return tuple(sorted({*_folders(), *_experiments(), *discovery.files(__name__)}))


def find(name: str) -> Any:
    """Import one evaluator by its name.

    Raises:
        UnknownNameError: There is none of that name; the message gives the nearest one.
        TypeError: Its file does not define one class of `Evaluator`.
    """
    require_known("evaluator", [name], names())
    if name in discovery.files(__name__):
        return _Old(discovery.load(__name__, name))
    in_folder = name in _folders()
    module = import_module(
        f"evaluators.{name}.evaluator" if in_folder else f"{_EXPERIMENTS}.{name}"
    )
    return _class_of(module)()


def _folders() -> tuple[str, ...]:
    root = Path(__file__).parents[1]
    return tuple(path.parent.name for path in root.glob("*/evaluator.py"))


def _experiments() -> tuple[str, ...]:
    return discovery.files(_EXPERIMENTS) if find_spec(_EXPERIMENTS) else ()


def _class_of(module: ModuleType) -> type[Evaluator[Any]]:
    found = [each for each in _classes(module) if each.__module__ == module.__name__]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define one class of Evaluator, got {len(found)}")
    return found[0]


def _classes(module: ModuleType) -> Iterator[type[Evaluator[Any]]]:
    for each in vars(module).values():
        if isinstance(each, type) and issubclass(each, Evaluator):
            yield each


class _Old:
    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def open_session(self, *given: Any) -> Any:
        session = self._module.open_session(*given)
        plain = session.evaluate
        session.evaluate = lambda job, work=None: plain(job)
        return session


def __getattr__(name: str) -> Any:
    if name == "DatasetRef":
        from evaluators.evaluator import DatasetRef

        return DatasetRef
    raise AttributeError(name)


__all__ = ["Session", "find", "names"]
