"""Rankings written out: for a terminal, a spreadsheet, a program, a paper, a README.

Every format names board, snapshot, treatment, mean, p and n, and lists who was left out and why.
"""

from __future__ import annotations

from evaluators.averaging import Comparison, Ranking
from evaluators.names import nearest
from flows.errors import LeaderboardError
from flows.rank_sheet import about, comparison_sheet, ranking_sheet, record, records
from flows.reports.sheet import FORMATS, write


def format_ranking(ranking: Ranking, form: str = "table") -> str:
    """Return one ranking as text in one of `FORMATS`, without a final line end.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _check(form)
    document = {
        **about(ranking),
        "choices": ranking.treatment.choices(),
        "columns": ranking.columns,
        "rows": [record(row) for row in ranking.rows],
    }
    return write(ranking_sheet(ranking), form, records=records(ranking), document=document)


def format_comparison(comparison: Comparison, form: str = "table") -> str:
    """Return several means side by side as text in one of `FORMATS`.

    CSV has one line for each model and mean; the others one for each model.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _check(form)
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
            "flags": {mean: "; ".join(flags) for mean, flags in row.flags.items()},
        }
        for row in comparison.rows
    ]
    rankings = comparison.rankings.values()
    return write(
        comparison_sheet(comparison),
        form,
        records=[r for ranking in rankings for r in records(ranking)],
        document={"rankings": [about(ranking) for ranking in rankings], "rows": rows},
    )


def _check(form: str) -> None:
    if form not in FORMATS:
        raise LeaderboardError(f"no output format {form!r}{nearest(form, FORMATS)}")
