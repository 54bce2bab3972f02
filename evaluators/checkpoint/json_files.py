"""Read the JSON files of a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluators.errors import CheckpointError

_LARGEST_JSON = 200_000_000  # bytes; the largest tokenizers have some 35 MB


def read_json(file: Path) -> Any:
    """Return the value of a JSON file.

    Raises:
        CheckpointError: The file is too large, not UTF-8, not JSON, or nested too deeply.
    """
    if file.stat().st_size > _LARGEST_JSON:
        raise CheckpointError(
            f"{file} must have at most {_LARGEST_JSON} bytes, got {file.stat().st_size}: it is not"
            " a configuration"
        )
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise CheckpointError(
            f"{file} is not JSON ({error}): truncated or damaged. Pull the checkpoint again."
        ) from error


def read_object(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file, {} where the file does not exist.

    Raises:
        CheckpointError: As `read_json`, or the value is not an object.
    """
    if not file.is_file():
        return {}
    value = read_json(file)
    if not isinstance(value, dict):
        raise CheckpointError(f"{file} does not hold a JSON object. Pull the checkpoint again.")
    return value
