"""What the commands share that serve the store: options, and boards where it has none."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click

from db.hosts import is_address
from db.secret_files import exposed
from flows.commands._options import Decorator

host_option: Decorator = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
)


def port_option(default: int) -> Decorator:
    """Add --port."""
    return click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=default,
        show_default=True,
        help="Port to listen on.",
    )


def secrets_option(text: str) -> Decorator:
    """Add --secrets, the file of sign-in.

    Args:
        text: What it does for the command.
    """
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--secrets", type=file, help=text)


def warn_if_exposed(path: Path, what: str) -> None:
    """Print a warning where other users can read a file.

    Args:
        path: The file.
        what: What it contains.
    """
    if warning := exposed(path, what):
        click.echo(warning, err=True)


def site_origin(text: str) -> str:
    """Return an origin as browsers write it, from the address of a page.

    Raises:
        click.BadParameter: If it is not the address of a web site.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise click.BadParameter(f"{text!r} must be the address of a site, as https://rank.example")
    return f"{parts.scheme}://{parts.netloc}".lower()


def show_bundled_boards() -> None:
    """Tell what serves where some bundled boards are, if its store has none to show."""
    from db import open_store
    from db.errors import StoreError
    from db.settings import settings
    from flows.boards import bundled_store

    try:
        if bundled_store.has_boards(open_store(settings().store)):
            return
    except StoreError:  # the pages say what is wrong with the setting
        return
    os.environ[bundled_store.SETTING] = str(bundled_store.start())


origin_option: Decorator = click.option(
    "--origin",
    "origins",
    multiple=True,
    callback=lambda _context, _option, values: tuple(map(site_origin, values)),
    help="Address at which people open it, as https://NAME. Needed for a host name or a proxy;"
    " requests that name another one are refused. May be given several times.",
)


def own_origins(host: str, port: int, origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the origins with the host itself: a name chosen here cannot be an attacker's."""
    return origins if is_address(host) else (*origins, f"http://{host}:{port}")


def become(*arguments: str) -> NoReturn:
    """Replace this process by another Python, so that signals reach the server directly.

    Args:
        arguments: Those of the other Python.
    """
    # Readers come in parallel, each of their matrices is small, and two threads of BLAS wait for
    # each other: beside other work 10,000 draws of 130 tasks took six times as long on two.
    settings = {"OMP_NUM_THREADS": "1", **os.environ}
    os.execve(sys.executable, [sys.executable, *arguments], settings)  # noqa: S606 - no shell
