"""Validate a checkpoint's JSON files: complete, with a tokenizer, and without remote code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluators.checkpoint.files import needed_files
from evaluators.checkpoint.json_files import read_json
from evaluators.checkpoint.modules import encoder_folder, is_static, remote_code
from evaluators.checkpoint.names import ADAPTER, VOCABULARY
from evaluators.checkpoint.paths import validate_no_way_out
from evaluators.errors import CheckpointError

_CODE_KEYS = ("auto_map", "custom_pipelines")
# Vocabularies are not searched for code: a word may be "auto_map".
_WORDS = ("tokenizer.json", "vocab.json", "added_tokens.json")
_LARGEST_TEMPLATE = 1_000_000  # bytes; the longest chat templates have some 20,000


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
    static = is_static(folder)  # a table of word vectors has no configuration
    if (encoder / ADAPTER).is_file():
        raise CheckpointError(
            f"{encoder / ADAPTER}: these weights are an adapter of another checkpoint, which is not"
            " read. Merge them once (peft's merge_and_unload) and save the merged model."
        )
    if not static and not (encoder / "config.json").is_file():
        raise CheckpointError(
            f"{encoder / 'config.json'} is missing: {encoder} holds no transformers checkpoint. "
            "Point the source at the folder that has config.json, or pull it again."
        )
    for file in files:
        if file.suffix == ".jinja" and (size := file.stat().st_size) > _LARGEST_TEMPLATE:
            raise CheckpointError(
                f"{file} must have at most {_LARGEST_TEMPLATE:,} bytes, got {size:,}: it is not a"
                " chat template"
            )
        if file.suffix == ".json":
            value = read_json(file)
            if file.name == "config.json" and not isinstance(value, dict):
                raise CheckpointError(
                    f"{file} does not hold a JSON object. Pull the checkpoint again."
                )
            if file.name not in _WORDS:
                _validate_no_code(file, value)
    present = {file.name for file in files if file.parent == encoder}
    vocabulary = set() if static else present & set(VOCABULARY) - {"added_tokens.json"}
    if "tokenizer.json" not in present and not vocabulary:
        raise CheckpointError(
            f"{encoder} has no tokenizer: neither tokenizer.json nor a vocabulary "
            f"({', '.join(VOCABULARY)}). Save it with tokenizer.save_pretrained, or pull again."
        )


def _validate_no_code(file: Path, value: Any) -> None:
    if isinstance(value, dict):
        for key in _CODE_KEYS:
            if value.get(key):
                raise CheckpointError(remote_code(file, f"{key} = {value[key]!r}"))
        if value.get("trust_remote_code"):
            raise CheckpointError(remote_code(file, "trust_remote_code"))
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            _validate_no_code(file, inner)
