"""Write a report for each article whose claims are judged, and the list of all articles.

A report is Markdown for the manual and comes from the store alone: the same store and commit give
the same text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from db.table_text import markdown_table, markdown_text
from evaluators.articles import ARTICLES, Article
from evaluators.claims import VERDICTS
from evaluators.described import evaluators_of
from flows.judging.verdicts import Asserted, Decided, asserted, verdicts
from flows.reports.claims import headline, telling, word
from flows.reports.measured import MOST, done, measured, more, plans_with

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.store import Store

INDEX = "index.md"

_SCOPES = {
    "universal": "It speaks of everything: one honest counterexample refutes it.",
    "setting": "It speaks of the setting of its source.",
    "existential": "It speaks of a case: one example shows it.",
}
_NUMBERS = ("number", "95% interval", "against")


def write_reports(store: Store, folder: Path, commit: str) -> list[Path]:
    """Write the report of every article with a verdict, and the list of all articles.

    Args:
        store: Its claims should be judged already.
        folder: Made where it is missing. Reports in it on articles without a verdict are
            removed; files of other names stay as they are.
        commit: Of the code that writes.

    Returns:
        The files, in order of the articles, the list last.
    """
    known, decided = asserted(store), verdicts(store)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with store.read() as connection:
        for article in ARTICLES:
            text = article_report(connection, article, known, decided, commit)
            if text:
                written.append(folder / file_name(article))
                written[-1].write_text(text, encoding="utf-8")
    names = {path.name for path in written}
    for article in ARTICLES:
        if file_name(article) not in names:
            (folder / file_name(article)).unlink(missing_ok=True)
    listed = folder / INDEX
    listed.write_text(article_list(known, decided, commit, names), encoding="utf-8")
    return [*written, listed]


def file_name(article: Article) -> str:
    """Return the name of an article's report: `8802-kgclue-trie.md`."""
    return f"{article.number}-{article.name}.md"


def article_report(
    connection: Connection,
    article: Article,
    known: Mapping[str, Asserted],
    decided: Sequence[Decided],
    commit: str,
) -> str:
    """Return the report of one article; empty where none of its claims has a verdict.

    Args:
        connection: To the store.
        article: The article.
        known: Every claim, by id.
        decided: The verdicts that stand.
        commit: Of the code that writes; that of the newest run stands in its place.
    """
    own = _claims(article, known)
    judged = [d for d in decided if d.claim in {claim.name for claim in own}]
    if not judged:
        return ""
    experiments = [measured(connection, name) for name in _evaluators(own)]
    experiments = [each for each in experiments if each.runs]
    newest = [run for each in experiments for run in each.runs if run["code_commit"]]
    if newest:
        commit = max(newest, key=lambda run: str(run["finished_at"]))["code_commit"]
    blocks = [
        f"# {article.title_en}",
        f"Judged {max(d.decided_at for d in judged):%Y-%m-%d}, commit `{commit[:7]}`. The article"
        f" is {markdown_text(article.title_zh)}, [kexue.fm/archives/{article.number}]"
        f"({article.url}), {article.published_on}; we translate its title. Written from a store"
        " by `rankcheck claims report`.",
        "## Question",
        "\n".join(f"- {markdown_text(claim.sentence)}" for claim in own),
        "## What was done",
        *(block for each in experiments for block in done(each)),
    ]
    if not experiments:
        blocks.append("The claims are judged on published leaderboards; nothing was measured here.")
    blocks += ["## Result", _summary(own, decided)]
    blocks += [block for claim in own for block in _result(claim, decided)]
    blocks += ["## What the article printed wrong", _misprints(own)]
    blocks += ["## How to run it", _commands(article, [each.name for each in experiments])]
    return "\n\n".join(blocks) + "\n"


