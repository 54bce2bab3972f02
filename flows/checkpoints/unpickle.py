"""Start the locked child process that reads a pickle, and explain how it ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evaluators.checkpoint.json_files import read_json
from evaluators.errors import CheckpointError

_SECONDS_TO_START = 120.0
_BYTES_PER_SECOND = 5e6
# What a model ties to its input embeddings, where its class is not one of transformers'.
_USUALLY_TIED = (r"(^|\.)(lm_head|cls|decoder)\.", r"(^|\.)encoder\.embed_tokens\.")


def tied_names(folder: Path) -> list[str]:
    """Return patterns of the names that the checkpoint's class ties to others."""
    file = folder / "config.json"
    value = read_json(file) if file.is_file() else {}
    architectures = value.get("architectures") if isinstance(value, dict) else None
    if isinstance(architectures, list) and architectures:
        import transformers

        kind = getattr(transformers, str(architectures[0]), None)
        if isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel):
            return list(getattr(kind, "_tied_weights_keys", None) or ()) or list(_USUALLY_TIED)
    return list(_USUALLY_TIED)


def unpickle(files: list[tuple[Path, str]], out: Path, tied: list[str]) -> dict[str, Any]:
    """Run `pickle_child` on the pickles of one folder, and return its answer.

    Raises:
        CheckpointError: A pickle is refused, or the child ended without an answer.
    """
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        raise CheckpointError("torch is not installed, which reads the pickle")
    request = {
        "packages": str(Path(torch.origin).parents[1]),
        "files": [(str(path), name) for path, name in files],
        "out": str(out),
        "tied": tied,
    }
    seconds = _SECONDS_TO_START + sum(path.stat().st_size for path, _ in files) / _BYTES_PER_SECOND
    try:
        done = subprocess.run(
            # -I: import nothing from the folder, the environment or the user's site packages.
            [sys.executable, "-I", str(Path(__file__).with_name("pickle_child.py"))],
            input=json.dumps(request).encode(),
            capture_output=True,
            cwd=out,
            env={"LANG": "C.UTF-8", "HOME": "/nonexistent", "OMP_NUM_THREADS": "1"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CheckpointError(
            f"{files[0][0]}: reading it took more than {seconds:.0f} s and was stopped"
        ) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise CheckpointError(_ended(files[0][0], done)) from None
    if "refused" in answer:
        raise CheckpointError(f"{answer['file']} is refused: {answer['refused']}")
    return answer


def _ended(file: Path, done: subprocess.CompletedProcess[bytes]) -> str:
    if -done.returncode in (signal.SIGXCPU, signal.SIGKILL):
        return (
            f"{file} is refused: reading it took more time or memory than weights of its size need,"
            " so it is damaged or made to exhaust them"
        )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    reason = f"{said[-1][:200]}" if said else f"status {done.returncode}"
    return f"{file}: the process that read it ended without a result ({reason})"
