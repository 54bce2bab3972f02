"""Write out claims and their verdicts in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from db.claims import Home
from db.claims import headline as first_of
from evaluators.averaging import MEANS
from evaluators.claims import VERDICTS
from flows.judging.verdicts import Asserted, Decided, is_mixed
from flows.reports.sheet import Section, Sheet, write

_MEANS = (
    ("mean", ", ".join(MEANS)),
    ("p", ", ".join(f"{p:g}" for p in MEANS.values())),
)
NOT_TESTABLE = VERDICTS[-1]


def format_overview(
    known: Mapping[str, Asserted], decided: Sequence[Decided], form: str = "table"
) -> str:
    """Return every claim with its verdict, as text in one of `FORMATS`."""
    records = _overview_records(known, decided)
    sheet = overview_sheet(known, decided)
    return write(sheet, form, records=records, document={"claims": records})


def format_verdicts(
    claim: Asserted | None,
    known: Mapping[str, Asserted],
    decided: Sequence[Decided],
    form: str = "table",
    *,
    every: bool = False,
    dated: bool = False,
) -> str:
    """Return verdicts as text in one of `FORMATS`; CSV and JSON have all of them.

    Args:
        claim: The one they are about; None where there are several.
        known: Every claim, by id.
        decided: The verdicts.
        form: The format.
        every: Whether people are shown all of them, too.
        dated: Whether the table says when each was decided.
    """
    shown = decided if every else telling(decided)
    sheet = _verdict_sheet(claim, shown, hidden=_hidden(len(decided) - len(shown)), dated=dated)
    about = [known[name] for name in dict.fromkeys(d.claim for d in decided)]
    if claim is not None and not decided:
        about = [claim]
    records = [d.record() for d in decided]
    document = {"claims": [_about(each, decided) for each in about], "verdicts": records}
    return write(sheet, form, records=records, document=document)


def overview_sheet(known: Mapping[str, Asserted], decided: Sequence[Decided]) -> Sheet:
    """Return every claim with its main verdict, and the counts of all verdicts."""
    rows = []
    for name, claim in known.items():
        first = headline(claim, decided)
        counts = tally(name, decided)
        rows.append(
            (
                name,
                claim.title,
                first.verdict if first else "not judged yet",
                _number(first.statistic if first else None),
                _interval(first),
                _number(first.threshold if first else None),
                *(
                    (first.board or "", first.snapshot or "", first.treatment or "", first.n)
                    if first
                    else ("",) * 4
                ),
                *(str(counts[word]) for word in VERDICTS),
            )
        )
    where = ("board", "snapshot", "treatment", "n")
    header = ("claim", "in short", "verdict", "number", "95% interval", "against", *where)
    return Sheet(
        facts=_MEANS,
        notes=(
            "the verdict shown is that on the board the claim was made about, or the most"
            " frequent one if it is about experiments; counts cover all boards, snapshots,"
            " treatments and experiments"
            " except mixed treatments, which decide nothing",
        ),
        sections=(
            Section(
                title="",
                header=(*header, *VERDICTS),
                numeric=(False, False, False, True, True, True, False, False, False, True)
                + (True,) * len(VERDICTS),
                rows=tuple(rows),
            ),
            Section(
                title="what is claimed",
                header=("claim", "sentence", "source"),
                numeric=(False,) * 3,
                rows=tuple((c.name, c.sentence, c.source) for c in known.values()),
                note="`rankcheck claims ID` shows the rule of a claim and every verdict on it.",
            ),
        ),
    )  # fmt: skip


def _verdict_sheet(
    claim: Asserted | None, shown: Sequence[Decided], *, hidden: str = "", dated: bool = False
) -> Sheet:
    """Return verdicts as a sheet.

    Args:
        claim: The one they are about; None where there are several.
        shown: The verdicts.
        hidden: What is not shown, in words.
        dated: Whether the table says when each was decided.
    """
    facts: list[tuple[str, str]] = []
    if claim is not None:
        facts += [("claim", claim.name), ("sentence", claim.sentence), ("source", claim.source)]
        facts += [("rule", claim.decision_rule), ("evidence", claim.evidence)]
    when, which = (("decided",) if dated else ()), (() if claim else ("claim",))
    header = (*when, *which, "board", "snapshot", "treatment", "n", "verdict", "number")
    header += ("95% interval", "against", "detail")
    rows = [
        (
            *((f"{d.decided_at:%Y-%m-%d %H:%M}",) if dated else ()),
            *(() if claim else (d.claim,)),
            *(d.board or "", d.snapshot or "", d.treatment or "", d.n, d.verdict),
            *(_number(d.statistic), _interval(d), _number(d.threshold), d.detail),
        )
        for d in shown
    ]
    right = {"n", "number", "95% interval", "against"}
    mixed = any(d.mixed for d in shown)
    return Sheet(
        facts=(*facts, *(_MEANS if any(d.board for d in shown) else ())),
        notes=("MIXED TREATMENTS are not the same for every row and mean: they decide nothing",)
        if mixed
        else (),
        sections=(
            Section("", header, tuple(name in right for name in header), tuple(rows), hidden),
        ),
    )


def headline(claim: Asserted, decided: Sequence[Decided]) -> Decided | None:
    """Return the verdict of a claim to show first; see `db.claims`."""
    own = [d for d in decided if d.claim == claim.name]
    if not own:
        return None
    at = claim.registered.home if claim.registered else None
    home = Home(at.board, at.snapshot, at.treatment) if at else None
    return own[first_of(own, home=home, mixed=is_mixed)]


def tally(name: str, decided: Sequence[Decided]) -> Counter[str]:
    """Return how often each verdict fell on a claim, mixed treatments apart."""
    return Counter(d.verdict for d in decided if d.claim == name and not d.mixed)


def telling(decided: Sequence[Decided]) -> list[Decided]:
    """Return the verdicts that say something: testable, and not those of a treatment twice.

    `+as-printed` is left out where it comes to the same as the treatment without it.
    """
    plain = {(d.claim, d.board, d.snapshot, d.treatment): d for d in decided}

    def repeats(d: Decided) -> bool:
        base = (d.treatment or "").removesuffix("+as-printed")
        other = plain.get((d.claim, d.board, d.snapshot, base))
        return (
            base != d.treatment
            and other is not None
            and (other.verdict, other.detail) == (d.verdict, d.detail)
        )

    return [d for d in decided if d.verdict != NOT_TESTABLE and not repeats(d)]


def _overview_records(
    known: Mapping[str, Asserted], decided: Sequence[Decided]
) -> list[dict[str, Any]]:
    """Return one flat record a claim."""
    records = []
    for name, claim in known.items():
        first = headline(claim, decided)
        counts = tally(name, decided)
        records.append(
            {
                "claim": name,
                "title": claim.title,
                "sentence": claim.sentence,
                "source": claim.source,
                "decision_rule": claim.decision_rule,
                **({} if first is None else first.record()),
                **{word.replace(" ", "_"): counts[word] for word in VERDICTS},
            }
        )
    return records


def _about(claim: Asserted, decided: Sequence[Decided]) -> dict[str, Any]:
    return {
        "claim": claim.name,
        "title": claim.title,
        "sentence": claim.sentence,
        "source": claim.source,
        "decision_rule": claim.decision_rule,
        "evidence": claim.evidence,
        "counts": dict(tally(claim.name, decided)),
    }


def _hidden(number: int) -> str:
    if not number:
        return ""
    more = "1 more verdict is" if number == 1 else f"{number} more verdicts are"
    return f"{more} not testable here, or the same with suspect cells counted: --all shows all"


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.4g}"


def _interval(decided: Decided | None) -> str:
    if decided is None or decided.ci_low is None:
        return ""
    return f"{_number(decided.ci_low)} … {_number(decided.ci_high)}"
