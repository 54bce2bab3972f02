"""Write out claims and their verdicts in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from db.claims import headline as first_of
from evaluators.articles import Article
from evaluators.averaging import MEANS
from evaluators.claims import OPEN, VERDICTS
from evaluators.claims.judging import rules
from flows.judging.verdicts import Asserted, Decided
from flows.reports.sheet import Section, Sheet, write

_MEANS = (
    ("mean", ", ".join(MEANS)),
    ("p", ", ".join(f"{p:g}" for p in MEANS.values())),
)
NOT_TESTABLE = VERDICTS[-1]


def format_overview(
    known: Mapping[str, Asserted],
    decided: Sequence[Decided],
    form: str = "table",
    article: Article | None = None,
) -> str:
    """Return every claim with its verdict, as text in one of `FORMATS`.

    Args:
        known: The claims, by id.
        decided: Their verdicts.
        form: The format.
        article: The one that makes the claims; None where there are several.
    """
    records = _overview_records(known, decided)
    sheet = overview_sheet(known, decided, article)
    document: dict[str, Any] = {"claims": records}
    if article:
        facts = {"number": article.number, "title_zh": article.title_zh}
        facts |= {"title_en": article.title_en, "url": article.url}
        document = {"article": {**facts, "published_on": str(article.published_on)}, **document}
    return write(sheet, form, records=records, document=document)


def format_power(decided: Sequence[Decided], form: str = "table") -> str:
    """Return the open verdicts with what would settle them, as text in one of `FORMATS`."""
    unsettled = [d for d in decided if not d.combined and (d.settles or d.cut)]
    records = [d.record() for d in unsettled]
    return write(_power_sheet(unsettled), form, records=records, document={"open": records})


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


def overview_sheet(
    known: Mapping[str, Asserted], decided: Sequence[Decided], article: Article | None = None
) -> Sheet:
    """Return every claim with its verdict over all settings, its level and what it rests on."""
    rows = []
    for name, claim in known.items():
        first = headline(claim, decided)
        counts = tally(name, decided)
        rows.append(
            (
                name,
                claim.title,
                word(first) if first else "not judged yet",
                (first.level or "") if first else "",
                _number(first.statistic if first else None),
                _interval(first),
                _number(first.threshold if first else None),
                first.rests_on if first else "",
                ", ".join(f"{n} {each}" for each, n in counts.items()),
            )
        )
    header = ("claim", "in short", "verdict", "level", "number", "95% interval", "against")
    return Sheet(
        facts=(*about_article(article), *_MEANS),
        notes=(
            "the verdict is that on the board or in the setting the claim was made about, or else"
            " what all its settings come to; smoke runs and mixed treatments decide nothing;"
            " level: identity (a theorem, checked numerically), made-up (a synthetic world), small"
            " (real data, small model), published (the source's own setting)",
            expected_wrong(decided),
        ),
        sections=(
            Section(
                title="",
                header=(*header, "rests on", "in all settings"),
                numeric=(False, False, False, False, True, True, True, False, False),
                rows=tuple(rows),
            ),
            Section(
                title="what is claimed",
                header=("claim", "sentence", "source"),
                numeric=(False,) * 3,
                rows=tuple((c.name, c.sentence, c.source) for c in known.values()),
                note="`rankcheck claims ID` shows the rule of a claim and every verdict on it;"
                " `rankcheck claims --power` what would settle the open ones.",
            ),
        ),
    )


def about_article(article: Article | None) -> tuple[tuple[str, str], ...]:
    """Return titles, date and address of an article as facts of a sheet; none without one."""
    if article is None:
        return ()
    title = f"{article.number} {article.title_zh} ({article.title_en})"
    return ("article", title), ("published", f"{article.published_on}, {article.url}")


def _power_sheet(unsettled: Sequence[Decided]) -> Sheet:
    """Return what each open verdict could have seen, and what would settle it, as a sheet."""
    rows = [
        (
            d.claim,
            d.where,
            word(d),
            _number(d.statistic),
            _interval(d),
            _number(d.threshold),
            _number(d.smallest_detectable),
            d.rests_on,
            d.settles or f"a whole run: {d.cut}",
        )
        for d in unsettled
    ]
    header = ("claim", "setting", "verdict", "number", "95% interval", "against")
    return Sheet(
        facts=(),
        notes=(
            "smallest detectable: the smallest true number that would have come out as `holds` in"
            " 80% of such experiments; settles: how much would find what was published (or twice"
            " the margin) in 80%",
        ),
        sections=(
            Section(
                title="open verdicts",
                header=(*header, "smallest detectable", "rests on", "settles"),
                numeric=(False, False, False, True, True, True, True, False, False),
                rows=tuple(rows),
                note="`rankcheck claims plan ID --to FILE` writes a plan that would settle it.",
            ),
        ),
    )


def word(decided: Decided) -> str:
    """Return a verdict with what must be said beside it."""
    marks = [
        mark
        for mark, applies in (
            ("smoke run", bool(decided.cut)),
            ("as printed, not sure", not decided.sure),
            ("exploratory", decided.exploratory),
            ("evidence older than the rule", decided.precedes_rule and not decided.cut),
        )
        if applies
    ]
    return f"{decided.verdict} ({', '.join(marks)})" if marks else decided.verdict


def expected_wrong(decided: Sequence[Decided]) -> str:
    """Return in words how many of the claims' decided verdicts are expected to be wrong."""
    return rules.expected_wrong(
        [
            d.q_value
            for d in decided
            if d.combined and d.q_value is not None and d.verdict not in OPEN
        ]
    )


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
        facts += [("misprint", claim.misprint)] if claim.misprint else []
    when, which = (("decided",) if dated else ()), (() if claim else ("claim",))
    header = (*when, *which, "where", "n", "level", "verdict", "number")
    header += ("95% interval", "against", "rests on", "detail")
    rows = [
        (
            *((f"{d.decided_at:%Y-%m-%d %H:%M}",) if dated else ()),
            *(() if claim else (d.claim,)),
            *(d.where, d.n, d.level or "", word(d)),
            *(_number(d.statistic), _interval(d), _number(d.threshold), d.rests_on, d.detail),
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
    """Return a claim's own verdict, over all its settings; see `db.claims`."""
    own = [d for d in decided if d.claim == claim.name]
    return own[first_of(own)] if own else None


def tally(name: str, decided: Sequence[Decided]) -> Counter[str]:
    """Return how often each verdict fell on a claim, without those that have no vote."""
    return Counter(
        d.verdict for d in decided if d.claim == name and not (d.combined or d.mixed or d.cut)
    )


def telling(decided: Sequence[Decided]) -> list[Decided]:
    """Return the verdicts that say something: testable, and not those of a treatment twice.

    `+as-printed` is left out where it comes to the same as the treatment without it.
    """
    plain = {(d.claim, d.board, d.snapshot, d.treatment): d for d in decided if not d.combined}

    def repeats(d: Decided) -> bool:
        base = (d.treatment or "").removesuffix("+as-printed")
        other = plain.get((d.claim, d.board, d.snapshot, base))
        return (
            base != d.treatment
            and other is not None
            and (other.verdict, other.detail) == (d.verdict, d.detail)
        )

    return [d for d in decided if (d.verdict != NOT_TESTABLE or d.cut) and not repeats(d)]


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
                "article": claim.article.number if claim.article else None,
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
