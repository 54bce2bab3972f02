"""Convert pickled weights to safetensors in a locked child process, only when asked to.

The folder appears whole or not at all. Nothing else in rankcheck reads a pickle.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from evaluators.atomic import new_folder, write_json
from evaluators.checkpoint.configuration import verify_configuration
from evaluators.checkpoint.files import needed_files
from evaluators.checkpoint.json_files import read_json
from evaluators.checkpoint.names import INDEX, MODULE_FOLDER, PICKLED, PICKLED_INDEX
from evaluators.checkpoint.paths import validate_inside
from evaluators.checkpoint.verify import is_pickled, no_safetensors, verify
from evaluators.digest import sha256_file
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints import hub
from flows.checkpoints.from_hub import fetch
from flows.checkpoints.keep import FreeBytes, free_bytes, validate_space
from flows.checkpoints.source import Source, parse
from flows.checkpoints.unpickle import tied_names, unpickle

NOTE = "rankcheck-conversion.json"
_SHARD = re.compile(r"pytorch_model-\d+-of-\d+\.bin")


@dataclass(frozen=True)
class Converted:
    """A converted checkpoint.

    Attributes:
        folder: The new folder.
        tensors: Number of tensors written.
        bytes: Their size.
        pickles: SHA-256 of each pickle, by path.
        tied: Names that were dropped as duplicates, with the name that was kept.
        unlocked: Locks of the child process that this machine does not have.
    """

    folder: Path
    tensors: int
    bytes: int
    pickles: Mapping[str, str]
    tied: Mapping[str, str]
    unlocked: tuple[str, ...]


def convert(
    text: str,
    target: Path,
    *,
    progress: Progress | None = None,
    free_bytes: FreeBytes = free_bytes,
) -> Converted:
    """Convert the pickled weights of a folder or of a repository on the hub.

    Args:
        text: A folder, `file:///path`, or `hf://org/name@revision`.
        target: The folder to make; it must not exist, or be empty.
        progress: Called with the progress of a download.
        free_bytes: Returns the free bytes of a folder's file system.

    Raises:
        SourceUnreachable: The hub does not answer.
        CheckpointError: There is nothing to convert, a pickle holds something else than tensors or
            is damaged, or the result cannot be used. No folder is made then.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CheckpointError(f"{target} must not exist yet, or be an empty folder: name another")
    source = parse(text) if "://" in text else parse(f"file://{Path(text).absolute()}")
    with _converting(target) as partial:
        if source.scheme == "hf":
            commit = _download(source, partial, progress, free_bytes)
            origin = partial
        elif source.scheme == "file":
            commit, origin = None, Path(source.location)
            _copy(origin, partial, free_bytes)
        else:
            raise CheckpointError(
                f"{source.text} must be a folder, file:///path or hf://org/name@revision: download"
                " it, and name the folder"
            )
        converted = _convert_all(origin, partial)
        if origin is partial:
            for pickle in partial.glob("**/pytorch_model*.bin"):
                pickle.unlink()
        for index in partial.glob(f"**/{PICKLED_INDEX}"):
            index.unlink()
        _write_note(partial, source, commit, converted)
        verify(partial)
    return replace(converted, folder=target)


@contextmanager
def _converting(target: Path) -> Iterator[Path]:
    """Yield a folder that becomes `target` at the end, or is removed; errors name `target`."""
    with new_folder(target) as partial:
        try:
            yield partial
        except CheckpointError as error:
            raise type(error)(str(error).replace(str(partial), str(target))) from error


def _download(source: Source, partial: Path, progress: Progress | None, free: FreeBytes) -> str:
    """Fetch a revision with its pickles, verified by the hub's SHA-256; return the commit."""
    snapshot = hub.describe(source)
    pickles = [
        file
        for file in snapshot.pickled
        if _is_convertible(file.path) and not _has_safetensors(file.path, snapshot)
    ]
    if not any(is_pickled(file.path) for file in pickles):
        names = [file.path for file in snapshot.pickled if is_pickled(file.path)]
        raise CheckpointError(_nothing(source.text, names, safe=snapshot.has_safetensors))
    for file in pickles:
        if is_pickled(file.path) and file.sha256 is None:
            raise CheckpointError(
                f"{source.text}: the hub states no SHA-256 of {file.path}, so that it cannot be"
                " verified: download it yourself, and convert the folder"
            )
    chosen = replace(snapshot, files=(*snapshot.files, *pickles))
    validate_space(partial, 2 * sum(file.size for file in chosen.files), free=free)
    fetch(chosen, snapshot.files, partial, source, None)
    verify_configuration(partial)
    fetch(chosen, chosen.files, partial, source, progress)
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    return snapshot.commit


def _has_safetensors(path: str, snapshot: hub.Snapshot) -> bool:
    folder = path.rpartition("/")[0]
    return any(
        file.path.endswith(".safetensors") and file.path.rpartition("/")[0] == folder
        for file in snapshot.files
    )