def article_list(
    known: Mapping[str, Asserted], decided: Sequence[Decided], commit: str, reports: set[str]
) -> str:
    """Return the list of all articles with their claims, levels, verdicts and reports.

    Args:
        known: Every claim, by id.
        decided: The verdicts that stand.
        commit: Of the code that writes.
        reports: File names of the reports that exist.
    """
    about = [d for d in decided if d.claim in known and known[d.claim].article]
    dates = [f"{d.decided_at:%Y-%m-%d}" for d in about]
    when = f"Judged {max(dates)}" if dates else "Nothing is judged yet; written"
    rows, lines = [], []
    for article in ARTICLES:
        own = _claims(article, known)
        heads = [headline(claim, decided) for claim in own]
        name = file_name(article)
        title = f"{markdown_text(article.title_zh)}: {article.title_en}"
        rows.append(
            (
                f"[{article.number}]({article.url})",
                f"{article.published_on}",
                f"[{title}]({name})" if name in reports else title,
                str(len(own)) if own else "none yet",
                _tally(head.verdict if head else "not judged yet" for head in heads),
                ", ".join(dict.fromkeys(head.level for head in heads if head and head.level)),
            )
        )
        lines += [
            (str(article.number), claim.name, claim.title, *_verdict(head))
            for claim, head in zip(own, heads, strict=True)
        ]
    header = ("article", "date", "title", "claims", "verdicts", "levels")
    claims = ("article", "claim", "in short", "verdict", "level", *_NUMBERS)
    commits = f"commit `{commit[:7]}`"
    return (
        "\n\n".join(
            [
                "# Articles",
                f"{when}{', ' if dates else ' at '}{commits}. The {len(ARTICLES)} articles of"
                " kexue.fm that claims come from, with the verdicts on their claims over all"
                " settings; a title with a link has a report. [Verdicts and levels](../../guides/"
                "claims.md). Written from a store by `rankcheck claims report`.",
                "\n".join(_raw_table(header, rows)),
                "## Every claim",
                "\n".join(markdown_table(claims, (False,) * 5 + (True,) * 3, lines)),
            ]
        )
        + "\n"
    )


def _claims(article: Article, known: Mapping[str, Asserted]) -> list[Asserted]:
    return [claim for _, claim in sorted(known.items()) if claim.article == article]


def _evaluators(own: Iterable[Asserted]) -> list[str]:
    names = {e for c in own if c.registered for e in evaluators_of(c.registered)}
    return sorted(names)


def _summary(own: Sequence[Asserted], decided: Sequence[Decided]) -> str:
    header = ("claim", "verdict", "level", *_NUMBERS, "rests on")
    rows = []
    for claim in own:
        head = headline(claim, decided)
        rows.append((claim.title, *_verdict(head), head.rests_on if head else ""))
    right = (False, False, False, True, True, True, False)
    return "\n".join(markdown_table(header, right, rows))


def _result(claim: Asserted, decided: Sequence[Decided]) -> Iterator[str]:
    """Yield the rule of a claim, its scope, and the verdict in each setting."""
    yield f"### {claim.name}"
    head = headline(claim, decided)
    if head is None:
        yield f"Not judged yet. {markdown_text(claim.sentence)}"
        return
    yield f"**{word(head)[0].upper()}{word(head)[1:]}.** {markdown_text(head.detail)}"
    scope, level = _SCOPES.get(head.scope or "", ""), ""
    if claim.registered:
        scope = _SCOPES[claim.registered.scope]
        level = f" Evidence from level *{claim.registered.level}* on settles it."
    yield f"Scope: {scope}{level}" if scope else level.strip()
    yield f"Rule: {markdown_text(claim.decision_rule)}"
    yield f"Source: {markdown_text(claim.source)}."
    # A board is judged under every treatment: one of them is enough here.
    treatment = head.treatment or "per-task"
    settings = [
        d
        for d in telling(decided)
        if d.claim == claim.name and not d.combined and d.treatment in (None, treatment)
    ]
    settings.sort(key=lambda d: (d.where, d.decided_at))
    if settings:
        header = ("setting", "verdict", "level", *_NUMBERS, "detail")
        rows = [(d.where, *_verdict(d), d.detail) for d in settings[:MOST]]
        right = (False, False, False, True, True, True, False)
        yield "\n".join(markdown_table(header, right, rows))
    yield from more(len(settings))


def _verdict(decided: Decided | None) -> tuple[str, ...]:
    """Return verdict, level, number, interval and threshold as cells."""
    if decided is None:
        return ("not judged yet", "", "", "", "")
    number, low, high, against = (
        "" if value is None else f"{value:.4g}"
        for value in (decided.statistic, decided.ci_low, decided.ci_high, decided.threshold)
    )
    between = f"{low} … {high}" if low and high else ""
    return (word(decided), decided.level or "", number, between, against)


def _misprints(own: Iterable[Asserted]) -> str:
    lines = [f"- {claim.name}: {markdown_text(claim.misprint)}" for claim in own if claim.misprint]
    return "\n".join(lines) or "Nothing that we know of."


def _commands(article: Article, evaluators: Sequence[str]) -> str:
    lines = [f"rankcheck run {name}" for name in plans_with(evaluators)]
    lines += [f"rankcheck claims --article {article.number}"]
    return "\n".join(["```sh", *lines, "```"])


def _tally(found: Iterable[str]) -> str:
    counts = Counter(found)
    order = [*VERDICTS, *(each for each in counts if each not in VERDICTS)]
    return ", ".join(f"{counts[each]} {each}" for each in order if counts[each])


def _raw_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table whose cells are Markdown already."""
    lines = [header, ("---",) * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
