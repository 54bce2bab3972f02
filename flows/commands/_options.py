"""Options that several commands share, each written once.

They stand outside `flows/commands`, where every file is a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from flows.operations.overdue import HOURS
from flows.reports.sheet import FORMATS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

snapshot_option: Decorator = click.option(
    "--snapshot", help="Snapshot of the board to use. Default: the latest."
)


def treatment_option(default: str | None = "per-task", shown: str = "") -> Decorator:
    """Add --treatment; `shown` describes the default where it depends on other options."""
    return click.option(
        "--treatment",
        default=default,
        show_default=shown or True,
        help="How scores are grouped and weighted before ranking.",
    )


def mean_options(default: str = "") -> Decorator:
    """Add --mean and --p, two ways to give the exponent; `exponent_of` reads them.

    Args:
        default: Description of the default, for the help.
    """
    mean = click.option(
        "--mean",
        type=click.Choice(["arithmetic", "geometric", "harmonic"]),
        help="Rank under this mean." + (f" Default: {default}." if default else ""),
    )
    power = click.option(
        "--p",
        "power",
        type=float,
        help="Exponent of the power mean to rank under: any number, inf and -inf included.",
    )
    return lambda command: mean(power(command))


def exponent_of(mean: str | None, power: float | None) -> float | None:
    """Return the exponent that --mean or --p names, or None.

    Raises:
        UsageError: If both are given.
    """
    from evaluators.averaging import MEANS

    if mean is not None and power is not None:
        raise click.UsageError("--mean and --p cannot be combined: give only one of them")
    return power if mean is None else MEANS[mean]


def top_option(shown: str, default: int | None = None) -> Decorator:
    """Add --top.

    Args:
        shown: The help.
        default: How many are shown unless asked otherwise; None for all.
    """
    return click.option(
        "--top",
        type=click.IntRange(min=1),
        default=default,
        show_default=default is not None,
        help=shown,
    )


def seed_option(drawn: str) -> Decorator:
    """Add --seed; `drawn` is the help."""
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help=drawn
    )


def resamples_option(drawn: str) -> Decorator:
    """Add --resamples; `drawn` is the help."""
    return click.option(
        "--resamples",
        type=click.IntRange(min=1),
        default=10_000,
        show_default=True,
        help=drawn,
    )


confidence_option: Decorator = click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Confidence level of the intervals.",
)


def format_option(formats: Sequence[str] = FORMATS) -> Decorator:
    """Add --format, with the formats of a sheet unless others are named."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(list(formats)),
        default="table",
        show_default=True,
        help="Output format.",
    )


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options for the tasks that count and their weights; `selection_of` reads them."""
    options = [
        click.option(
            "--tasks", multiple=True, metavar="NAME", help="Count only this task; repeatable."
        ),
        click.option(
            "--without", multiple=True, metavar="NAME", help="Leave this task out; repeatable."
        ),
        click.option(
            "--type",
            "types",
            multiple=True,
            metavar="NAME",
            help="Count only tasks of this type; repeatable.",
        ),
        click.option(
            "--language",
            "languages",
            multiple=True,
            metavar="CODE",
            help="Count only tasks in this language, `eng`, `en` or `English`; repeatable. A task"
            " in several counts if one of them is named.",
        ),
        click.option(
            "--where",
            metavar="CONDITION",
            help="Rank only the models of which a SQL condition on their facts is true, such as"
            " 'parameters < 1e9 AND open_weights'. Ranks are among these models.",
        ),
        click.option(
            "--selection",
            metavar="NAME",
            help="Saved selection: a YAML file with tasks, without, types, languages and weights,"
            " or the name of one in the folder selections/. Its name is part of the treatment's.",
        ),
        click.option(
            "--weights",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="YAML file of weights by task or type, `RTE: 2`; the others count 1.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


plan_option: Decorator = click.option(
    "--plan",
    help="Only consider runs of this plan. Default: nightly if it has ever run, else any plan.",
)
hours_option: Decorator = click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    default=HOURS,
    show_default=True,
    help="Maximum age in hours of the last completed plan run.",
)
