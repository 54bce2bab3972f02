"""An audit written out in every format."""

from __future__ import annotations

from typing import Any

from evaluators.averaging import Treatment
from evaluators.averaging.audit import Agreement, Audit, Rule
from flows.audit_sheet import audit_sheet, best_in_words
from flows.reports.sheet import about_board, write


def format_audit(audit: Audit, form: str = "table", *, top: int = 10) -> str:
    """Return an audit as text, without a final line end.

    Args:
        audit: What was found.
        form: One of `FORMATS`. CSV and JSON hold everything; CSV has one line for each treatment
            and mean, rule, row that disagrees, and finding, told apart by `section`.
        top: How many findings of a kind the formats for people show.
    """
    return write(audit_sheet(audit, top), form, records=_records(audit), document=_document(audit))


def _about(audit: Audit, treatment: Treatment | None, p: float | None) -> dict[str, Any]:
    board = audit.board
    about = about_board(
        board,
        treatment or Treatment(),
        p,
        n_models=len(board.models),
        n_columns=len(board.columns),
        notes=(board.notes,) if board.notes else (),
    )
    if treatment is None:  # the finding is about the board as printed, whatever the treatment
        about |= {"treatment": "as printed", "mixed": False}
    return about


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
                "position": row.position,
                "model": row.model,
                "published": row.published,
                "recomputed": row.recomputed,
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


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        "agree": found.agree,
        "compared": found.compared,
        "worst": found.worst,
        "tolerance": found.tolerance,
        "refused": found.refused,
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


def _document(audit: Audit) -> dict[str, Any]:
    inference = audit.inference
    return {
        **_about(audit, None, None),
        "compared_with": audit.against,
        "published_factor": audit.factor,
        "best_fit": best_in_words(audit),
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
        "held_against": audit.rule,
        "disagreements": [
            {
                "position": row.position,
                "model": row.model,
                "published": row.published,
                "recomputed": row.recomputed,
                "explanations": [vars(e) for e in row.explanations],
            }
            for row in audit.disagreements
        ],
        "suspicions": [vars(s) for s in audit.suspicions],
        "real_zeros": dict(audit.real_zeros),
    }
