"""The report of a plan run: what ran, what came out, what failed and why, and what it judged."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from dashboard import formatting
from dashboard.claims import words
from dashboard.language import mark, nt, sentences, t
from dashboard.queries import claims as claim_queries
from dashboard.queries import overview
from dashboard.queries import plan_run as queries
from dashboard.queries.frame import records
from dashboard.safe_html import Html, tag
from dashboard.shared.plan_run_data import (
    data_of,
    digests_of,
    numbers_in_words,
    subject_of,
    told_apart,
)
from dashboard.shared.plan_run_picture import OUTCOMES, came_out, picture
from dashboard.shared.report import Badge, Report
from dashboard.shared.tables import table
from dashboard.verdicts import headlines
from db.errors import StoreError

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

_MOST_JOBS, _MOST_FAILED, _MOST_MOVED = 200, 50, 60


class Ran(NamedTuple):
    """What the store knows of a plan run.

    Attributes:
        night: Its row of `overview.night`.
        jobs: Its runs, finished or failed.
        numbers: Every number that they gave.
        heads: The verdict shown first of each claim that it judged.
        moved: Numbers that differ from the measurement before.
        systems: The environments in which it measured.
        rules: The newest rule of each claim: `claim_id` and `decision_rule`.
    """

    night: Any
    jobs: pd.DataFrame
    numbers: pd.DataFrame
    heads: pd.DataFrame
    moved: pd.DataFrame
    systems: pd.DataFrame
    rules: pd.DataFrame

    @property
    def plan(self) -> str:
        """The name of its plan."""
        return str(self.night.plan) if isinstance(self.night.plan, str) else t("unknown")


def plan_run_report(connection: Connection, night_id: str) -> Report:
    """Return the report of a plan run.

    Raises:
        StoreError: The store has no such plan run.
    """
    ran = _read(connection, night_id)
    said = _answer(ran)
    when = formatting.moment(ran.night.started_at)
    title = t("Plan {plan}, {when}", plan=ran.plan, when=when)
    body = [
        tag("h1", title, css="rc-title"),
        tag("p", said, css="rc-answer"),
        *_failures(ran),
        *_claims(ran),
        *_results(ran),
        *_moved(ran),
        *_how(ran),
    ]
    return Report(
        kind="plan run",
        name=night_id,
        title=title,
        answer=said,
        body=Html("\n".join(body)),
        rows=data_of(ran.jobs, ran.numbers),
        digests=digests_of(ran.jobs, ran.systems, ran.rules),
        badge=_badge(ran),
        picture=picture(ran.night, ran.plan, ran.jobs, ran.heads, said),
    )


def _read(connection: Connection, night_id: str) -> Ran:
    found = overview.night(connection, night_id)
    if found.empty:
        raise StoreError(f"the store has no plan run {night_id}: the page Nights lists them")
    judged = queries.judged(connection, night_id)
    known = claim_queries.known(connection)
    return Ran(
        night=next(records(found)),
        jobs=queries.jobs(connection, night_id),
        numbers=queries.numbers(connection, night_id),
        heads=headlines(judged) if len(judged) else judged,
        moved=queries.moved(connection, night_id),
        systems=queries.systems(connection, night_id),
        rules=known[known.claim.isin(set(judged.claim))],
    )


def _answer(ran: Ran) -> str:
    night = ran.night
    parts = [
        nt("{count:,} job done", "{count:,} jobs done", int(night.finished)),
        t("{count} failed", count=night.failed),
    ]
    if night.restored:
        parts.append(t("{count} recovered from a run that died", count=night.restored))
    if not formatting.is_missing(night.kept) and night.kept:
        parts.append(t("{count:.0f} skipped because they have a result already", count=night.kept))
    work = t(
        "{jobs}; {time} of work.", jobs=t(", ").join(parts), time=formatting.duration(night.seconds)
    )
    judged = moved = died = ""
    if len(ran.heads):
        judged = nt(
            "{count:,} claim judged: {tally}.",
            "{count:,} claims judged: {tally}.",
            len(ran.heads),
            tally=tally(ran.heads),
        )
    if len(ran.moved):
        moved = nt("{count:,} score moved.", "{count:,} scores moved.", len(ran.moved))
    if not night.reported:
        died = t("The store has no report of its end: it was killed, or is still running.")
    return sentences(work, judged, moved, died)


def tally(heads: pd.DataFrame) -> str:
    """Return how many claims came out in each way, such as `3 held, 1 refuted`."""
    counts = Counter(came_out(verdict) for verdict in _ordered(heads).verdict)
    return t(", ").join(f"{count} {t(said)}" for said, count in counts.items())


def _ordered(heads: pd.DataFrame) -> pd.DataFrame:
    places = [OUTCOMES.index(came_out(verdict)) for verdict in heads.verdict]
    return heads.assign(place=places).sort_values(["place", "claim"], kind="stable")


def _failures(ran: Ran) -> list[Html]:
    failed = ran.jobs[ran.jobs.status == "failed"]
    if failed.empty:
        return []
    parts = [tag("h2", t("What failed, and why"))]
    for row in records(failed.head(_MOST_FAILED)):
        reason = f" {row.error_type}: {row.error_text}"
        parts.append(tag("p", tag("strong", subject_of(row)), reason, css="rc-words"))
    if len(failed) > _MOST_FAILED:
        parts.append(_first(_MOST_FAILED, len(failed)))
    return parts


def _first(most: int, count: int) -> Html:
    return tag("p", t("The first {most} of {count:,}; the data have all.", most=most, count=count))


def _claims(ran: Ran) -> list[Html]:
    if ran.heads.empty:
        return []
    rule_of = dict(zip(ran.rules.claim, ran.rules.decision_rule, strict=True))
    heads = _ordered(ran.heads)
    told = heads[heads.verdict != "not testable here"]
    rows = [
        {
            "claim": words.sentence_of(row),
            "verdict": words.said(row),
            "data": t(words.data(row)) if words.data(row) else "–",
            "why": words.reason(row, rule_of.get(row.claim)),
        }
        for row in records(told)
    ]
    parts = [tag("h2", t("Claims that it judged"))]
    if rows:
        parts.append(table(pd.DataFrame(rows), heads={"claim": t("claim")}))
    silent = len(heads) - len(told)
    if silent:
        said = nt(
            "{count:,} claim is not testable with what is in the store.",
            "{count:,} claims are not testable with what is in the store.",
            silent,
        )
        parts.append(tag("p", said, css="rc-words"))
    return parts


def _results(ran: Ran) -> list[Html]:
    parts = [tag("h2", t("What ran"))]
    if ran.jobs.empty:
        return [*parts, tag("p", t("Nothing: every job had a result already."))]
    shown = ran.jobs.head(_MOST_JOBS)
    frame = pd.DataFrame(
        {
            "evaluator": shown.evaluator,
            "task": shown.task,
            "model": shown.checkpoint.replace("", "–"),
            "what": told_apart(ran.jobs)[: len(shown)],
            "seed": shown.seed.astype("Int64"),
            "came out": numbers_in_words(shown, ran.numbers),
            "time, s": shown.seconds,
        }
    )
    digits = {"time, s": 1}
    heads = {
        "what": t("what differs"),
        "model": t("checkpoint"),
        "came out": t("came out"),
        "time, s": t("time, s"),
    }
    parts.append(table(frame, digits, heads, list(shown.status == "failed")))
    if len(shown) < len(ran.jobs):
        parts.append(_first(_MOST_JOBS, len(ran.jobs)))
    return parts


def _moved(ran: Ran) -> list[Html]:
    if ran.moved.empty:
        return []
    rows = ran.moved.head(_MOST_MOVED)
    by = rows.metric.map(formatting.times)
    frame = pd.DataFrame(
        {
            "task": rows.task,
            "model": rows.checkpoint,
            "metric": rows.metric,
            "before": [formatting.figure(x) for x in rows.before * by],
            "now": [formatting.figure(x) for x in rows.value * by],
            "outside": rows.beyond.map({True: t("yes"), False: t("no")}),
            "why": rows.changed.replace("", t("no known cause")),
        }
    )
    heads = {
        "model": t("checkpoint"),
        "why": t("what changed"),
        "outside": t("outside its old interval"),
    }
    return [tag("h2", t("Scores that moved")), table(frame, heads=heads)]


def _how(ran: Ran) -> list[Html]:
    night = ran.night
    facts = [
        (t("plan"), ran.plan),
        (t("plan run"), night.night_id),
        (t("began"), formatting.moment(night.started_at)),
        (t("ended"), formatting.moment(night.finished_at) if night.reported else "–"),
    ]
    commits = ran.jobs[["code_commit", "code_dirty"]].drop_duplicates()
    for row in records(commits.sort_values("code_commit", na_position="last")):
        commit = t("unknown") if formatting.is_missing(row.code_commit) else row.code_commit
        if row.code_dirty is True:
            commit = t("{commit} with uncommitted changes", commit=commit)
        facts.append((t("code that measured"), commit))
    for row in records(ran.systems):
        for label in (mark("machine"), mark("accelerators"), mark("libraries")):
            known = formatting.plain_json(getattr(row, label))
            if known:
                facts.append(
                    (t(label), ", ".join(f"{name} {known[name]}" for name in sorted(known)))
                )
    rows = [tag("tr", tag("th", label), tag("td", value)) for label, value in facts]
    return [
        tag("h2", t("How it ran")),
        tag("table", *rows, css="rc-facts"),
        *_again(ran.night.plan),
    ]


_CUT = " (cut)"
"""Ends the name of a plan that `rankcheck run --only` cut to a part."""


def _again(plan: object) -> list[Html]:
    if not isinstance(plan, str):
        return []
    said = (
        t(
            "To measure all of it again, with the plan's file if it is your own and the same"
            " --only, as it was cut to a part of the plan:"
        )
        if plan.endswith(_CUT)
        else t("To measure all of it again, with the plan's file if it is your own:")
    )
    command = f"rankcheck run {shlex.quote(plan.removesuffix(_CUT))} --rerun always"
    return [tag("p", said, css="rc-words"), tag("pre", tag("code", command))]


def _badge(ran: Ran) -> Badge:
    night = ran.night
    kind = "bad" if night.failed else "good" if night.reported else "open"
    value = t("{done} done, {failed} failed", done=night.finished, failed=night.failed)
    return Badge(f"{ran.plan} {night.started_at:%Y-%m-%d}", value, kind)
