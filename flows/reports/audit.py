"""Write out an audit: averages, inferred rule, deviating rows, odd cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluators.averaging import MEANS, Treatment
from evaluators.averaging.audit import KINDS, Agreement, Audit, Disagreement, Inference, Rule
from flows.reports.sheet import Section, Sheet, about_board, write

_BOARDS = 5
_VERDICTS = {
    "found": "found",
    "underdetermined": "indistinguishable from other rules",
    "none": "no such rule",
    "nothing-published": "nothing published",
}


def format_audit(audit: Audit, form: str = "table", *, top: int = 10) -> str:
    """Return an audit as text, without a final line end.

    Args:
        audit: The audit.
        form: One of `FORMATS`. CSV and JSON contain everything; CSV has one line for each treatment
            and mean, rule, row that disagrees, and finding, distinguished by `section`.
        top: How many findings of each kind the formats for people show.
    """
    return write(_sheet(audit, top), form, records=_records(audit), document=_document(audit))


def _sheet(audit: Audit, top: int) -> Sheet:
    """Return the audit as a sheet for people.

    Args:
        audit: The audit.
        top: How many findings of each kind, and how many rows that disagree, are shown.
    """
    board = audit.board
    published = int((~np.isnan(board.published)).sum())
    treatments = tuple(dict.fromkeys(a.treatment.name for a in audit.agreements))
    n = f"{len(board.models)} models over {len(board.columns)} columns, {published} published"
    facts = (
        ("board", board.title or board.name),
        ("snapshot", board.snapshot),
        ("treatment", ", ".join(treatments)),
        ("mean", ", ".join(MEANS)),
        ("p", ", ".join(f"{p:g}" for p in MEANS.values())),
        ("n", n),
        ("compared with", _against(audit.against)),
    )
    return Sheet(
        facts=facts,
        notes=_notes(audit, published),
        sections=(
            _agreements(audit),
            _rules(audit.inference),
            *_other_rules(audit),
            _disagreements(audit, top),
            _suspicions(audit, top),
        ),
    )


def _against(boards: tuple[str, ...]) -> str:
    rest = len(boards) - _BOARDS
    return (
        ", ".join(boards[:_BOARDS]) + (f" and {rest} more" if rest > 0 else "") or "no other board"
    )


def _best_in_words(audit: Audit) -> str:
    """Return a sentence on the treatment and mean of the best fit."""
    best = audit.best
    if best is None:
        return "no treatment reproduces any published average"
    description = f"{best.treatment.name}, {best.mean} mean: {best.agree} of {best.compared}"
    if 2 * best.agree > best.compared:
        return f"best fit: {description} within {best.tolerance:.2g}"
    return f"no treatment reproduces most published averages; the closest is {description}"


def _same_results(agreements: tuple[Agreement, ...]) -> list[list[Agreement]]:
    """Group the agreements that recompute every row to the same number."""
    groups: dict[tuple[object, ...], list[Agreement]] = {}
    for agreement in agreements:
        bits = np.where(
            np.isnan(agreement.recomputed), np.nan, agreement.recomputed.round(9)
        ).tobytes()
        groups.setdefault((agreement.p, bits, agreement.refused), []).append(agreement)
    return list(groups.values())


def _notes(audit: Audit, published: int) -> tuple[str, ...]:
    notes = [audit.board.notes] if audit.board.notes else []
    if published:
        notes.append(_best_in_words(audit))
    else:
        notes.append("no published averages to compare with; only cells are checked")
    if audit.factor != 1:
        notes.append(f"published averages were multiplied by {audit.factor:g} to fit the cells")
    if any(a.treatment.mixed for a in audit.agreements):
        notes.append("paper-mixed is a MIXED TREATMENT: not the same for every row and mean")
    notes += [
        f"{count} {'zero' if count == 1 else 'zeros'} in {column}"
        f" {'is' if count == 1 else 'are'} real: the published averages need"
        f" {'it' if count == 1 else 'them'}"
        for column, count in audit.real_zeros.items()
    ]
    return tuple(notes)


def _agreements(audit: Audit) -> Section:
    rows = []
    for group in _same_results(audit.agreements):
        first = group[0]
        others = f" and {len(group) - 1} with the same result" if len(group) > 1 else ""
        worst = "" if first.worst is None else f"{first.worst:.2f}"
        rows.append(
            (
                first.treatment.name + others,
                first.mean,
                f"{first.agree}/{first.compared}",
                worst,
                first.refused,
            )
        )
    width = 5 if any(row[4] for row in rows) else 4
    return Section(
        title="Published against recomputed averages",
        header=("treatment", "mean", "agree", "worst", "refused")[:width],
        numeric=(False, False, True, True, False)[:width],
        rows=tuple(row[:width] for row in rows),
    )


def _rules(inference: Inference) -> Section:
    rows = tuple(
        (
            rule.formula,
            f"{rule.agree}/{rule.compared}",
            f"{rule.worst:.2f}",
            rule.equals[0] if rule.equals else "",
            rule.words,
        )
        for rule in inference.rules
    )
    return Section(
        title=f"Inferred rule: {_VERDICTS[inference.verdict]}",
        header=("rule", "agree", "worst", "equals", "in words"),
        numeric=(False, True, True, False, False),
        rows=rows,
        note=inference.why,
    )


def _other_rules(audit: Audit) -> tuple[Section, ...]:
    """Return a section on rules that are no means, where one of them says more than the means."""
    best = audit.best.agree if audit.best else 0
    if not any(found.agree > best for found in audit.other_rules):
        return ()
    return (
        Section(
            title="Rules that are no means",
            header=("rule", "treatment", "equal", "same rank", "worst"),
            numeric=(False, False, True, True, True),
            rows=tuple(
                (
                    found.rule,
                    found.treatment.name,
                    f"{found.agree}/{found.compared}",
                    f"{found.same_rank}/{found.compared}",
                    f"{found.worst:.4g}",
                )
                for found in audit.other_rules
            ),
            note="as printed: a win rate in per cent and a mean rank are compared as such",
        ),
    )


def _disagreements(audit: Audit, top: int) -> Section:
    rows = []
    for row in audit.disagreements[:top]:
        recomputed = "" if row.recomputed is None else f"{row.recomputed:.2f}"
        first, *others = row.explanations or (None,)
        explanation = "no single cell explains it" if first is None else first.text
        alternatives = (
            "; or: " + "; or: ".join(o.text for o in others if o is not None) if others else ""
        )
        rows.append((row.model, f"{row.published:g}", recomputed, explanation + alternatives))
    rest = len(audit.disagreements) - top
    note = f"rows compared with: {audit.rule}" if audit.rule else "no rule to compare rows with"
    return Section(
        title="Rows that disagree",
        header=("model", "published", "recomputed", "possible explanation"),
        numeric=(False, True, True, False),
        rows=tuple(rows),
        note=note + (f"; {rest} more rows: --top" if rest > 0 else ""),
    )


def _suspicions(audit: Audit, top: int) -> Section:
    rows, summaries = [], []
    for kind, meaning in KINDS.items():
        cells = [s for s in audit.suspicions if s.kind == kind]
        for s in cells[:top]:
            value = "" if s.value is None else f"{s.value:g}"
            rows.append((s.kind, s.model, s.column, value, s.evidence))
        if cells:
            rest = f", {len(cells) - top} more: --top" if len(cells) > top else ""
            summaries.append(f"{kind} ({len(cells)}{rest}): {meaning}")
    return Section(
        title="Suspicious cells",
        header=("finding", "model", "column", "value", "evidence"),
        numeric=(False, False, False, True, False),
        rows=tuple(rows),
        note="; ".join(summaries),
    )


def _about(audit: Audit, treatment: Treatment | None, p: float | None) -> dict[str, Any]:
    board = audit.board
    facts = about_board(
        board,
        treatment or Treatment(),
        p,
        n_models=len(board.models),
        n_columns=len(board.columns),
        notes=(board.notes,) if board.notes else (),
    )
    if treatment is None:  # the record is about the board as printed, under no treatment
        facts |= {"treatment": "as printed", "mixed": False}
    return facts


def _records(audit: Audit) -> list[dict[str, Any]]:
    best = audit.best
    followed = best is not None and audit.rule.startswith(f"{best.treatment.name},")
    rule_treatment = best.treatment if best is not None and followed else None
    rule_p = best.p if best is not None and followed else 1.0
    return [
        *(
            {**_about(audit, a.treatment, a.p), "section": "average", **_agreement(a)}
            for a in audit.agreements
        ),
        *(
            {**_about(audit, None, 1.0), "section": "rule", **_rule(rule)}
            for rule in audit.inference.rules
        ),
        *(
            {
                **_about(audit, rule_treatment, rule_p),
                "section": "row that disagrees",
                **_row(row),
                "rule": audit.rule,
                "evidence": "; or: ".join(e.text for e in row.explanations),
            }
            for row in audit.disagreements
        ),
        *(
            {
                **_about(audit, None, None),
                "section": "suspicious cell",
                "position": s.position,
                "model": s.model,
                "finding": s.kind,
                "column": s.column,
                "value": s.value,
                "evidence": s.evidence,
            }
            for s in audit.suspicions
        ),
    ]


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "agree": agreement.agree,
        "compared": agreement.compared,
        "worst": agreement.worst,
        "tolerance": agreement.tolerance,
        "refused": agreement.refused,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.formula,
        "agree": rule.agree,
        "compared": rule.compared,
        "worst": rule.worst,
        "tolerance": rule.tolerance,
        "equals": "; ".join(rule.equals),
        "words": rule.words,
    }


def _row(row: Disagreement) -> dict[str, Any]:
    return {
        "position": row.position,
        "model": row.model,
        "published": row.published,
        "recomputed": row.recomputed,
    }


def _document(audit: Audit) -> dict[str, Any]:
    inference = audit.inference
    return {
        **_about(audit, None, None),
        "compared_with": audit.against,
        "published_factor": audit.factor,
        "best_fit": _best_in_words(audit),
        "averages": [
            {
                "treatment": a.treatment.name,
                "mixed": a.treatment.mixed,
                "mean": a.mean,
                "p": a.p,
                **_agreement(a),
            }
            for a in audit.agreements
        ],
        "inference": {
            "verdict": inference.verdict,
            "why": inference.why,
            "rows": inference.rows,
            "columns": inference.columns,
            "fitted_weights": dict(inference.fitted),
            "rules": [
                {
                    **_rule(rule),
                    "equals": rule.equals,
                    "numerators": dict(zip(rule.columns, rule.numerators, strict=True)),
                    "denominator": rule.denominator,
                }
                for rule in inference.rules
            ],
        },
        "other_rules": [
            {**vars(found), "treatment": found.treatment.name} for found in audit.other_rules
        ],
        "held_against": audit.rule,
        "disagreements": [
            {**_row(row), "explanations": [vars(e) for e in row.explanations]}
            for row in audit.disagreements
        ],
        "suspicions": [vars(s) for s in audit.suspicions],
        "real_zeros": dict(audit.real_zeros),
    }
