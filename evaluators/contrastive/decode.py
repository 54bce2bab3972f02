"""From an image file, or its bytes, to pixels; whatever is wrong with it is one named error."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import DatasetError

Pixels = NDArray[np.uint8]


def pixels(file: Path | bytes, where: str, *, resized: int | None = None) -> Pixels:
    """Return (H, W, 3): an image in colour.

    Args:
        file: Its path, or what such a file holds.
        where: Names it in errors.
        resized: Pixels of the square it is scaled to; None leaves its size.

    Raises:
        DatasetError: It is no image that can be read.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a decompression bomb only warns
            with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as image:
                colour = image.convert("RGB")
                return np.asarray(colour.resize((resized, resized)) if resized else colour)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise DatasetError(f"{where} is no image that can be read ({error}): remove it") from error
