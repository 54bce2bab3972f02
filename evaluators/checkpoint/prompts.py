"""Read the prompts that a checkpoint declares for sentence-transformers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evaluators.checkpoint.json_files import read_object
from evaluators.errors import CheckpointError

NAME = "config_sentence_transformers.json"
_ALWAYS = {"query": "", "document": ""}  # sentence-transformers 6 has these two of every model


def read_prompts(folder: Path) -> tuple[Mapping[str, str], str]:
    """Return the prompts by name, and the default one, which may be empty.

    Raises:
        CheckpointError: The file is not a JSON object, a prompt is not a text, or the default is
            not one of them.
    """
    file = folder / NAME
    config = read_object(file)
    stated, name = config.get("prompts") or {}, config.get("default_prompt_name")
    if not isinstance(stated, dict) or not all(isinstance(p, str) for p in stated.values()):
        raise CheckpointError(f"{file}: prompts must be texts by name, got {stated!r}")
    prompts = {**_ALWAYS, **stated}
    if name is not None and name not in prompts:
        raise CheckpointError(
            f"{file}: default_prompt_name {name!r} is not one of its prompts,"
            f" {', '.join(prompts)}: say prompt: none, or correct the file"
        )
    return prompts, "" if name is None else prompts[name]
