"""Draw the heat map of ranks with each task left out in turn."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charts.axis_names import Room, label_options, options_above, room_above
from dashboard.charts.drawing import BESIDE, DOWN, LEGEND, STEADY, UP, layered
from dashboard.language import mark, t

# Left out: a model that loses places without a task is helped by it.
_GOES = {
    mark("the task helps it"): UP,
    mark("the task costs it places"): DOWN,
    mark("no change"): STEADY,
}
_TASKS = Room(24, 2)
_LINE = 24  # pixels of a row


def cut_names(cells: pd.DataFrame) -> list[str]:
    """Return the tasks and models of `without_cells` whose names the chart cuts."""
    models = cells.model.unique().tolist()
    return [*_TASKS.cut(cells.task.unique()), *room_above(models).cut(models)]


def without_cells(
    tasks: Sequence[str],
    models: Sequence[str],
    ranks: NDArray[np.int64],
    without: NDArray[np.int64],
) -> pd.DataFrame:
    """Return the rank of each model without each task, and the places gained.

    Args:
        tasks: k names.
        models: m names, by rank.
        ranks: (m,) ranks with every task.
        without: (k, m) ranks without each task, 0 for none.
    """
    moved = np.where(without > 0, ranks[None] - without, 0)
    order = np.argsort(-np.abs(moved).sum(axis=1), kind="stable")
    return pd.DataFrame(
        {
            "task": tasks[k],
            "row": y,
            "model": models[j],
            "column": j,
            "rank": "–" if without[k, j] == 0 else str(without[k, j]),
            "now": int(ranks[j]),
            "gained": int(moved[k, j]),
            "goes": _goes(int(moved[k, j])),
        }
        for y, k in enumerate(order.tolist())
        for j in range(len(models))
    )


def without_map(cells: pd.DataFrame, ink: str) -> alt.LayerChart:
    """Draw the cells of `without_cells`: the tasks that move ranks most stand on top.

    Args:
        cells: What is drawn.
        ink: The colour of the numbers, which lie on the page's own ground.
    """
    tasks = cells.drop_duplicates("row").task.tolist()
    models = cells.drop_duplicates("column").model.tolist()
    goes = [name for name in _GOES if (cells.goes == name).any()]
    above = room_above(models)
    longest = above.longest(models)
    furthest = max(1, int(cells.gained.abs().max()))
    cells = cells.assign(goes=cells.goes.map(t))
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:O",
            title=None,
            axis=alt.Axis(
                **options_above(dict(enumerate(models)), above),
                labelFlush=False,
            ),
        ),
        y=alt.Y(
            "row:O",
            title=None,
            axis=alt.Axis(
                **label_options(dict(enumerate(tasks)), _TASKS),
                labelFlush=False,
            ),
        ),
        tooltip=[
            alt.Tooltip("model:N", title=t("Model")),
            alt.Tooltip("task:N", title=t("Without")),
            alt.Tooltip("rank:N", title=t("Rank")),
            alt.Tooltip("now:Q", title=t("Rank with every task")),
            alt.Tooltip("gained:Q", title=t("Places gained"), format="+d"),
        ],
    )
    squares = base.mark_rect(stroke=STEADY, strokeWidth=0.3, strokeOpacity=0.5).encode(
        color=alt.Color(
            "goes:N",
            scale=alt.Scale(
                domain=[t(name) for name in goes], range=[_GOES[name] for name in goes]
            ),
            legend=alt.Legend(
                orient="bottom",
                title=None,
                columns=LEGEND,
                symbolStrokeWidth=0,
            ),
        ),
        fillOpacity=alt.FillOpacity(
            "size:Q",
            scale=alt.Scale(type="sqrt", domain=[0, furthest], range=[0.06, 0.85]),
            legend=None,
        ),
    )
    # Narrow cells have no room for their number; the tooltip has it.
    room = f"width / {len(models)} > 15 ? 1 : 0"
    numbers = base.mark_text(fontSize=11, color=ink, opacity=alt.expr(room)).encode(
        text=alt.Text("rank:N")
    )
    # On the page the height holds the names above and the legend below, too.
    chart = layered(squares, numbers, height=_LINE * len(tasks) + 7 * longest + 70)
    return chart.transform_calculate(size="abs(datum.gained)").properties(padding=BESIDE)


def _goes(gained: int) -> str:
    if not gained:
        return "no change"
    return "the task costs it places" if gained > 0 else "the task helps it"
