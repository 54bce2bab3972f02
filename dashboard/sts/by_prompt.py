"""The tab "Prompts": how much a score hangs on what stands before the sentences."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.charts.drawing import FOUND, HUMAN, STEADY, draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.prompts import prompt_spread
from dashboard.compared.by_example import by_example
from dashboard.folded import folded
from dashboard.language import mark, nt, sentences, t
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sts.all_tasks import distinct_names
from dashboard.sts.choice import choose_setting, selected
from dashboard.sts.every_score import interval_texts
from dashboard.sts.nothing import nothing
from dashboard.sts.prompt_names import NO_PROMPT, Prompts

BLOCKS = 12
"""Most checkpoints to draw; the table has the others."""

DECLARED, ANOTHER = mark("declared by the checkpoint"), mark("another prompt")
_KINDS = {
    DECLARED: Mark(FOUND, "circle"),
    NO_PROMPT: Mark(STEADY, "diamond"),
    ANOTHER: Mark(HUMAN, "square"),
}


def by_prompt(scores: pd.DataFrame, prompts: Prompts) -> None:
    """Show the best prompt, the worst and none of each checkpoint, and all prompts of one."""
    spreads = read(sts.spreads)
    if spreads.empty:
        nothing(
            t("No checkpoint was scored with more than one prompt yet. This plan scores three:"),
            "prompt: [declared, none, 'query: ']",
        )
        return
    of_task = choose_setting(spreads, task=True).sort_values("spread", ascending=False)
    named = dict(zip(scores.checkpoint_digest, distinct_names(scores), strict=True))
    of_task = of_task.assign(checkpoint=of_task.checkpoint_digest.map(named))
    here = _same_setting(scores, of_task.iloc[0])
    here = here.assign(checkpoint=here.checkpoint_digest.map(named))
    _summary(of_task)
    blocks = of_task.drop_duplicates("checkpoint_digest").head(BLOCKS)
    draw(
        prompt_spread(spread_points(blocks, here, prompts)),
        alternative=t("Spearman of each checkpoint with its best prompt, its worst and none"),
    )
    more = of_task.checkpoint_digest.nunique() - len(blocks)
    about = t(
        "Bars are 95% intervals of each score alone. All prompts are scored on the same pairs,"
        " so a difference is surer than two bars that overlap suggest: see the paired intervals"
        " below. The best of several prompts was chosen on these very pairs; on new ones it"
        " gains less."
    )
    left = t("{count} more are in the table, where the prompt matters less.", count=more)
    st.caption(sentences(about, left if more > 0 else ""))
    _table(of_task, prompts)
    open_as_sql(sql_of(sts.spreads))
    download(spreads, "sts-prompts")
    _one_checkpoint(here, of_task, prompts)
    folded(t("The prompts in full"), lambda: _whole(here, prompts), key="whole-prompts")


def _same_setting(scores: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    is_same = scores.max_length.fillna(0) == (
        0 if formatting.is_missing(row.max_length) else row.max_length
    )
    for column in ("task", "pooling", "whitening", "dtype"):
        is_same &= scores[column] == row[column]
    return scores[is_same]


def spread_points(spreads: pd.DataFrame, scores: pd.DataFrame, prompts: Prompts) -> pd.DataFrame:
    """Return the lines of the chart: of each checkpoint the best, none, the declared, the worst.

    Args:
        spreads: Rows of `sts_prompts` of one task and setting, one for each checkpoint.
        scores: Scores of them with every prompt.
        prompts: The names of prompts and those that checkpoints declare.
    """
    lines = []
    for row in records(spreads):
        digest = row.checkpoint_digest
        own = scores[scores.checkpoint_digest == digest].sort_values("spearman", ascending=False)
        wanted = {row.best_prompt, row.worst_prompt, "", prompts.declared.get(digest)}
        kinds = {row.worst_prompt: mark("worst"), row.best_prompt: mark("best")}
        for score in records(own.drop_duplicates("prompt")):
            if score.prompt not in wanted:
                continue
            kind = kinds.get(score.prompt, "between")
            name = prompts.label(score.prompt, digest)
            said = t("{kind}: {name}", kind=t(kind), name=name) if kind != "between" else name
            lines.append(
                {
                    "block": t(
                        "{checkpoint} · {spread:.1f} between best and worst of {prompts}",
                        checkpoint=row.checkpoint,
                        spread=row.spread * 100,
                        prompts=row.prompts,
                    ),
                    "kind": kind,
                    "label": f"{score.spearman * 100:.1f}  {said}",
                    "value": score.spearman * 100,
                    "low": score.ci_low * 100,
                    "high": score.ci_high * 100,
                }
            )
    return pd.DataFrame(lines).astype({"low": float, "high": float})


def _summary(of_task: pd.DataFrame) -> None:
    most, least = of_task.iloc[0], of_task.iloc[-1]
    said: list[object] = [
        safe_html.sentence(
            "On {task} the prompt moves {checkpoint} most: {points} points of Spearman ×100 between"
            " its best and its worst.",
            task=most.task,
            checkpoint=safe_html.name(most.checkpoint),
            points=formatting.number(most.spread * 100, 1),
        )
    ]
    if len(of_task) > 1:
        said += [
            " ",
            safe_html.sentence(
                "It moves {checkpoint} least: {points}.",
                checkpoint=safe_html.name(least.checkpoint),
                points=formatting.number(least.spread * 100, 1),
            ),
        ]
    safe_html.show(safe_html.tag("p", *said))


def _table(of_task: pd.DataFrame, prompts: Prompts) -> None:
    columns: dict[str, object] = {"checkpoint": of_task.checkpoint, "spread": of_task.spread * 100}
    for name, low, high in (
        ("best", "best_low", "best_high"),
        ("unprompted", "unprompted_low", "unprompted_high"),
        ("worst", "worst_low", "worst_high"),
    ):
        columns[name] = of_task[name].astype(float) * 100
        columns[f"{name}_interval"] = interval_texts(of_task[low], of_task[high])
        if name != "unprompted":
            columns[f"{name}_prompt"] = of_task[f"{name}_prompt"].map(prompts.name)
    columns["prompts"] = of_task.prompts
    number = st.column_config.NumberColumn
    tables.table(
        pd.DataFrame(columns),
        hide_index=True,
        height=min(420, 38 + 35 * len(of_task)),
        column_config={
            "spread": number(t("best minus worst"), format="%.2f"),
            "best": number(t("best ×100"), format="%.2f"),
            "best_interval": t("best, 95%"),
            "best_prompt": t("best prompt"),
            "unprompted": number(t("no prompt ×100"), format="%.2f"),
            "unprompted_interval": t("no prompt, 95%"),
            "worst": number(t("worst ×100"), format="%.2f"),
            "worst_interval": t("worst, 95%"),
            "worst_prompt": t("worst prompt"),
            "prompts": number(t("prompts scored")),
        },
        alt=t("The best prompt, the worst and none of each checkpoint"),
    )


def _one_checkpoint(here: pd.DataFrame, of_task: pd.DataFrame, prompts: Prompts) -> None:
    """Draw all prompts of one checkpoint on this task, and pair each with no prompt."""
    st.header(t("Every prompt of one checkpoint"))
    name = selected(
        st.selectbox, t("Checkpoint"), list(dict.fromkeys(of_task.checkpoint)), "checkpoint"
    )
    own = here[here.checkpoint == name].sort_values("spearman", ascending=False)
    own = own.drop_duplicates(["checkpoint_digest", "prompt"])
    labels = [prompts.label(row.prompt, row.checkpoint_digest) for row in records(own)]
    points = pd.DataFrame(
        {
            "label": labels,
            "value": own.spearman.to_numpy() * 100,
            "low": own.ci_low.to_numpy() * 100,
            "high": own.ci_high.to_numpy() * 100,
            "kind": [_kind(row, prompts) for row in records(own)],
        }
    )
    draw(
        forest(points.head(MOST), "Spearman ×100, 95% interval", _KINDS),
        alternative=t("Spearman of one checkpoint with each prompt"),
    )
    without = own[own.prompt == ""]
    if without.empty:
        safe_html.note("info", t("Nothing was scored without a prompt, so no prompt is paired."))
        return
    base = without.iloc[0]
    rows = pd.DataFrame(
        {
            "label": labels,
            "evaluator": "sts",
            "metric": "spearman",
            "left_run": base.run_id,
            "left_value": base.spearman,
            "right_run": own.run_id.to_numpy(),
            "right_value": own.spearman.to_numpy(),
        }
    )
    st.caption(t("Below, no prompt is on the left and each prompt on the right, pair by pair."))
    by_example(rows[(own.prompt != "").to_numpy()], _fill)


def _kind(row: object, prompts: Prompts) -> str:
    prompt, digest = row.prompt, row.checkpoint_digest  # type: ignore[attr-defined]
    if not prompt:
        return NO_PROMPT
    declared = prompts.declared.get(digest) == prompt
    return DECLARED if declared else ANOTHER


def _fill() -> None:
    safe_html.code("rankcheck run PLAN --rerun always")


def _whole(here: pd.DataFrame, prompts: Prompts) -> None:
    """Show the text of every prompt, with its line ends."""
    for text in sorted(set(here.prompt) - {""}, key=lambda text: prompts.names[text]):
        by = sorted(
            set(here.checkpoint[here.checkpoint_digest.map(prompts.declared) == text]),
        )
        length = nt("{count:,} character", "{count:,} characters", len(text))
        if by:
            length = t("{length}, declared by {names}", length=length, names=t(", ").join(by))
        head = safe_html.tag("p", prompts.name(text), f" · {length}", css="rc-words")
        safe_html.show(head, safe_html.tag("div", text, css="rc-prompt"))
