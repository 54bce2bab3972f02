"""`rankcheck dashboard`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from db.hosts import address_of, is_loopback
from db.secret_files import read_secrets
from db.settings import LANGUAGES, settings
from flows.commands._serving import (
    become,
    host_option,
    origin_option,
    own_origins,
    port_option,
    secrets_option,
    show_bundled_boards,
    warn_if_exposed,
)


@click.command()
@host_option
@port_option(8501)
@click.option(
    "--open/--no-open",
    "open_browser",
    default=None,
    help="Whether to open a browser. Default: only from a terminal.",
)
@secrets_option("File that configures sign-in; see docs/guides/dashboard.md.")
@origin_option
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
    language = settings().language
    if language not in (None, *LANGUAGES):
        known = " or ".join(LANGUAGES)
        raise click.ClickException(f"RANKCHECK_LANGUAGE must be {known}, got {language!r}")
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
    signing = ", sign-in required" if requires_sign_in else ""
    click.echo(f"Dashboard on {address_of(host, port)}{signing} (Ctrl-C stops it)", err=True)
    origins = own_origins(host, port, origins)
    show_bundled_boards()
    signing_in = ["--secrets.files", str(secrets.absolute())] if secrets else []
    become(
        *("-m", "streamlit", "run", str(app)),
        *("--server.address", host, "--server.port", str(port)),
        *("--server.headless", str(headless).lower()),
        *("--browser.gatherUsageStats", "false"),
        *(part for origin in origins for part in ("--server.corsAllowedOrigins", origin)),
        *signing_in,
    )


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
            configured = "auth" in read_secrets(path) or configured
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        warn_if_exposed(path, "secrets")
    if secrets and not configured:
        raise click.ClickException(
            f"{secrets} must have a section [auth]: see docs/guides/dashboard.md"
        )
    return configured
