"""Rankings written out: for a terminal, a spreadsheet, a program, a paper, a README.

Every format names board, snapshot, treatment, mean, p and n, and lists who was left out and why.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
from typing import Any

from evaluators.averaging import Comparison, Ranking
from flows.errors import LeaderboardError
from flows.rank_sheet import Sheet, about, comparison_sheet, ranking_sheet, record, records
from flows.rank_text import latex, markdown, table

FORMATS = ("table", "csv", "json", "latex", "markdown")


def format_ranking(ranking: Ranking, form: str = "table") -> str:
    """Return one ranking as text in one of `FORMATS`, without a final line end.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _check(form)
    if form == "csv":
        return _csv(records(ranking))
    if form == "json":
        return _json(
            {
                **about(ranking),
                "choices": ranking.treatment.choices(),
                "columns": ranking.columns,
                "rows": [record(row) for row in ranking.rows],
            }
        )
    return _written(ranking_sheet(ranking), form)


def format_comparison(comparison: Comparison, form: str = "table") -> str:
    """Return several means side by side as text in one of `FORMATS`.

    CSV has one line for each model and mean; the others one for each model.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _check(form)
    if form == "csv":
        return _csv([r for ranking in comparison.rankings.values() for r in records(ranking)])
    if form == "json":
        rows = [
            {
                "model": row.model,
                "submitted_by": row.submitted_by,
                "is_human": row.is_human,
                "ranks": dict(row.ranks),
                "scores": dict(row.scores),
                "moves": dict(row.moves),
                "biggest_move": row.biggest_move,
                "left_out": dict(row.left_out),
            }
            for row in comparison.rows
        ]
        rankings = [about(ranking) for ranking in comparison.rankings.values()]
        return _json({"rankings": rankings, "rows": rows})
    return _written(comparison_sheet(comparison), form)


def _check(form: str) -> None:
    if form not in FORMATS:
        near = difflib.get_close_matches(form, FORMATS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FORMATS)}"
        raise LeaderboardError(f"no output format {form!r}; {hint}")


def _written(sheet: Sheet, form: str) -> str:
    return {"table": table, "latex": latex, "markdown": markdown}[form](sheet)


def _csv(lines: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _csv_cell(value) for name, value in line.items()})
    return out.getvalue().rstrip("\n")


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    # A spreadsheet would run a text that starts like a formula; numbers stay numbers.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def _json(value: dict[str, Any]) -> str:
    def plain(x: Any) -> Any:
        if isinstance(x, dict):
            return {key: plain(item) for key, item in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(item) for item in x]
        return str(x) if isinstance(x, float) and not math.isfinite(x) else x  # p may be infinite

    return json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False)
