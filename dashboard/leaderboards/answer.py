"""Say in sentences what a board answers: who leads, how sure that is, and where humans stand."""

from __future__ import annotations

from dashboard.claims.reasons import translated
from dashboard.language import mark, nt, sentences, t
from dashboard.leaderboards.computed import Spread
from dashboard.leaderboards.rank_words import mean_words, span_of
from dashboard.leaderboards.tiers import Groups
from dashboard.leaderboards.view import View
from dashboard.safe_html import Html, name, sentence, tag, text
from evaluators.averaging import RankRow
from evaluators.averaging.common_tasks import complete_cells
from evaluators.averaging.ranking import is_suspect, is_undefined


def answer(view: View, sure: Spread | None, groups: Groups | None) -> Html:
    """Return the answer of a board as one paragraph.

    Args:
        view: Board, treatment and mean.
        sure: Rank intervals; None if nothing is ranked.
        groups: Tiers; None where nothing is ranked.
    """
    ranked = view.ranking.ranked
    if not ranked:
        return tag("p", t("No model is ranked: each lacks a task that counts."), css="rc-answer")
    said = (_certainty(view, sure), _groups(ranked, groups), _human(view, sure))
    return tag("p", _joined(_leader(view, ranked), *said), css="rc-answer")


def pending(view: View) -> Html:
    """Return what is known before any task is drawn anew."""
    leader = _leader(view, view.ranking.ranked)
    return tag("p", _joined(leader, t("How sure that is, is being computed …")), css="rc-answer")


def _joined(*said: str) -> Html:
    """Return sentences as HTML, one after another."""
    return Html(sentences(*map(text, said)))


def _leader(view: View, ranked: tuple[RankRow, ...]) -> Html:
    first = [row for row in ranked if row.rank == 1]
    leader, score = tag("strong", name(first[0].model)), view.score(first[0].score)
    if len(first) == 1:
        return sentence("{model} leads ({score}).", model=leader, score=score)
    others = nt("{count:,} other", "{count:,} others", len(first) - 1)
    return sentence(
        "{model} and {others} share the lead ({score}).", model=leader, others=others, score=score
    )


def _certainty(view: View, sure: Spread | None) -> str:
    if sure is None or sure.tasks < 2:
        return t("With one task nothing says how sure that is.")
    share = sure.first[view.ranking.ranked[0].position]
    times = "100" if share == 1 else f"{min(99, round(100 * share))}"
    return t(
        "It would still lead in {times} of 100 other draws of the {tasks} tasks.",
        times=times,
        tasks=sure.tasks,
    )


def _groups(ranked: tuple[RankRow, ...], groups: Groups | None) -> str:
    """Say which of the first models a board does not tell apart."""
    if groups is None or not groups.tiers or len(ranked) < 2:
        return ""
    tiers = [groups.tiers.get(row.position) for row in ranked]
    size, among = tiers.count(1), len(groups.tiers)
    some = among < len(ranked)
    if size == among:
        if some:
            return t("None of the first {among} can be told apart from it.", among=among)
        return t("None of the others can be told apart from it.")
    if size > 1:
        last = _last_of_run(tiers, 1)
        if last == size:
            return t("Ranks 1 to {last} cannot be told apart.", last=size)
        if some:
            return t(
                "With all pairs compared at once, {count} of the first {among} cannot be told"
                " apart from it.",
                count=size - 1,
                among=among,
            )
        return t(
            "With all pairs compared at once, {count} of the others cannot be told apart from it.",
            count=size - 1,
        )
    second = tiers.count(2)
    if second > 1 and _last_of_run(tiers[1:], 2) == second:
        return t("It stands apart; ranks 2 to {last} cannot be told apart.", last=second + 1)
    return t("It stands apart from all others.")


def _last_of_run(tiers: list[int | None], tier: int) -> int:
    """Return how many of the first rows are of a tier, up to the first that is not."""
    return next((i for i, found in enumerate(tiers) if found != tier), len(tiers))


def _human(view: View, sure: Spread | None) -> str:
    human = next((row for row in view.ranking.ranked if row.is_human), view.human)
    if human is None:
        return ""
    if human.rank is None:
        return t("The human row is not ranked: {why}.", why=translated(human.left_out))
    above = sum(1 for row in view.ranking.ranked if row.rank is not None and row.rank < human.rank)
    stands = (
        nt(
            "{count:,} model is above the human row",
            "{count:,} models are above the human row",
            above,
        )
        if above
        else t("No model is above the human row")
    )
    if sure is None or sure.tasks < 2:
        return t("{stands} (rank {rank}).", stands=stands, rank=human.rank)
    return t(
        "{stands} (rank {rank}, 95% interval {interval}).",
        stands=stands,
        rank=human.rank,
        interval=span_of(sure.ranks[human.position]),
    )


def size_of(view: View, tasks: int, models: int) -> str:
    """Return one line: snapshot, how many models are ranked, and over how many of the tasks.

    Args:
        view: Board, treatment and mean.
        tasks: How many tasks the whole board has.
        models: How many models it has.
    """
    counting = len(complete_cells(view.board)[0])
    ranked = len(view.ranking.ranked)
    lacking = view.ranking.left_out
    parts = [
        t("{ranked:,} of {models:,} models ranked", ranked=ranked, models=models)
        if ranked < models
        else t("{models:,} models", models=models),
        t("{counting} of {tasks} tasks", counting=counting, tasks=tasks)
        if counting < tasks
        else nt("{count:,} task", "{count:,} tasks", tasks),
        mean_words(view.ranking.mean),
    ]
    if lacking:
        parts.insert(1, _why_left_out([row.left_out for row in lacking], view.p))
    if view.treatment.name.partition(" (")[0] != "per-task":
        parts.append(view.treatment.name.partition(" (")[0])
    return " · ".join(parts)


def _why_left_out(reasons: list[str | None], p: float) -> str:
    """Return how many models have no rank, and for what most of them have none."""
    undefined = sum(map(is_undefined, reasons))
    suspect = sum(map(is_suspect, reasons))
    of_zeros = mark("{count:,} left out, mostly for a score of 0 or less")
    of_signs = mark("{count:,} left out, mostly for a score below 0")
    counts = {
        mark("{count:,} left out, mostly for gaps"): len(reasons) - undefined - suspect,
        mark("{count:,} left out, mostly for doubtful scores"): suspect,
        of_zeros if p <= 0 else of_signs: undefined,
    }
    return t(max(counts, key=lambda said: counts[said]), count=len(reasons))
