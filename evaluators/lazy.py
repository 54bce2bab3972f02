"""Import torch only when it is first used.

An experiment is one file, and reading a plan that names it imports that file. With
`from evaluators.lazy import torch` this takes no seconds. (Python 3.15: `lazy import torch`.)
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch as torch
else:

    class _Torch(ModuleType):
        def __getattr__(self, name: str) -> Any:
            return getattr(import_module("torch"), name)

    torch = _Torch("torch")
