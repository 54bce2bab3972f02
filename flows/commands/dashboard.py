"""`rankcheck dashboard`."""

from __future__ import annotations

import ipaddress
import os
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port to listen on.",
)
@click.option(
    "--open/--no-open",
    "open_browser",
    default=None,
    help="Whether to open a browser. Default: only from a terminal.",
)
@click.option(
    "--secrets",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that configures sign-in; see docs/guides/dashboard.md.",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    callback=lambda _context, _option, values: tuple(map(_origin, values)),
    help="Address at which people open it, as https://NAME. Needed for a host name or a proxy;"
    " requests that name another one are refused. May be given several times.",
)
def command(
    host: str,
    port: int,
    open_browser: bool | None,
    secrets: Path | None,
    origins: tuple[str, ...],
) -> None:
    """Browse the store in a web browser."""
    package = find_spec("dashboard")
    if package is None or package.origin is None:
        raise click.ClickException("the dashboard is not installed: install rankcheck again")
    app = Path(package.origin).parent / "server.py"
    headless = not open_browser if open_browser is not None else not sys.stdout.isatty()
    requires_sign_in = _requires_sign_in(secrets, app)
    if not is_loopback(host) and not requires_sign_in:
        click.echo(
            f"WARNING: listening on {host} without sign-in: anyone who can reach this address can"
            " read the whole store. Set up sign-in with --secrets (docs/guides/dashboard.md), or"
            " leave out --host.",
            err=True,
        )
    address = f"[{host}]" if ":" in host else host
    signing = ", sign-in required" if requires_sign_in else ""
    click.echo(f"Dashboard on http://{address}:{port}{signing} (Ctrl-C stops it)", err=True)
    if not _is_address(host):  # a name that was chosen here cannot be an attacker's
        origins = (*origins, f"http://{host}:{port}")
    show_bundled_boards()
    secrets_option = ["--secrets.files", str(secrets.absolute())] if secrets else []
    # Replace this process, so that signals reach Streamlit without passing through a parent.
    os.execv(  # noqa: S606 - our own interpreter, a list, no shell
        sys.executable,
        [
            *(sys.executable, "-m", "streamlit", "run", str(app)),
            *("--server.address", host, "--server.port", str(port)),
            *("--server.headless", str(headless).lower()),
            *("--browser.gatherUsageStats", "false"),
            *(part for origin in origins for part in ("--server.corsAllowedOrigins", origin)),
            *secrets_option,
        ],
    )


def _origin(text: str) -> str:
    """Return an origin as browsers write it, from the address of a page.

    Raises:
        click.BadParameter: If it is not the address of a web site.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise click.BadParameter(f"{text!r} must be the address of a site, as https://rank.example")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def show_bundled_boards() -> None:
    """Tell the dashboard where some bundled boards are, if its store has none to show."""
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


def is_loopback(host: str) -> bool:
    """Return whether an address is local; an unknown host name counts as public."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _requires_sign_in(secrets: Path | None, app: Path) -> bool:
    """Return whether a secrets file that Streamlit will read configures sign-in.

    Raises:
        click.ClickException: If the file cannot be read.
    """
    usual = [Path.home() / ".streamlit", Path.cwd() / ".streamlit", app.parent / ".streamlit"]
    configured = False
    for path in [secrets] if secrets else [folder / "secrets.toml" for folder in usual]:
        if not path.is_file():
            continue
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{path} cannot be read: {error}") from error
        if path.stat().st_mode & 0o077:
            click.echo(
                f"{path} contains secrets but other users can read it: run chmod 600 {path}",
                err=True,
            )
        configured = configured or "auth" in content
    if secrets and not configured:
        raise click.ClickException(
            f"{secrets} must have a section [auth]: see docs/guides/dashboard.md"
        )
    return configured
