"""The folders beside the store: pulled checkpoints, results, locks, caches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db import run_files


@dataclass(frozen=True)
class Places:
    """Folders that belong to one store.

    Attributes:
        home: The folder the store lies in.
        checkpoints: Pulled checkpoints, shared by the stores of one folder: content is content.
        results: Finished evaluations as Prefect persisted them, until they are in the store.
        tables: Rows of runs that are kept as files: predictions, one folder a run.
        work: What an interrupted training goes on from, one folder a job.
        locks: One lock file per job that is being evaluated.
        dataset_digests: Digests of dataset files that did not change, kept to read none twice.
        prefect: Prefect's own database when no server is configured.
    """

    home: Path
    checkpoints: Path
    results: Path
    tables: Path
    work: Path
    locks: Path
    dataset_digests: Path
    prefect: Path


def places(store_url: str) -> Places:
    """Return the folders of a store; a store on a server keeps them under `var/`.

    Raises:
        StoreError: The URL has none of the known forms.
    """
    file = run_files.main_file(store_url)
    home = file.parent
    return Places(
        home=home,
        checkpoints=home / "checkpoints",
        results=home / f"{file.name}.results",
        tables=run_files.folder(store_url),
        work=home / f"{file.name}.work",
        locks=home / f"{file.name}.locks",
        dataset_digests=home / "cache" / "dataset-digests.json",
        prefect=home / "prefect",
    )
