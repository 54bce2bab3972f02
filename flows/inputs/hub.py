"""Read a split from the Hugging Face hub at its pinned revision, with `datasets`.

The library keeps what it loaded under `HF_DATASETS_CACHE` (by default
`~/.cache/huggingface/datasets`).  A pinned revision never changes, so that copy is tried first, and
the network only without a copy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.errors import DatasetError
from evaluators.task import PairTask
from flows.checkpoints.hub import endpoint
from flows.hub_errors import Asked, is_local, line, meaning
from flows.inputs.files import Raw
from flows.inputs.places import Published, wanted

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import DatasetBuilder

    from evaluators.progress import Progress


TIMEOUT = 10.0
"""Seconds the hub has to answer the first request; the library's own retries follow it."""

_STEPS = 2


def fetch(
    task: PairTask,
    split: str,
    *,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Raw:
    """Return the columns of a split that a task asks for.

    Raises:
        DatasetError: As `fetch_table`; if a column is missing or of another type.
    """
    from flows.inputs.files import from_arrow

    table = fetch_table(task, split, mirrors=mirrors, progress=progress)
    return from_arrow(table, task, f"{task.hub_id}@{task.revision}/{task.config}/{split}")


def fetch_table(
    task: Published,
    split: str,
    *,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> pa.Table:
    """Return a split of the pinned revision, from the library's cache or the hub.

    Respects `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE` and `HF_HOME`.  Runs no code of the
    repository: the library no longer supports dataset scripts.

    Raises:
        DatasetError: If the hub cannot be reached or does not have the split; the message gives
            the mirror file that can replace the download.
    """
    with _quiet():
        table = _cached(task, split, mirrors)
        if table is None:
            try:
                _download(task, progress)
            except Exception as error:  # any error of the libraries or transports: "no data"
                raise _unavailable(error, task, split, mirrors) from error
            table = _cached(task, split, mirrors)
    if table is None:
        raise DatasetError(
            f"{task.name} ({split}): {task.hub_id} was loaded, but has no configuration "
            f"{task.config!r} or no split {split!r}. {_instead(task, split, mirrors)}"
        )
    return table


def newest_revision(task: Published, split: str, mirrors: Sequence[Path] = ()) -> str:
    """Return the newest commit of the hub's main branch, for an unpinned task.

    Raises:
        DatasetError: As `fetch_table`.
    """
    from huggingface_hub import HfApi

    try:
        with _quiet():
            return str(HfApi().dataset_info(task.hub_id, timeout=TIMEOUT).sha)
    except Exception as error:  # As above.
        raise _unavailable(error, task, split, mirrors) from error


def _unavailable(
    error: Exception, task: Published, split: str, mirrors: Sequence[Path]
) -> DatasetError:
    return DatasetError(
        f"{task.name} ({split}): {_explanation(error, task)}. {_instead(task, split, mirrors)}"
    )


def _explanation(error: Exception, task: Published) -> str:
    page = f"datasets/{task.hub_id}"
    return meaning(error, Asked(endpoint(), page, task.revision, "under HF_HOME")).text


def _instead(task: Published, split: str, mirrors: Sequence[Path]) -> str:
    """Return the hint on how to get the split without the hub."""
    folders = f" (now: {', '.join(map(str, mirrors))})" if mirrors else " (not set now)"
    pinned = f" at revision {task.revision}" if task.revision else ""
    return (
        f"Put the file {wanted(task, split)} into a folder that RANKCHECK_DATA names{folders}, or "
        f"run once where the hub has {task.hub_id}{pinned}"
    )


def _damaged(task: Published, folder: str, error: Exception) -> str:
    """Return the problem of the library's cached copy, and its remedy."""
    if is_local(error):
        return f"{task.name}: {_explanation(error, task)}"
    return (
        f"{task.name}: the copy of {task.hub_id} in the cache of the hub's library is damaged "
        f"({line(error)}): remove it from {folder} and run again"
    )


def in_cache(task: Published) -> bool:
    """Return whether the library's cache holds the pinned revision of a task."""
    return Path(_cached_builder(task).cache_dir).is_dir()


def _cached(task: Published, split: str, mirrors: Sequence[Path]) -> pa.Table | None:
    """Return the Arrow table of a split from the library's cache, or None.

    Raises:
        DatasetError: If the pinned revision is there, and damaged or without such a split.
    """
    builder = _cached_builder(task)
    if not Path(builder.cache_dir).is_dir():
        return None
    splits = list(builder.info.splits or ())
    if splits and split not in splits:
        raise DatasetError(
            f"{task.name}: {task.hub_id} at {task.revision} has no split {split!r}, only "
            f"{', '.join(splits)}. {_instead(task, split, mirrors)}"
        )
    try:
        return builder.as_dataset(split).data.table
    except Exception as error:  # errors of Arrow, of the library and of the system
        raise DatasetError(_damaged(task, builder.cache_dir, error)) from error


def _cached_builder(task: Published) -> DatasetBuilder:
    from datasets.packaged_modules.cache.cache import Cache

    # By revision: without a network, `load_dataset` takes the newest copy, whichever was requested.
    try:
        return Cache(
            repo_id=task.hub_id,
            dataset_name=task.hub_id.partition("/")[2],
            config_name=task.config,
            version="0.0.0",
            hash=task.revision,
        )
    except Exception as error:  # the library reads a JSON file of its cache without validating it
        raise DatasetError(_damaged(task, "HF_DATASETS_CACHE", error)) from error


def _download(task: Published, progress: Progress | None) -> None:
    from datasets import load_dataset_builder
    from huggingface_hub import HfApi

    def report(done: int) -> None:
        if progress is not None:
            progress(f"{task.name} from the hub", done, _STEPS)

    report(0)
    # One request first, because the library would retry an unreachable hub for half a minute.
    HfApi().dataset_info(task.hub_id, revision=task.revision, timeout=TIMEOUT)
    report(1)
    name = None if task.config == "default" else task.config
    load_dataset_builder(task.hub_id, name, revision=task.revision).download_and_prepare()
    report(_STEPS)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the libraries' progress bars and notices; problems are raised as errors."""
    import datasets
    from datasets.utils import logging as datasets_logging
    from huggingface_hub import utils as hub

    bars = [module for module in (datasets, hub) if not module.are_progress_bars_disabled()]
    levels = datasets_logging.get_verbosity(), hub.logging.get_verbosity()
    for module in bars:
        module.disable_progress_bars()
    datasets_logging.set_verbosity(logging.CRITICAL)
    hub.logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        for module in bars:
            module.enable_progress_bars()
        datasets_logging.set_verbosity(levels[0])
        hub.logging.set_verbosity(levels[1])
