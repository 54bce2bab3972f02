"""Write out rankings as table, CSV, JSON, LaTeX or Markdown.

Every format names board, snapshot, treatment, mean, p and n, and lists the models left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluators.averaging import Comparison, Ranking
from evaluators.averaging.compare import ComparedRow, side_by_side
from evaluators.averaging.records import about, row_record
from evaluators.names import nearest
from flows.errors import LeaderboardError
from flows.reports.sheet import FORMATS, Section, Sheet, size_of, write


def format_rankings(rankings: Mapping[str, Ranking], form: str = "table") -> str:
    """Return one ranking, or several of one board side by side, as text in one of `FORMATS`.

    Raises:
        LeaderboardError: If there is no such format.
    """
    if len(rankings) == 1:
        return format_ranking(next(iter(rankings.values())), form)
    return format_comparison(side_by_side(rankings), form)


def format_ranking(ranking: Ranking, form: str = "table") -> str:
    """Return one ranking as text in one of `FORMATS`, without a final line end.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _validate_format(form)
    document = {
        **about(ranking),
        "choices": ranking.treatment.choices(),
        "columns": ranking.columns,
        "rows": [row_record(row) for row in ranking.rows],
    }
    return write(_ranking_sheet(ranking), form, records=_records(ranking), document=document)


def format_comparison(comparison: Comparison, form: str = "table") -> str:
    """Return several means side by side as text in one of `FORMATS`.

    CSV has one line for each model and mean; the others one for each model.

    Raises:
        LeaderboardError: If there is no such format.
    """
    _validate_format(form)
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
        _comparison_sheet(comparison),
        form,
        records=[r for ranking in rankings for r in _records(ranking)],
        document={"rankings": [about(ranking) for ranking in rankings], "rows": rows},
    )


def _validate_format(form: str) -> None:
    if form not in FORMATS:
        raise LeaderboardError(f"no output format {form!r}{nearest(form, FORMATS)}")


def _ranking_sheet(ranking: Ranking) -> Sheet:
    """Return one ranking as a sheet."""
    flagged = any(row.flags for row in ranking.ranked)
    header = ("rank", "model", "human", "score", "remark")
    number = _score_format([ranking])
    rows = [
        (str(r.rank), r.model, _human(r.is_human), number(r.score), "; ".join(r.flags))
        for r in ranking.ranked
    ]
    width = len(header) if flagged else len(header) - 1
    return Sheet(
        facts=ranking_facts([ranking]),
        notes=ranking.notes,
        sections=(
            Section(
                title="",
                header=header[:width],
                numeric=(True, False, False, True, False)[:width],
                rows=tuple(row[:width] for row in rows),
            ),
        ),
        left_out=tuple((row.model, row.left_out or "") for row in ranking.left_out),
    )


def _comparison_sheet(comparison: Comparison) -> Sheet:
    """Return several means side by side as a sheet; moves are counted from the first."""
    means = list(comparison.rankings)
    number = _score_format([*comparison.rankings.values()])
    ranked = [row for row in comparison.rows if any(row.ranks.values())]
    columns = [part for mean in means for part in (f"{mean} rank", "score")]
    rows = [
        (
            row.model,
            _human(row.is_human),
            *(
                text
                for mean in means
                for text in (_place(row.ranks[mean], row.moves[mean]), number(row.scores[mean]))
            ),
            str(row.biggest_move),
            _remark(row),
        )
        for row in ranked
    ]
    flagged = any(row.flags for row in ranked)
    width = 2 + len(columns) + (2 if flagged else 1)
    left_out: dict[tuple[str, int, str], list[str]] = {}
    for row in comparison.rows:
        for mean, reason in row.left_out.items():
            left_out.setdefault((row.model, row.position, reason), []).append(mean)
    return Sheet(
        facts=ranking_facts([*comparison.rankings.values()]),
        notes=tuple(dict.fromkeys(n for r in comparison.rankings.values() for n in r.notes)),
        sections=(
            Section(
                title="",
                header=("model", "human", *columns, "moves", "remark")[:width],
                numeric=(False, False, *(True for _ in columns), True, False)[:width],
                rows=tuple(row[:width] for row in rows),
            ),
        ),
        left_out=tuple(
            (
                model,
                reason
                if len(means_of_reason) == len(means)
                else f"{', '.join(means_of_reason)}: {reason}",
            )
            for (model, _, reason), means_of_reason in left_out.items()
        ),
    )


def _records(ranking: Ranking) -> list[dict[str, Any]]:
    """Return one flat record per row, ranked or not, with the identity of its ranking."""
    return [{**about(ranking), **row_record(row)} for row in ranking.rows]


def ranking_facts(rankings: Sequence[Ranking]) -> tuple[tuple[str, str], ...]:
    """Return what rankings of one board are of, in words, for the head of a sheet."""
    first = rankings[0]
    same = len({(len(r.ranked), len(r.columns)) for r in rankings}) == 1
    sizes = [
        size_of(len(r.ranked), len(r.rows), len(r.columns))
        for r in (rankings[:1] if same else rankings)
    ]
    return (
        ("board", first.title),
        ("snapshot", first.snapshot),
        ("treatment", first.treatment.name),
        ("mean", ", ".join(r.mean for r in rankings)),
        ("p", ", ".join("none" if r.exponent is None else f"{r.p:g}" for r in rankings)),
        ("n", "; ".join(sizes)),
    )


def _remark(row: ComparedRow) -> str:
    """Return the flags of a row, each with its means unless it applies to all of them."""
    by_flag: dict[str, list[str]] = {}
    for mean, flags in row.flags.items():
        for flag in flags:
            by_flag.setdefault(flag, []).append(mean)
    ranked = sum(rank is not None for rank in row.ranks.values())
    return "; ".join(
        flag if len(names) == ranked else f"{', '.join(names)}: {flag}"
        for flag, names in by_flag.items()
    )


def _human(is_human: bool) -> str:
    return "human" if is_human else ""


def _score_format(rankings: Sequence[Ranking]) -> Callable[[float | None], str]:
    """Return a function that formats scores: counts, per cent, or proportions."""
    scores = [row.score or 0.0 for ranking in rankings for row in ranking.ranked]
    digits = 4 if all(abs(x) <= 1 for x in scores) else 2  # proportions, or per cent
    if any(ranking.rule for ranking in rankings):
        digits = 0 if all(x == int(x) for x in scores) else 4
    return lambda score: "" if score is None else f"{score:.{digits}f}"


def _place(rank: int | None, move: int | None) -> str:
    if rank is None:
        return "-"
    return f"{rank} ({move:+d})" if move else str(rank)
