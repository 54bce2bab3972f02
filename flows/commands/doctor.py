"""`rankcheck doctor`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple

import click


class Finding(NamedTuple):
    """One line of the examination."""

    good: bool
    what: str
    found: str
    remedy: str = ""


@click.command()
def command() -> None:
    """Look for what commonly goes wrong on a new machine."""
    bad = 0
    for finding in examine():
        click.echo(f"{'ok ' if finding.good else 'BAD'}  {finding.what}: {finding.found}")
        if not finding.good:
            bad += 1
            click.echo(f"     {finding.remedy}")
    sys.exit(1 if bad else 0)


def examine() -> Iterator[Finding]:
    """Yield one finding at a time."""
    from db.settings import settings
    from flows.environment import environment
    from flows.places import places

    chosen = settings()
    seen = environment()
    yield Finding(
        sys.version_info >= (3, 11),
        "Python",
        seen.libraries["python"],
        "rankcheck needs Python 3.11 or newer",
    )
    for library, version in seen.libraries.items():
        yield Finding(version != "absent", library, version, "run: make run")
    gpus = "; ".join(seen.accelerators.values()) or "none: evaluating on the processor"
    yield Finding(True, "GPU", gpus)
    yield from _store(chosen.store)
    home = places(chosen.store).home
    existing = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(existing).free / 2**30
    yield Finding(
        free > 2,
        "free space beside the store",
        f"{free:.1f} GiB",
        "make room, or prune checkpoints: rankcheck checkpoints prune --max-gb 10",
    )
    for folder in chosen.data:
        yield Finding(
            folder.is_dir(), "RANKCHECK_DATA", str(folder), "no such folder: correct the setting"
        )
    if not chosen.data:
        yield Finding(True, "RANKCHECK_DATA", "not set: datasets come from the hub")


def _store(url: str) -> Iterator[Finding]:
    from db import open_store
    from db.errors import StoreError
    from db.health import health

    where = "RANKCHECK_STORE"  # Not the URL itself, which may hold a password.
    try:
        store = open_store(url)
        where = store.place
        if not store.exists():
            yield Finding(True, "store", f"{where}: none yet, `rankcheck run` makes it")
            return
        problems = list(health(store).problems)
    except StoreError as error:
        yield Finding(False, "store", where, str(error))
    else:
        yield Finding(not problems, "store", where, "; ".join(problems))
