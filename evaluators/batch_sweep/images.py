"""Images with labels and a fixed split: the digits, a folder, or a source with its own split."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.digest import sha256_json
from evaluators.errors import DatasetError

Pixels = NDArray[np.uint8]
SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
SIDE = 32
"""Side, in pixels, of the square that a folder's images are scaled to."""

TEST_SHARE = 500 / 1797
"""As in the measurements that the digits sweep is compared with: 1,297 to train, 500 to test."""


@dataclass(frozen=True, eq=False)
class ImageData:
    """Images in 0…1 with labels.

    Attributes:
        name: Name of the data set.
        train: (N, C, H, W).
        train_labels: (N,), from 0.
        test: (M, C, H, W).
        test_labels: (M,).
        digest: SHA-256 of images and labels.
        duplicates: Number of training images that equal another one exactly; in one batch they
            are negatives of their own copies.
    """

    name: str
    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor
    digest: str
    duplicates: int

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.train.shape[1:]
        return channels, height, width

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.train_labels.max()) + 1


def digits() -> ImageData:
    """Return scikit-learn's 1,797 digits of 8 × 8 pixels, 1,297 of them for training."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(pixels / 16).float().reshape(-1, 1, 8, 8)
    return split_images("digits", images, torch.from_numpy(labels).long())


def split_images(name: str, images: Tensor, labels: Tensor) -> ImageData:
    """Split images into training and test part, always in the same way.

    Args:
        name: Name of the data set.
        images: (n, C, H, W) in 0…1.
        labels: (n,).

    Raises:
        DatasetError: Fewer than two classes, or values that are not pixels.
    """
    if images.ndim != 4 or len(images) != len(labels):
        raise DatasetError(
            f"{name}: images must have 4 axes and one label each, got {tuple(images.shape)} and"
            f" {len(labels)} labels"
        )
    if not bool(torch.isfinite(images).all()) or images.min() < 0 or images.max() > 1:
        raise DatasetError(f"{name}: pixels must be numbers between 0 and 1")
    if len(set(labels.tolist())) < 2:
        raise DatasetError(f"{name}: at least two classes are needed")
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(images)))
    held = round(len(images) * TEST_SHARE)
    test, train = order[:held], order[held:]
    train_images = images[train]
    distinct = len({row.numpy().tobytes() for row in train_images})
    digest = sha256_json([name, *(_digest(part) for part in (images, labels))])
    return ImageData(
        name=name,
        train=train_images,
        train_labels=labels[train],
        test=images[test],
        test_labels=labels[test],
        digest=digest,
        duplicates=len(train_images) - distinct,
    )


def given_split(
    name: str, train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor
) -> ImageData:
    """Return images with the split of their source.

    Args:
        name: Name of the data set.
        train: (N, C, H, W), bytes 0…255.
        train_labels: (N,), from 0.
        test: (M, C, H, W).
        test_labels: (M,).

    Raises:
        DatasetError: Images have different sizes, there are fewer than two classes, or a test
            class has no training images.
    """
    if train.shape[1:] != test.shape[1:] or train.ndim != 4:
        raise DatasetError(
            f"{name}: all images must have one size, got {tuple(train.shape[1:])} for training and"
            f" {tuple(test.shape[1:])} for testing"
        )
    known = set(train_labels.tolist())
    if len(known) < 2 or not set(test_labels.tolist()) <= known:
        raise DatasetError(
            f"{name}: at least two classes are needed, and training images of every class that is"
            " tested"
        )
    distinct = len({row.numpy().tobytes() for row in train})
    parts = (train, train_labels, test, test_labels)
    return ImageData(
        name=name,
        train=train.float() / 255,
        train_labels=train_labels,
        test=test.float() / 255,
        test_labels=test_labels,
        digest=sha256_json([name, *(_digest(part) for part in parts)]),
        duplicates=len(train) - distinct,
    )


def _digest(values: Tensor) -> str:
    return hashlib.sha256(np.ascontiguousarray(values.numpy()).tobytes()).hexdigest()


def pixels(
    file: Path | bytes, name: str, *, resized: int | None = None, grey: bool = False
) -> Pixels:
    """Read an image in colour, (H, W, 3), or in grey, (H, W, 1).

    Args:
        file: Path of the image, or the file's content.
        name: Names it in errors.
        resized: Side of the square it is scaled to, in pixels; None keeps its size.
        grey: Whether colours are left out.

    Raises:
        DatasetError: The image cannot be read.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a decompression bomb only warns
            with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as image:
                whole = image.convert("L" if grey else "RGB")
                found = np.asarray(whole.resize((resized, resized)) if resized else whole)
                return found[..., None] if grey else found
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise DatasetError(
            f"{name} is not an image that can be read ({error}): remove it"
        ) from error


def image_paths(folder: Path) -> list[tuple[Path, str]]:
    """Return every image with its class, sorted by path.

    Raises:
        DatasetError: The folder is missing, or no image is in a folder of its class.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder: write data as folder:<path>")
    paths = [
        (path, path.parent.name)
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not paths:
        raise DatasetError(
            f"{folder} has no images: put them into one folder a class, such as"
            f" {folder.name}/cat/1.png"
        )
    return paths


def read_folder(folder: Path, *, side: int = SIDE) -> ImageData:
    """Read all images of a folder, in colour and scaled to a square.

    Args:
        folder: Folder with one subfolder for each class.
        side: Side of the square, in pixels.

    Raises:
        DatasetError: An image cannot be read (the first is named), there are no images, or only
            one class.
    """
    paths = image_paths(folder)
    classes = sorted({label for _, label in paths})
    stacked = np.stack([pixels(path, str(path), resized=side) for path, _ in paths])
    labels = torch.tensor([classes.index(label) for _, label in paths])
    images = torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255
    return split_images(folder.name, images, labels)
