"""The state of a run after an epoch: tensors as safetensors, the rest as JSON, nothing pickled.

Both are written under a temporary name and renamed, the JSON last, so that a kill at any moment
leaves the state of one epoch or of the one before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from evaluators.atomic import replacing

STATE = "state.json"
_FORMAT = 1


class Saved(NamedTuple):
    """The saved state of a run.

    Attributes:
        about: The part that is not tensors: epoch, losses, best epoch so far.
        tensors: Tensors of model, optimiser, method and generators, by `part/name`.
        best: Weights of the best epoch so far.
    """

    about: dict[str, Any]
    tensors: dict[str, Tensor]
    best: dict[str, Tensor]

    def part(self, name: str) -> dict[str, Tensor]:
        """Return the tensors of one part by their names in it; empty where there are none."""
        start = f"{name}/"
        return {
            key.removeprefix(start): tensor
            for key, tensor in self.tensors.items()
            if key.startswith(start)
        }


def save(
    folder: Path,
    run: str,
    about: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    best: Mapping[str, Tensor] | None,
) -> None:
    """Write the state after an epoch, and remove the previous one.

    Args:
        folder: Folder of the run.
        run: Digest that identifies the run; a state of another run is not resumed.
        about: Plain JSON with `epoch`.
        tensors: Tensors by `part/name`.
        best: Weights of this epoch where it is the best so far; None keeps those already saved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _read(folder)
    files = {"state": f"epoch-{about['epoch']}.safetensors"}
    _write_tensors(folder / files["state"], tensors)
    if best is not None:
        files["best"] = f"best-{about['epoch']}.safetensors"
        _write_tensors(folder / files["best"], best)
    elif before is not None:
        files["best"] = before["files"]["best"]
    text = json.dumps({"format": _FORMAT, "run": run, "files": files, "about": dict(about)})
    with replacing(folder / STATE, alone=True) as new:
        new.write_text(text, encoding="utf-8")
    for old in folder.glob("*.safetensors"):
        if old.name not in files.values():
            old.unlink()


def load(folder: Path, run: str) -> Saved | None:
    """Return the saved state of a run, None if it is missing, another run's, or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    value = _read(folder)
    if value is None or value["run"] != run:
        return None
    try:
        tensors = load_file(folder / value["files"]["state"])
        best = load_file(folder / value["files"]["best"])
    except (OSError, SafetensorError):
        return None
    return Saved(value["about"], tensors, best)


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        value = json.loads((folder / STATE).read_text(encoding="utf-8"))
        known = value["format"] == _FORMAT and {"run", "about"} <= set(value)
        return value if known and {"state", "best"} <= set(value["files"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    from safetensors.torch import save as to_bytes

    # safetensors refuses tensors that share memory, as tied weights do
    copies = {
        name: torch.empty_like(value, device="cpu").copy_(value.detach()).contiguous()
        for name, value in tensors.items()
    }
    with replacing(path, alone=True) as new:
        new.write_bytes(to_bytes(copies))
