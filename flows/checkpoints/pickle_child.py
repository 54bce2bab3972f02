"""Turn pickled weights into safetensors, as a script that imports nothing of rankcheck.

It reads one JSON request on standard input, locks itself, and writes one JSON answer. It may be
killed at any time. `torch.load(weights_only=True)` runs nothing that a pickle asks for; the locks
are for the case that this has a hole (as it had before torch 2.6, CVE-2025-32434).
"""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_SLACK = 512 << 20  # bytes of memory beside those of the weights
_BYTES_PER_SECOND = 5_000_000  # slower than any disk
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc", "/sys", "/dev/urandom")
_GLOBAL = re.compile(r"GLOBAL (\S+)")


class RefusalError(Exception):
    """The pickle is refused; the message says why, and begins with no path."""


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    locks = _locks()
    pickles = [pickle for pickle, _ in request["files"]]
    sys.path.append(request["packages"])
    interpreter = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
    unlocked = locks.lock([*_SYSTEM, *interpreter, *pickles], request["out"])
    import torch  # noqa: F401  # threads must not exist before the locks, limits not before torch

    largest = max(os.path.getsize(pickle) for pickle in pickles)  # noqa: PTH202
    total = sum(os.path.getsize(pickle) for pickle in pickles)  # noqa: PTH202
    unlocked += locks.limit(
        memory=2 * largest + _SLACK,
        seconds=60 + total // _BYTES_PER_SECOND,
        file_bytes=largest + _SLACK,
    )
    print(json.dumps({**answer(request), "unlocked": unlocked}), flush=True)
    os._exit(0)


def _locks() -> Any:
    """Load `child_locks` by its file: `-I` keeps the folders of rankcheck off the path."""
    file = Path(__file__).parents[2] / "evaluators" / "checkpoint" / "child_locks.py"
    spec = spec_from_file_location("child_locks", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is missing")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the files of a request, or name the first one that is refused and the reason."""
    written: dict[str, list[str]] = {}
    dropped: dict[str, str] = {}
    size = 0
    tied = [re.compile(pattern) for pattern in request["tied"]]
    for pickle, name in request["files"]:
        try:
            kept, same, count = _convert(pickle, os.path.join(request["out"], name), tied)  # noqa: PTH118
        except RefusalError as error:
            return {"refused": str(error), "file": pickle}
        except MemoryError:
            return {"refused": _TOO_MUCH, "file": pickle}
        except Exception as error:
            return {"refused": _explained(error), "file": pickle}
        written[name] = kept
        dropped |= same
        size += count
    return {"written": written, "dropped": dropped, "bytes": size}


_TOO_MUCH = (
    "it claims more memory than weights of its size need: damaged, or made to exhaust memory"
)


def _convert(
    pickle: str, target: str, tied: list[re.Pattern[str]]
) -> tuple[list[str], dict[str, str], int]:
    """Write the tensors of one pickle, and return their names, dropped names and bytes."""
    import torch
    from safetensors.torch import save_file

    records = _records(pickle)
    state = torch.load(
        pickle, map_location="cpu", weights_only=True, mmap=True if records else None
    )
    tensors = _tensors(state)
    if records:
        _validate_storages(tensors, records)
    kept, dropped = _distinct(tensors, lambda name: any(p.search(name) for p in tied))
    size = sum(tensor.numel() * tensor.element_size() for tensor in kept.values())
    if size > os.path.getsize(pickle):  # noqa: PTH202
        raise RefusalError(f"its tensors have {size} bytes, more than the whole file")
    # Like transformers, and like the hub's conversion bot for the names of tied weights.
    metadata = {"format": "pt", **dropped}
    save_file({name: t.contiguous() for name, t in kept.items()}, target, metadata=metadata)
    return list(kept), dropped, size


def _records(pickle: str) -> set[int]:
    """Return the sizes of the records of torch's zip format; none for the older format.

    torch stores records uncompressed, so a compressed one is not torch's and may be a zip bomb.
    """
    with open(pickle, "rb") as file:  # noqa: PTH123
        head = file.read(4)
    if head != b"PK\x03\x04":
        if tarfile.is_tarfile(pickle):
            raise RefusalError("it has the tar format of torch before 0.4, which is not read")
        return set()
    try:
        with zipfile.ZipFile(pickle) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise RefusalError(f"it is truncated or damaged ({error})") from error
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise RefusalError("it has compressed records, which torch never writes")
    return {entry.file_size for entry in entries}


def _tensors(state: object) -> dict[str, Any]:
    """Return the state as plain dense tensors by name, or refuse it."""
    import torch

    if not isinstance(state, dict):
        raise RefusalError(f"it holds a {type(state).__name__}, not tensors by name")
    if not state:
        raise RefusalError("it holds no tensors")
    tensors = {}
    for name, value in state.items():
        if type(value) not in (torch.Tensor, torch.nn.Parameter):
            raise RefusalError(
                f"{name!r:.80} is a {type(value).__name__}, and only tensors by name are converted"
            )
        if not isinstance(name, str) or name == "__metadata__":
            raise RefusalError(f"{name!r:.80} is not the name of a tensor")
        plain = value.layout is torch.strided and value.device.type == "cpu"
        if not plain or value.is_quantized or value.is_conj() or value.is_neg():
            raise RefusalError(f"tensor {name!r:.80} is not a plain dense tensor")
        tensors[name] = value.detach()
    return tensors


def _validate_storages(tensors: Mapping[str, Any], records: set[int]) -> None:
    """Refuse a storage that claims another size than a record has; torch would not notice."""
    for name, tensor in tensors.items():
        claimed = tensor.untyped_storage().nbytes()
        if claimed not in records:
            raise RefusalError(
                f"tensor {name!r:.80} claims {claimed} bytes, and no record has that size"
            )


def _distinct(
    tensors: Mapping[str, Any], is_tied: Callable[[str], bool]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return each tensor once, and the names of dropped duplicates with the kept name.

    A name that the model's class ties to another is dropped, as transformers does when it saves.
    """
    groups: dict[Any, list[str]] = defaultdict(list)
    for name in sorted(tensors):
        tensor = tensors[name]
        place = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        groups[place if tensor.numel() else name].append(name)
    kept, dropped = {}, {}
    for names in groups.values():
        keep = next((name for name in names if not is_tied(name)), names[0])
        kept[keep] = tensors[keep]
        dropped.update({name: keep for name in names if name != keep})
    return {name: kept[name] for name in sorted(kept)}, dropped


def _explained(error: Exception) -> str:
    """Return the reason of torch's error, without its advice to read the file unsafely."""
    text = str(error)
    if found := _GLOBAL.search(text):
        return f"it asks for {found[1]}, which is not part of a tensor; nothing was run"
    if "memory" in text and "allocate" in text:
        return _TOO_MUCH
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = lines[-1] if lines and "weights_only" in lines[0].lower() else "".join(lines[:1])
    return f"it is truncated, damaged or not torch's ({type(error).__name__}: {reason[:200]})"


if __name__ == "__main__":
    main()
