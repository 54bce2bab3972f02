"""Say in sentences what a board answers: who leads, how sure that is, and where humans stand."""

from __future__ import annotations

from dashboard import formatting
from dashboard.leaderboards.computed import Groups, Spread
from dashboard.leaderboards.rank_words import span_of
from dashboard.leaderboards.view import View
from dashboard.safe_html import Html, name, tag, text
from evaluators.averaging import RankRow
from evaluators.averaging.common_tasks import complete_cells


def answer(view: View, sure: Spread | None, groups: Groups | None) -> Html:
    """Return the answer of a board as one paragraph.

    Args:
        view: Board, treatment and mean.
        sure: Rank intervals; None if nothing is ranked.
        groups: Tiers; None where they are unknown.
    """
    ranked = view.ranking.ranked
    if not ranked:
        return tag("p", "No model is ranked: each lacks a task that counts.", css="rc-answer")
    parts = [*_leader(view, ranked), text(_certainty(view, sure)), text(_groups(ranked, groups))]
    human = _human(view, sure)
    return tag("p", *parts, text(human), css="rc-answer")


def _leader(view: View, ranked: tuple[RankRow, ...]) -> list[Html]:
    first = [row for row in ranked if row.rank == 1]
    score = view.score(first[0].score)
    if len(first) == 1:
        return [tag("strong", name(first[0].model)), text(f" leads ({score}).")]
    return [
        tag("strong", name(first[0].model)),
        text(f" and {formatting.counted(len(first) - 1, 'other')} share the lead ({score})."),
    ]


def _certainty(view: View, sure: Spread | None) -> str:
    if sure is None or sure.tasks < 2:
        return " With one task nothing says how sure that is."
    share = sure.first[view.ranking.ranked[0].position]
    times = "100" if share == 1 else f"{min(99, round(100 * share))}"
    return f" It would still lead in {times} of 100 other draws of the {sure.tasks} tasks."


def _groups(ranked: tuple[RankRow, ...], groups: Groups | None) -> str:
    """Say which of the first models a board does not tell apart."""
    if groups is None or len(ranked) < 2:
        return ""
    tiers = [groups.tiers.get(row.position) for row in ranked]
    size = tiers.count(1)
    among = f" of the first {len(groups.tiers)}" if len(groups.tiers) < len(ranked) else ""
    if size == len(groups.tiers):
        return f" None{among or ' of the others'} can be told apart from it."
    if size > 1:
        last = _last_of_run(tiers, 1)
        if last == size:
            return f" Ranks 1 to {size} cannot be told apart."
        return f" {size - 1}{among or ' of the others'} cannot be told apart from it."
    second = tiers.count(2)
    if second > 1 and _last_of_run(tiers[1:], 2) == second:
        return f" It stands apart; ranks 2 to {second + 1} cannot be told apart."
    return " It stands apart from all others."


def _last_of_run(tiers: list[int | None], tier: int) -> int:
    """Return how many of the first rows are of a tier, up to the first that is not."""
    return next((i for i, found in enumerate(tiers) if found != tier), len(tiers))


def _human(view: View, sure: Spread | None) -> str:
    human = next((row for row in view.ranking.ranked if row.is_human), view.human)
    if human is None:
        return ""
    if human.rank is None:
        return f" The human row is not ranked: {human.left_out}."
    above = sum(1 for row in view.ranking.ranked if row.rank is not None and row.rank < human.rank)
    stands = (
        "No model is above the human row"
        if not above
        else f"{formatting.counted(above, 'model')} {'is' if above == 1 else 'are'} above the human"
        " row"
    )
    if sure is None or sure.tasks < 2:
        return f" {stands} (rank {human.rank})."
    return f" {stands} (rank {human.rank}, 95% interval {span_of(sure.ranks[human.position])})."


def size_of(view: View, tasks: int, models: int) -> str:
    """Return one line: snapshot, how many models are ranked, and over how many of the tasks.

    Args:
        view: Board, treatment and mean.
        tasks: How many tasks the whole board has.
        models: How many models it has.
    """
    counting = len(complete_cells(view.board)[0])
    ranked = len(view.ranking.ranked)
    lacking = len(view.ranking.rows) - ranked
    parts = [
        f"{ranked:,} of {models:,} models ranked" if ranked < models else f"{models:,} models",
        f"{counting} of {tasks} tasks" if counting < tasks else formatting.counted(tasks, "task"),
        f"{view.ranking.mean} mean".replace("-", "\N{MINUS SIGN}"),
    ]
    if lacking:
        parts.insert(1, f"{lacking:,} left out, mostly for gaps")
    if view.treatment.name.partition(" (")[0] != "per-task":
        parts.append(view.treatment.name.partition(" (")[0])
    return " · ".join(parts)
