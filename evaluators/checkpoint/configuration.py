"""Validate a checkpoint's JSON files: complete, with a tokenizer, and without remote code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluators.checkpoint.files import needed_files
from evaluators.checkpoint.names import MODULE_FOLDER, VOCABULARY
from evaluators.checkpoint.paths import validate_inside, validate_no_way_out
from evaluators.errors import CheckpointError

_LARGEST_JSON = 200_000_000  # bytes; the largest tokenizers have some 35 MB
_CODE_KEYS = ("auto_map", "custom_pipelines")
# Vocabularies are not searched for code: a word may be "auto_map".
_WORDS = ("tokenizer.json", "vocab.json", "added_tokens.json")


def verify_configuration(folder: Path) -> None:
    """Validate everything except the weights, without executing code.

    Raises:
        CheckpointError: A file is missing, broken or would run code; the message names it.
    """
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such folder. Check the source's path.")
    files = needed_files(folder)
    validate_no_way_out(folder, files)
    encoder = encoder_folder(folder)
    if not (encoder / "config.json").is_file():
        raise CheckpointError(
            f"{encoder / 'config.json'} is missing: {encoder} holds no transformers checkpoint. "
            "Point the source at the folder that has config.json, or pull it again."
        )
    for file in files:
        if file.suffix == ".json":
            value = read_json(file)
            if file.name == "config.json" and not isinstance(value, dict):
                raise CheckpointError(
                    f"{file} does not hold a JSON object. Pull the checkpoint again."
                )
            if file.name not in _WORDS:
                _validate_no_code(file, value)
    present = {file.name for file in files if file.parent == encoder}
    if "tokenizer.json" not in present and not present & set(VOCABULARY) - {"added_tokens.json"}:
        raise CheckpointError(
            f"{encoder} has no tokenizer: neither tokenizer.json nor a vocabulary "
            f"({', '.join(VOCABULARY)}). Save it with tokenizer.save_pretrained, or pull again."
        )


def encoder_folder(folder: Path) -> Path:
    """Return the folder of the transformers encoder: `folder`, or that of `modules.json`.

    Raises:
        CheckpointError: `modules.json` is broken, leads out of the folder or names foreign classes.
    """
    file = folder / "modules.json"
    for module in _modules(file) if file.is_file() else []:
        if str(module["type"]).endswith(".Transformer"):
            return folder / str(module.get("path") or "")
    return folder


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


def _modules(file: Path) -> list[dict[str, Any]]:
    """Return the modules of sentence-transformers, with validated folders and classes."""
    value = read_json(file)
    if not isinstance(value, list) or not all(isinstance(module, dict) for module in value):
        raise CheckpointError(f"{file} is not a list of modules. Pull the checkpoint again.")
    for module in value:
        path, kind = str(module.get("path") or ""), str(module.get("type"))
        if path and not MODULE_FOLDER.fullmatch(validate_inside(path, said_by=str(file))):
            raise CheckpointError(
                f"{file} names the folder {path!r}; modules lie in folders called <n>_<Name>, such "
                "as 1_Pooling. Rename it there and on disk."
            )
        if not kind.startswith("sentence_transformers."):
            raise CheckpointError(_remote_code(file, f"the module type {kind!r}"))
    return value


def _validate_no_code(file: Path, value: Any) -> None:
    if isinstance(value, dict):
        for key in _CODE_KEYS:
            if value.get(key):
                raise CheckpointError(_remote_code(file, f"{key} = {value[key]!r}"))
        if value.get("trust_remote_code"):
            raise CheckpointError(_remote_code(file, "trust_remote_code"))
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            _validate_no_code(file, inner)


def _remote_code(file: Path, cause: str) -> str:
    return (
        f"{file} asks to run code that comes with the checkpoint ({cause}): remote code is"
        " refused. Use a checkpoint whose architecture is part of transformers."
    )
