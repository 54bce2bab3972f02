"""Whether a folder may be evaluated as a checkpoint. Nothing is executed and nothing unpickled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.checkpoint.configuration import verify_configuration
from evaluators.checkpoint.files import entries, needed_files, stamp_files, weights_sha256_of
from evaluators.checkpoint.json_files import read_json
from evaluators.checkpoint.modules import encoder_folder
from evaluators.checkpoint.names import INDEX, VOCABULARY
from evaluators.checkpoint.paths import validate_inside
from evaluators.checkpoint.vocabulary import validate_vocabulary
from evaluators.checkpoint.weights import read_spans, validate_finite
from evaluators.errors import CheckpointError

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
_NO_WEIGHTS = ("training_args", "optimizer", "scheduler", "rng_state", "scaler")
_SINGLE = "model.safetensors"


def verify(
    folder: Path,
    *,
    weights_sha256: str | None = None,
    check_values: bool = True,
    advance: Callable[[int], None] | None = None,
) -> None:
    """Validate a checkpoint completely.

    Args:
        folder: The checkpoint.
        weights_sha256: Required SHA-256 of the weights; see `files.weights_sha256_of`.
        check_values: Whether to search all weights for NaN and infinity, which reads them.
        advance: Called with the bytes of weights just read.

    Raises:
        CheckpointError: A file is missing, truncated or not JSON; the weights are pickled, hold
            NaN or infinity, or have another SHA-256; the checkpoint would run its own code or
            names files outside of it. The message names the file and what to do.
    """
    validate_vocabulary(folder)
    verify_configuration(folder)
    for file in needed_files(folder):
        if file.suffix == ".json" and file.name not in (*VOCABULARY, "tokenizer.json"):
            _validate_unique_keys(file)
    for file in weights_files(folder):
        if check_values:
            validate_finite(file, advance=advance)
    if weights_sha256 is not None:
        actual = weights_sha256_of(entries(stamp_files(folder)))
        validate_weights(folder, actual, weights_sha256)


def _validate_unique_keys(file: Path) -> None:
    """Validate that no object of a JSON file has a key twice: readers differ in which they take."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in found if names.count(name) > 1)
            raise CheckpointError(
                f"{file} has the key {twice[:80]!r} twice in one object: delete the wrong one"
            )
        return found

    json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def weights_files(folder: Path) -> list[Path]:
    """Return the files of all weights, of the encoder and of other modules, validated.

    Raises:
        CheckpointError: The encoder has none, only pickled ones, or shards that do not fit their
            index.
    """
    files = [path for path in needed_files(folder) if path.suffix == ".safetensors"]
    spans = {file: set(read_spans(file)) for file in files}
    encoder = encoder_folder(folder)
    own = {file.name: tensors for file, tensors in spans.items() if file.parent == encoder}
    if not own:
        raise CheckpointError(no_safetensors(str(encoder), [p.name for p in encoder.iterdir()]))
    index = encoder / INDEX
    if index.is_file():
        _validate_fit(index, own, _weight_map(index))
    elif _SINGLE not in own:
        raise CheckpointError(
            f"{encoder} has {', '.join(own)} but neither {_SINGLE} nor {INDEX}, so none would be "
            f"loaded. Rename a single file to {_SINGLE}, or pull the checkpoint again."
        )
    return files


def _validate_fit(index: Path, spans: dict[str, set[str]], mapping: dict[str, str]) -> None:
    """Validate that an index matches its shards, so that it need not be in the digest."""
    for shard in sorted(set(mapping.values()) - set(spans)):
        raise CheckpointError(
            f"{index.parent / shard} is missing, though {INDEX} names it. Pull it again."
        )
    actual = {(tensor, shard) for shard in set(mapping.values()) for tensor in spans[shard]}
    if differing := sorted(actual ^ set(mapping.items())):
        raise CheckpointError(
            f"{index} and the shards disagree, on {len(differing)} tensors in all, first"
            f" {differing[0][0]!r} in {differing[0][1]}. Pull the checkpoint again."
        )
    if _SINGLE in spans:
        return
    for unused in sorted(set(spans) - set(mapping.values())):
        raise CheckpointError(
            f"{index.parent / unused} is not named by {INDEX}, so it would never be loaded. Delete"
            " it, or pull the checkpoint again."
        )


def is_pickled(name: str) -> bool:
    """Return whether a file holds pickled weights, by its name."""
    return name.endswith(PICKLED) and not name.startswith(_NO_WEIGHTS)


def no_safetensors(place: str, names: list[str]) -> str:
    """Return the error message for a checkpoint without safetensors, by its file names."""
    pickled = [name for name in sorted(names) if is_pickled(name)]
    if not pickled:
        return (
            f"{place} has no weights: {_SINGLE} is missing. Only safetensors are read; pull the "
            "checkpoint again or point the source at the folder that has them."
        )
    return (
        f"{place}/{pickled[0]}: these weights are pickled, and reading a pickle runs whatever code "
        "is in it, so only safetensors are read. Name a revision that has model.safetensors (on "
        "the hub often refs/pr/N, by its conversion bot), or convert them once, in a locked "
        "process: rankcheck checkpoints convert SOURCE FOLDER."
    )


def validate_weights(place: Path | str, actual: str | None, expected: str) -> None:
    """Validate that the weights have the SHA-256 that a plan names.

    Raises:
        CheckpointError: They differ; the message has both.
    """
    if actual != expected.lower():
        raise CheckpointError(
            f"{place}: the weights have SHA-256 {actual}, but weights_sha256 says {expected}. The"
            " weights differ: correct weights_sha256, or the source and its revision."
        )


def _weight_map(index: Path) -> dict[str, str]:
    value: Any = read_json(index)
    mapping = value.get("weight_map") if isinstance(value, dict) else None
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise CheckpointError(f"{index} has no weight_map. Pull the checkpoint again.")
    for shard in mapping.values():
        validate_inside(shard, said_by=str(index))
    return mapping
