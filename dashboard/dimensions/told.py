"""What tells one setting of an experiment from the others."""

from __future__ import annotations

import pandas as pd

from dashboard import words


def series_names(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return what tells a row from the others: the columns that differ, in words."""
    telling = [name for name in columns if rows[name].nunique(dropna=False) > 1] or list(
        columns[:1]
    )
    return [
        " · ".join(str(part) for part in parts if not words.is_missing(part) and part != "")
        or "as it is"
        for parts in zip(*(rows[name] for name in telling), strict=True)
    ]
