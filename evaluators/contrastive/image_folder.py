"""A folder of images, one folder in it a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from evaluators.contrastive.decode import pixels
from evaluators.contrastive.images import ImageData, split_images
from evaluators.errors import DatasetError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
SIDE = 32


def image_paths(folder: Path) -> list[tuple[Path, str]]:
    """Return every image with its class, sorted by path.

    Raises:
        DatasetError: No such folder, or no image in a folder of its class.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder: data is written folder:<path>")
    found = [
        (path, path.parent.name)
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not found:
        raise DatasetError(
            f"{folder} holds no images: put them into one folder a class, {folder.name}/cat/1.png"
        )
    return found


def read_folder(folder: Path, *, side: int = SIDE) -> ImageData:
    """Read every image, in colour and scaled to a square.

    Args:
        folder: One folder in it a class.
        side: Pixels.

    Raises:
        DatasetError: An image that cannot be read (the first one is named), no images, one class.
    """
    paths = image_paths(folder)
    classes = sorted({label for _, label in paths})
    stacked = np.stack([pixels(path, str(path), resized=side) for path, _ in paths])
    labels = torch.tensor([classes.index(label) for _, label in paths])
    images = torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255
    return split_images(folder.name, images, labels)
