"""The command line.

Machine formats go to standard output alone, everything else to standard error. Exit status: 0 done,
1 some evaluation failed, 2 wrong usage or bad input, or a disk that takes no more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from db.disk import cannot_write, full_disk
from db.errors import QueryError, StoreError
from db.settings import settings
from evaluators import discovery
from evaluators.errors import EvaluatorError
from evaluators.names import UnknownNameError, nearest
from flows.errors import ClaimError, LeaderboardError, PlanError
from flows.runs.places import places

COMMANDS = "flows.commands"
BAD_INPUT = (
    *(PlanError, LeaderboardError, ClaimError, StoreError, QueryError),
    *(EvaluatorError, UnknownNameError),
)


class Subcommands(click.Group):
    """A group that finds subcommands by file, so that each imports only what it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the files in `flows/commands`."""
        return list(discovery.files(COMMANDS))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = discovery.load(COMMANDS, cmd_name).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown name with the nearest one."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], known)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rankcheck", message="rankcheck %(version)s")
def cli() -> None:
    """Evaluate checkpoints, keep every score in DuckDB, re-rank leaderboards under any mean."""


def main() -> None:
    """Run the command line; an error people can act on is one sentence, not a traceback."""
    try:
        cli(standalone_mode=False)
        sys.stdout.flush()  # here, where a full disk is still told of
    except BAD_INPUT as error:
        click.echo(f"rankcheck: {error}", err=True)
        sys.exit(2)
    except click.Abort:
        click.echo("rankcheck: interrupted; finished jobs are stored", err=True)
        sys.exit(130)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        if not isinstance(error, click.UsageError) and (full := full_disk(_written_folders())):
            click.echo(f"rankcheck: {full}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of a pipe left, as `head` does
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        sentence = cannot_write(error, _written_folders())
        if sentence is None and (full := full_disk(_written_folders())):
            text = " ".join(str(error).split())
            sentence = f"{full} (it ended with {type(error).__name__}: {text[:300]})"
        if sentence is None:
            raise
        _end_without_output(f"rankcheck: {sentence}")


def _written_folders() -> Iterator[Path]:
    """Yield where a command may write: beside the store, temporary files, and its own output."""
    with suppress(StoreError):
        yield places(settings().store).home
    yield Path(tempfile.gettempdir())
    with suppress(OSError):
        output = Path("/proc/self/fd/1").readlink()
        if output.is_file():  # and no terminal, pipe or device
            yield output.parent


def _end_without_output(sentence: str) -> NoReturn:
    """Exit with status 2; what waits to be printed is dropped, it would fail once more."""
    with suppress(OSError):
        click.echo(sentence, err=True)
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(2)


if __name__ == "__main__":
    main()
