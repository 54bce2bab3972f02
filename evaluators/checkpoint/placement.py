"""Spread the layers of a checkpoint over several devices, for models that no single one holds.

The first device has everything that is not a layer, and sentences enter and leave there; the layers
follow in their order, as many on each device as its share of the free memory. transformers loads
each weight onto its device, and accelerate's hooks carry the states from one device to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from torch import nn

from evaluators.checkpoint.device_map import AUTO, DeviceMap
from evaluators.checkpoint.memory import DTYPE_BYTES, free_bytes, gigabytes, shortage, weights_size
from evaluators.errors import CheckpointError

ROOM = 0.9
"""Share of a device's free memory that weights may take; the rest is left to the states."""


def choose_devices(folder: Path, device_map: DeviceMap, *, dtype: str) -> list[torch.device]:
    """Return the devices that a checkpoint is spread over; a single one holds it whole.

    Args:
        folder: The folder of a transformers encoder.
        device_map: The plan's choice.
        dtype: A key of `DTYPE_BYTES`.

    Raises:
        CheckpointError: A device does not exist, or all of them together hold too little.
    """
    elements = weights_size(folder).elements
    if device_map == AUTO:
        devices = _enough(elements * DTYPE_BYTES[dtype])
    else:
        devices = [_existing(name) for name in device_map]
    free = int(ROOM * sum(free_bytes(device) for device in dict.fromkeys(devices)))
    if problem := shortage(elements, dtype, free):
        names = " and ".join(dict.fromkeys(map(str, devices)))
        raise CheckpointError(f"{folder} does not fit into the memory of {names}: {problem}")
    return devices


def _enough(needed: int) -> list[torch.device]:
    """Return the fewest first GPUs that hold so many bytes; if all are too few, all and the CPU."""
    devices = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    room = accumulate(ROOM * free_bytes(device) for device in devices)
    for count, held in enumerate(room, start=1):
        if held >= needed:
            return devices[:count]
    return [*devices, torch.device("cpu")]


def _existing(name: str) -> torch.device:
    device = torch.device(name)
    if device.type == "cpu":
        return device
    count = torch.cuda.device_count()
    if (device.index or 0) >= count:
        raise CheckpointError(f"device_map names {name}, and PyTorch sees {count} GPUs here")
    return torch.device("cuda", device.index or 0)


def spread(
    model: nn.Module, devices: Sequence[torch.device], free: Sequence[int], *, dtype: str
) -> dict[str, torch.device]:
    """Return the device of every module, by the names that transformers' `device_map` takes.

    Args:
        model: The model, whose tensors need not hold anything (torch's device `meta`).
        devices: At least two devices; one that stands there twice has two shares.
        free: Bytes for weights on each.
        dtype: A key of `DTYPE_BYTES`.

    Raises:
        CheckpointError: A device has no room for its share.
    """
    layers = dict(_layers(model))
    width = DTYPE_BYTES[dtype]
    sizes = {name: width * _elements(layer.parameters()) for name, layer in layers.items()}
    total = width * _elements(model.parameters())
    ends = [total * part / sum(free) for part in accumulate(free)]
    placed, used, held = 0, [0] * len(devices), total - sum(sizes.values())
    used[0] = held
    found: dict[str, int] = {}
    for name, size in sizes.items():
        # A layer that lies across the end of a share stays with the larger part of it.
        while placed + 1 < len(devices) and (
            held + size / 2 > ends[placed] or used[placed] + size > free[placed]
        ):
            placed += 1
        found[name] = placed
        used[placed] += size
        held += size
    for device, need, room in zip(devices, used, free, strict=True):
        if need > room:
            raise CheckpointError(
                f"its part on {device} needs {gigabytes(need)} in {dtype}, and {gigabytes(room)} of"
                " it are free for weights: name more devices, or a narrower dtype"
            )
    rest = ((name, 0) for name in _others(model, "", layers))
    return {name: devices[index] for name, index in (*rest, *found.items())}


def room_on(devices: Sequence[torch.device]) -> list[int]:
    """Return the bytes for weights on each device; one that stands there twice is halved."""
    times = Counter(devices)
    return [int(ROOM * free_bytes(device) / times[device]) for device in devices]


def _layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers: what the outermost lists of modules hold, in order."""
    outermost = ""
    for name, module in model.named_modules():
        inside = outermost and name.startswith(f"{outermost}.")
        if isinstance(module, nn.ModuleList) and not inside:
            outermost = name
            for number, layer in module.named_children():
                yield f"{name}.{number}", layer


def _others(module: nn.Module, name: str, layers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the largest modules, or else of parameters, that contain no layer."""
    if name in layers:
        return
    if name and not any(layer.startswith(f"{name}.") for layer in layers):
        yield name
        return
    prefix = f"{name}." if name else ""
    for key, _ in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        yield prefix + key
    for key, child in module.named_children():
        yield from _others(child, prefix + key, layers)


def _elements(tensors: Iterator[nn.Parameter]) -> int:
    return sum(tensor.numel() for tensor in tensors)
