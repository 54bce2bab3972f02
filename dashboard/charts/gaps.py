"""Draw scores of models in tasks, coloured by their distance from the best of each task."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charts.axis_names import Room, label_options, options_above, room_above
from dashboard.charts.drawing import BESIDE, FOUND, INK, STEADY, layered
from dashboard.language import t

_MODELS = Room(24, 2)
_LINE = 24  # pixels of a row


def cut_names(cells: pd.DataFrame) -> list[str]:
    """Return the models and tasks of `gap_cells` whose names the chart cuts."""
    tasks = cells.task.unique().tolist()
    return [*_MODELS.cut(cells.model.unique()), *room_above(tasks).cut(tasks)]


def gap_cells(
    columns: Sequence[str],
    models: Sequence[str],
    values: NDArray[np.float64],
    best: NDArray[np.float64],
) -> pd.DataFrame:
    """Return a row for each model and column that has a score.

    Args:
        columns: k names.
        models: m names, best first.
        values: (m, k) scores; NaN is not drawn.
        best: (k,) the best score of each column, of all models.
    """
    return pd.DataFrame(
        {
            "model": model,
            "row": i,
            "task": name,
            "column": j,
            "score": float(values[i, j]),
            "best": float(best[j]),
            "behind": float(best[j] - values[i, j]),
        }
        for i, model in enumerate(models)
        for j, name in enumerate(columns)
        if not np.isnan(values[i, j])
    )


def gap_map(cells: pd.DataFrame, ink: str = INK["light"]) -> alt.LayerChart:
    """Draw the cells of `gap_cells`.

    Args:
        cells: What is drawn.
        ink: The colour of the numbers, which lie on the page's own ground.
    """
    models = cells.drop_duplicates("row").sort_values("row").model.tolist()
    places = cells.drop_duplicates("column").sort_values("column")
    tasks = places.task.tolist()
    above = room_above(tasks)
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:O",
            title=None,
            axis=alt.Axis(
                **options_above(dict(zip(places.column.tolist(), tasks, strict=True)), above),
            ),
        ),
        y=alt.Y(
            "row:O",
            title=None,
            axis=alt.Axis(**label_options(dict(enumerate(models)), _MODELS)),
        ),
        tooltip=[
            alt.Tooltip("model:N", title=t("Model")),
            alt.Tooltip("task:N", title=t("Task")),
            alt.Tooltip("score:Q", title=t("Score"), format=".2f"),
            alt.Tooltip("best:Q", title=t("Best of the board"), format=".2f"),
            alt.Tooltip("behind:Q", title=t("Behind the best"), format=".2f"),
        ],
    )
    furthest = max(float(cells.behind.quantile(0.95)), 1e-9)
    squares = base.mark_rect(color=FOUND, stroke=STEADY, strokeWidth=0.3).encode(
        fillOpacity=alt.FillOpacity(
            "behind:Q",
            scale=alt.Scale(domain=[0, furthest], range=[0, 0.6], clamp=True),
            legend=None,
        )
    )
    room = f"width / {len(tasks)} > 26 ? 1 : 0"
    numbers = base.mark_text(fontSize=11, color=ink, opacity=alt.expr(room)).encode(
        text=alt.Text("score:Q", format=".1f")
    )
    longest = above.longest(tasks)
    return layered(squares, numbers, height=_LINE * len(models) + 7 * longest + 40).properties(
        padding=BESIDE
    )
