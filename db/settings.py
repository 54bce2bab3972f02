"""Read all settings from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_STORE = "duckdb:///var/rankcheck.duckdb"

LANGUAGES = ("en", "zh")
"""Languages of pages; the first is that of reports where none is asked for."""


@dataclass(frozen=True)
class Settings:
    """The settings of rankcheck.

    Attributes:
        store: SQLAlchemy URL of the store (`RANKCHECK_STORE`).
        data: Folders that mirror the hub's datasets (`RANKCHECK_DATA`, separated by `:`).
        corpora: Folders of plain-text corpora (`RANKCHECK_CORPORA`, separated by `:`).
        device: Torch device, or None for CUDA when present (`RANKCHECK_DEVICE`).
        notify: URLs of apprise for messages (`RANKCHECK_NOTIFY`, separated by spaces). They
            contain passwords and tokens, so that no representation shows them.
        api_token: What callers of `rankcheck api` must send (`RANKCHECK_API_TOKEN`); None if they
            need nothing. No representation shows it.
        language: Language of the dashboard, `en` or `zh` (`RANKCHECK_LANGUAGE`); None for that of
            the reader's browser.
        runner: Which processes run the jobs of a plan run: `local`, `prefect`, `ray` or `slurm`;
            `prefect:4` and `slurm:8` also say how many (`RANKCHECK_RUNNER`).
        log: File to which events are appended as JSON lines, or None (`RANKCHECK_LOG`).
    """

    store: str = DEFAULT_STORE
    data: tuple[Path, ...] = ()
    corpora: tuple[Path, ...] = ()
    device: str | None = None
    notify: tuple[str, ...] = field(default=(), repr=False)
    api_token: str | None = field(default=None, repr=False)
    language: str | None = None
    log: Path | None = None
    runner: str = "local"


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment`, by default the process's own."""
    env = os.environ if environment is None else environment

    def folders(name: str) -> tuple[Path, ...]:
        return tuple(Path(part).expanduser() for part in env.get(name, "").split(":") if part)

    return Settings(
        store=env.get("RANKCHECK_STORE") or DEFAULT_STORE,
        data=folders("RANKCHECK_DATA"),
        corpora=folders("RANKCHECK_CORPORA"),
        device=env.get("RANKCHECK_DEVICE") or None,
        notify=tuple(env.get("RANKCHECK_NOTIFY", "").split()),
        api_token=env.get("RANKCHECK_API_TOKEN") or None,
        language=env.get("RANKCHECK_LANGUAGE") or None,
        log=Path(env["RANKCHECK_LOG"]).expanduser() if env.get("RANKCHECK_LOG") else None,
        runner=env.get("RANKCHECK_RUNNER") or "local",
    )
