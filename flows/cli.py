"""The command line.

Machine formats go to standard output alone, everything else to standard error. Exit status: 0 done,
1 some evaluation failed, 2 wrong usage or bad input.
"""

from __future__ import annotations

import sys

import click

from db.errors import QueryError, StoreError
from evaluators import discovery
from evaluators.errors import EvaluatorError
from evaluators.names import UnknownNameError, nearest
from flows.errors import LeaderboardError, PlanError

COMMANDS = "flows.commands"
BAD_INPUT = (PlanError, LeaderboardError, StoreError, QueryError, EvaluatorError, UnknownNameError)


class Subcommands(click.Group):
    """Finds a subcommand by its file, so that each imports only what it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the files in `flows/commands`."""
        return list(discovery.files(COMMANDS))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return discovery.load(COMMANDS, cmd_name).command

    def resolve_command(self, ctx: click.Context, args: list[str]):
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
    except BAD_INPUT as error:
        click.echo(f"rankcheck: {error}", err=True)
        sys.exit(2)
    except click.Abort:
        click.echo("rankcheck: interrupted; what was finished is kept", err=True)
        sys.exit(130)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of a pipe left, as `head` does
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