def _is_convertible(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    known = name in (PICKLED, PICKLED_INDEX) or bool(_SHARD.fullmatch(name))
    return known and (not folder or bool(MODULE_FOLDER.fullmatch(folder)))


def _copy(origin: Path, partial: Path, free: FreeBytes) -> None:
    """Copy the files of a folder that a checkpoint needs, and its README and licence."""
    verify_configuration(origin)
    pickles = [path for folder in _folders(origin) for path in _pickles(folder)]
    if not pickles:
        names = [path.name for path in origin.iterdir() if is_pickled(path.name)]
        safe = any(path.suffix == ".safetensors" for path in needed_files(origin))
        raise CheckpointError(_nothing(str(origin), names, safe=safe))
    others = [path for path in origin.iterdir() if path.name.startswith(("README", "LICEN"))]
    files = [*needed_files(origin), *(path for path in others if path.is_file())]
    validate_space(partial, sum(path.stat().st_size for path in (*files, *pickles)), free=free)
    for path in files:
        copy = partial / path.relative_to(origin)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _nothing(place: str, names: list[str], *, safe: bool) -> str:
    if safe:
        return f"{place} has safetensors already: there is nothing to convert"
    if names:
        return (
            f"{place} has {', '.join(sorted(names)[:3])}, but neither {PICKLED} nor"
            f" {PICKLED_INDEX}: only these are converted; rename a file that holds a state dict"
        )
    return no_safetensors(place, names)


def _folders(origin: Path) -> list[Path]:
    """Return the checkpoint's folder and those of its modules."""
    inside = sorted(path for path in origin.iterdir() if path.is_dir())
    return [origin, *(path for path in inside if MODULE_FOLDER.fullmatch(path.name))]


def _pickles(folder: Path) -> list[Path]:
    """Return the pickled weights of a folder without safetensors, by its index if it has one."""
    if any(folder.glob("*.safetensors")):
        return []
    index = folder / PICKLED_INDEX
    if not index.is_file():
        return [folder / PICKLED] if (folder / PICKLED).is_file() else []
    names = sorted(set(_weight_map(index).values()))
    for name in names:
        if "/" in name or not _is_convertible(validate_inside(name, said_by=str(index))):
            raise CheckpointError(
                f"{index} names {name!r}, which is not a shard pytorch_model-*.bin"
            )
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder / name} is missing, though {index.name} names it")
    return [folder / name for name in names]


def _weight_map(index: Path) -> dict[str, str]:
    value = read_json(index)
    mapping = value.get("weight_map") if isinstance(value, dict) else None
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise CheckpointError(f"{index} has no weight_map: get the checkpoint again")
    return mapping


def _convert_all(origin: Path, partial: Path) -> Converted:
    """Convert the pickles of every folder of `origin` into `partial`."""
    hashes: dict[str, str] = {}
    tied: dict[str, str] = {}
    unlocked: set[str] = set()
    tensors = size = 0
    for folder in _folders(origin):
        pickles = _pickles(folder)
        if not pickles:
            continue
        inside = folder.relative_to(origin)
        out = partial / inside
        out.mkdir(exist_ok=True)
        hashes |= {(inside / path.name).as_posix(): sha256_file(path) for path in pickles}
        names = {path: path.name.replace("pytorch_model", "model")[:-4] for path in pickles}
        files = [(path.resolve(), f"{names[path]}.safetensors") for path in pickles]
        # The child may write in a folder of its own alone, not where configurations lie.
        made = partial / f".{uuid.uuid4().hex}"
        made.mkdir()
        answer = unpickle(files, made, tied_names(folder))
        for path, name in files:
            shutil.copymode(path, made / name)  # safetensors makes files for their owner alone
            (made / name).rename(out / name)
        shutil.rmtree(made)
        written: dict[str, list[str]] = answer["written"]
        index = folder / PICKLED_INDEX
        if index.is_file():
            _write_index(index, out / INDEX, written, answer["dropped"], answer["bytes"])
        tensors += sum(map(len, written.values()))
        size += answer["bytes"]
        tied |= answer["dropped"]
        unlocked |= set(answer["unlocked"])
    return Converted(partial, tensors, size, hashes, tied, tuple(sorted(unlocked)))


def _write_index(
    old: Path, new: Path, written: Mapping[str, list[str]], dropped: Mapping[str, str], size: int
) -> None:
    """Write the index of the new shards, if they hold what the old index names."""
    mapping = {tensor: name for name, tensors in written.items() for tensor in tensors}
    if missing := sorted(set(_weight_map(old)) - set(mapping) - set(dropped)):
        raise CheckpointError(f"{old} names {missing[0]!r}, which no shard holds: get it again")
    write_json(new, {"metadata": {"total_size": size}, "weight_map": dict(sorted(mapping.items()))})
    shutil.copymode(old, new)


def _write_note(partial: Path, source: Source, commit: str | None, converted: Converted) -> None:
    write_json(
        partial / NOTE,
        {
            "source": source.text,
            "requested_revision": source.revision,
            "resolved_revision": commit,
            "converted_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": dict(converted.pickles),
            "tied": dict(converted.tied),
            "torch": version("torch"),
            "unlocked": list(converted.unlocked),
        },
    )
