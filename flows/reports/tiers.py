"""Write out the tiers of a board: which models it does not tell apart."""

from __future__ import annotations

import numpy as np

from evaluators.averaging.records import about, in_order, tier_records
from evaluators.averaging.stability.tiers import Tiers
from flows.reports.rank import ranking_facts
from flows.reports.sheet import Section, Sheet, write


def format_tiers(tiers: Tiers, form: str = "table", *, seed: int, top: int | None = None) -> str:
    """Return tiers and simultaneous rank intervals as text in one of `FORMATS`.

    Args:
        tiers: The tiers.
        form: The format.
        seed: Seed of the sign flips, to be shown.
        top: Show only the first rows in tables for people; None for all.
    """
    records = tier_records(tiers, seed)
    ranking = tiers.contest.ranking
    document = {
        **about(ranking),
        "choices": ranking.treatment.choices(),
        "confidence": tiers.confidence,
        "resamples": tiers.resamples,
        "seed": seed,
        "critical": tiers.critical,
        "headline": tiers.headline,
        "rows": records,
        "left_out": [{"model": row.model, "why": row.left_out} for row in ranking.left_out],
    }
    return write(_sheet(tiers, seed, top), form, records=records, document=document)


def _sheet(tiers: Tiers, seed: int, top: int | None) -> Sheet:
    ranking, order = tiers.contest.ranking, in_order(tiers)
    digits = 4 if (np.abs(tiers.contest.scores) <= 1).all() else 2
    rows = tuple(
        (
            str(tiers.contest.ranks[i]),
            "{}–{}".format(*tiers.rank_intervals[i]),
            str(tiers.tiers[i]),
            tiers.contest.models[i],
            f"{tiers.contest.scores[i]:.{digits}f}",
        )
        for i in order[:top]
    )
    note = (
        f"In {tiers.confidence:.0%} of such boards no equally good models are told apart: Student's"
        f" statistic must exceed {tiers.critical:.2f}. A tier: the first model that is in none yet,"
        " and all that are not told apart from it."
    )
    shown = "" if top is None or top >= len(order) else f"{len(rows)} of {len(order)} rows. "
    return Sheet(
        facts=(
            *ranking_facts([ranking]),
            ("resampled", f"{tiers.resamples:,} sign flips of tasks, seed {seed}"),
            ("found", tiers.headline),
        ),
        notes=ranking.notes,
        sections=(
            Section(
                "",
                ("rank", "rank interval", "tier", "model", "score"),
                (True, False, True, False, True),
                rows,
                shown + note,
            ),
        ),
        left_out=tuple((row.model, row.left_out or "") for row in ranking.left_out),
    )
