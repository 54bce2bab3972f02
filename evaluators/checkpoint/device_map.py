"""Name the devices that a checkpoint's layers are spread over, as a plan writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

AUTO = "auto"
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) and value != AUTO else value


def _validate_devices(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if value == AUTO:
        return value
    for name in value:
        if not _DEVICE.fullmatch(name):
            raise ValueError(
                f"device_map must be auto, or name GPUs (cuda:0) and cpu, got {name!r}: weights are"
                " kept neither on a disk nor elsewhere"
            )
    gpus = sum(name != "cpu" for name in value)
    if not value or "cpu" in value[:gpus]:
        raise ValueError(
            f"device_map must name at least one device, and cpu after the GPUs, got {list(value)}"
        )
    return value


DeviceMap = Annotated[
    Literal["auto"] | tuple[str, ...], AfterValidator(_validate_devices), BeforeValidator(_as_list)
]
"""`auto` for as many GPUs as the weights need and then main memory, or names of devices."""
