"""`rankcheck api`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from db.hosts import is_loopback
from flows.commands._serving import (
    become,
    host_option,
    origin_option,
    own_origins,
    port_option,
    secrets_option,
    show_bundled_boards,
    site_origin,
    warn_if_exposed,
)

_SHORTEST = 16


@click.command()
@host_option
@port_option(8502)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the token that callers must send. Default: that of RANKCHECK_API_TOKEN."
    " A token, or --secrets, is needed where --host is not this machine alone.",
)
@secrets_option(
    "File that configures sign-in to the dashboard: whom it lets in may call with an identity"
    " token of the same provider; see docs/guides/api.md."
)
@origin_option
@click.option(
    "--cors",
    multiple=True,
    callback=lambda _context, _option, values: tuple(map(site_origin, values)),
    help="Origin of web pages whose scripts may call it, as https://NAME. Default: none.",
)
@click.option(
    "--per-minute",
    type=click.IntRange(min=1),
    default=120,
    show_default=True,
    help="How often a client may ask within a minute for SQL, tiers, and rows of views.",
)
def command(
    host: str,
    port: int,
    token_file: Path | None,
    secrets: Path | None,
    origins: tuple[str, ...],
    cors: tuple[str, ...],
    per_minute: int,
) -> None:
    """Serve the store to programs: boards, ranks, claims, scores and SQL as JSON, read-only."""
    token = _token(token_file)
    if token is None and secrets is None and not is_loopback(host):
        raise click.UsageError(
            f"{host} can be reached from other machines: give a token with --token-file or"
            " RANKCHECK_API_TOKEN, or the dashboard's sign-in with --secrets, or leave --host out"
        )
    if token is not None:
        os.environ["RANKCHECK_API_TOKEN"] = token
    show_bundled_boards()
    become(  # what serves imports neither Prefect nor torch
        *("-m", "dashboard.api", "--host", host, "--port", str(port)),
        *("--per-minute", str(per_minute)),
        *(() if secrets is None else ("--secrets", str(secrets.absolute()))),
        *(part for each in own_origins(host, port, origins) for part in ("--origin", each)),
        *(part for each in cors for part in ("--cors", each)),
    )


def _token(path: Path | None) -> str | None:
    """Return the token of a file, or of the settings, or None.

    Raises:
        click.ClickException: It cannot be read, is too short, or is no header's value.
    """
    from db.settings import settings

    token = settings().api_token
    if path is not None:
        try:
            token = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{path} cannot be read: {error}") from error
        warn_if_exposed(path, "a token")
    if token is None:
        return None
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise click.ClickException(
            f"the token must be at least {_SHORTEST} letters, digits or signs without a space:"
            " write one with `openssl rand -hex 32`"
        )
    return token
