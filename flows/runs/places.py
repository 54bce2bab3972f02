"""Locate the folders beside the store: pulled checkpoints, results, locks, caches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db import run_files


@dataclass(frozen=True)
class Places:
    """Folders that belong to one store.

    Attributes:
        home: The folder of the store.
        checkpoints: Pulled checkpoints, shared by all stores of the folder.
        results: Finished evaluations as Prefect persisted them, until they are in the store.
        tables: Rows of runs that are stored as files (predictions), one folder per run.
        work: Working state from which interrupted training resumes, one folder per job.
        locks: One lock file per job that is being evaluated.
        dataset_digests: Cached digests of unchanged dataset files.
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
    """Return the folders of a store; for a store on a server, they are under `var/`.

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
