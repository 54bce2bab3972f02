"""SQL views of results, which evaluators declare and the store creates.

A file `sql_views.py` in an evaluator's folder, or `_<name>_sql_views.py` beside an experiment,
holds `VIEWS`, a tuple of `View`. The store finds it by that name; nothing else lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class View:
    """A typed view for people who write SQL; it must run on DuckDB and DuckLake.

    Attributes:
        name: Its name.
        text: What one row is.
        columns: Description of every column, in order; None is the description that the column
            has in `named_runs` or `scores`.
        sql: The query, without CREATE VIEW.
    """

    name: str
    text: str
    columns: Mapping[str, str | None]
    sql: str


def same_as_run(*names: str) -> dict[str, str | None]:
    """Return columns whose descriptions are those in `named_runs` or `scores`."""
    return dict.fromkeys(names)


def text_literal(text: str) -> str:
    """Return a text as SQL writes it, in quotes."""
    return "'" + text.replace("'", "''") + "'"


def evaluator_views() -> tuple[View, ...]:
    """Return the views that evaluators declare, by file name."""
    root = Path(__file__).parent
    files = sorted(path.relative_to(root.parent) for path in root.glob("*/*sql_views.py"))
    modules = (import_module(".".join(file.with_suffix("").parts)) for file in files)
    return tuple(view for module in modules for view in module.VIEWS)


_QUANTILES = (
    12.7062047362,
    4.30265272975,
    3.18244630528,
    2.7764451052,
    2.57058183564,
    2.44691185114,
    2.36462425159,
    2.3060041352,
    2.2621571628,
    2.22813885199,
    2.20098516009,
    2.17881282967,
    2.16036865646,
    2.14478668792,
    2.13144954556,
    2.11990529922,
    2.10981557783,
    2.10092204024,
    2.09302405441,
    2.08596344727,
    2.07961384473,
    2.0738730679,
    2.06865761042,
    2.06389856163,
    2.05953855275,
    2.05552943864,
    2.05183051648,
    2.0484071418,
    2.04522964213,
    2.0422724563,
)
"""97.5% quantiles for 1 … 30 degrees of freedom."""

_Z = 1.959963984540054


def t975(degrees: str) -> str:
    """Return SQL for the 97.5% quantile of Student's t; NULL below one degree of freedom.

    Beyond the table an expansion in 1/degrees (Abramowitz and Stegun 26.7.5) is right to 1e-6.

    Args:
        degrees: SQL for the degrees of freedom, a whole number.
    """
    z, n = _Z, f"({degrees})"
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    beyond = " + ".join(
        [f"CAST({z!r} AS DOUBLE)", *(f"{term!r} / {n} ** {k}" for k, term in enumerate(terms, 1))]
    )
    known = ", ".join(map(repr, _QUANTILES))
    return (
        f"CASE WHEN {n} < 1 THEN NULL WHEN {n} <= {len(_QUANTILES)}"
        f" THEN CAST([{known}][CAST({n} AS INTEGER)] AS DOUBLE) ELSE {beyond} END"
    )


def half_width(values: str) -> str:
    """Return SQL for the half-width of the 95% interval of the mean of an aggregated column."""
    return f"stddev_samp({values}) / sqrt(count({values})) * {t975(f'count({values}) - 1')}"
