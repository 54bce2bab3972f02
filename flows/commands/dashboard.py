"""`rankcheck dashboard`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8501, show_default=True, help="Port to listen on.")
@click.option("--open/--no-open", "open_browser", default=None, help="Open a browser.")
def command(host: str, port: int, open_browser: bool | None) -> None:
    """Browse the store in a web browser."""
    package = find_spec("dashboard")
    if package is None or package.origin is None:
        raise click.ClickException("the dashboard is not installed: pip install -e .")
    app = Path(package.origin).parent / "app.py"
    headless = not open_browser if open_browser is not None else not sys.stdout.isatty()
    if host not in ("127.0.0.1", "localhost", "::1"):
        click.echo(f"Listening on {host}: there is no login, anyone there can read it.", err=True)
    click.echo(f"Dashboard on http://{host}:{port} (Ctrl-C stops it)", err=True)
    # Replacing this process leaves no parent behind that a signal would have to pass through.
    os.execv(  # noqa: S606 - our own interpreter, a list, no shell
        sys.executable,
        [
            *(sys.executable, "-m", "streamlit", "run", str(app)),
            *("--server.address", host, "--server.port", str(port)),
            *("--server.headless", str(headless).lower()),
            *("--browser.gatherUsageStats", "false"),
        ],
    )
