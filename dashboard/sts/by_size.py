"""The tab "Size": what fewer dimensions and fewer bits cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, forest
from dashboard.charts.vector_sizes import score_ranges, size_panel
from dashboard.language import mark, sentences, t
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.signs import MARKS, sign
from dashboard.sts.all_tasks import distinct_names
from dashboard.sts.choice import EVERY, OWN, choose_prompt, choose_setting, say_prompt
from dashboard.sts.every_score import interval_texts
from dashboard.sts.nothing import nothing
from dashboard.sts.prompt_names import Prompts

PANELS = 12
"""Most checkpoints to draw; the table has the others."""

_ACROSS = 3


def by_size(prompts: Prompts) -> None:
    """Show Spearman against bytes of a vector, and what fewer bits cost, paired."""
    sized = read(sts.sized)
    if sized.empty:
        nothing(
            t("No checkpoint was scored with fewer dimensions or fewer bits yet. This plan does:"),
            "dimensions: [64, 128, 256]\n    precisions: [int8, binary]",
        )
        return
    setting = next(records(choose_setting(sized, task=True)))
    length = None if formatting.is_missing(setting.max_length) else int(setting.max_length)
    asked = setting.task, setting.pooling, setting.whitening, setting.dtype, length
    sizes = read(sts.sizes, *asked)
    rows, chosen = choose_prompt(sizes, prompts)
    rows = rows.assign(checkpoint=distinct_names(rows))
    rows = rows.drop_duplicates(["checkpoint_digest", "precision", "k"])
    _summary(rows)
    _panels(rows)
    _bits(rows)
    _table(rows, prompts, chosen)
    open_as_sql(sql_of(sts.sizes, *asked))
    download(sizes, "sts-sizes")


def _summary(rows: pd.DataFrame) -> None:
    """Say what bytes and bits cost at the full width, over the checkpoints."""
    said = []
    for precision, words in (
        (
            "int8",
            mark(
                "With a byte for each dimension (int8) Spearman ×100 changes by {change} at full"
                " width."
            ),
        ),
        (
            "binary",
            mark(
                "With a bit for each dimension (binary) Spearman ×100 changes by {change} at full"
                " width."
            ),
        ),
    ):
        changes = full_width(rows[rows.precision == precision]).change * 100
        if len(changes):
            worst, best = changes.min(), changes.max()
            least, most = formatting.signed(worst, 1), formatting.signed(best, 1)
            between = least if least == most else t("{low} to {high}", low=least, high=most)
            said.append(t(words, change=between))
    if said:
        safe_html.show(safe_html.tag("p", sentences(*said)))


def full_width(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the most dimensions of each checkpoint and precision."""
    widest = rows.groupby(["checkpoint_digest", "precision"]).k.transform("max")
    return rows[rows.k == widest]


def _panels(rows: pd.DataFrame) -> None:
    """Draw a panel for each checkpoint, the best first."""
    points = rows.assign(
        value=rows.spearman * 100,
        low=rows.ci_low.astype(float).fillna(rows.spearman) * 100,
        high=rows.ci_high.astype(float).fillna(rows.spearman) * 100,
    )[["checkpoint", "precision", "k", "bytes", "value", "low", "high"]]
    best = points.groupby("checkpoint").value.max().sort_values(ascending=False)
    drawn = list(best.index[:PANELS])
    points = points[points.checkpoint.isin(drawn)]
    ranges = score_ranges(points, "checkpoint")
    ends = float(points.bytes.min()), float(points.bytes.max())
    for start in range(0, len(drawn), _ACROSS):
        for box, name in zip(st.columns(_ACROSS), drawn[start : start + _ACROSS], strict=False):
            with box:
                draw(
                    size_panel(points[points.checkpoint == name], name, ends, ranges[name]),
                    alternative=t("Spearman against bytes of a vector of {name}", name=name),
                )
    more = t("The best {most} of {count} checkpoints are drawn.", most=PANELS, count=len(best))
    about = t(
        "float32 is the vector itself, four bytes for each of its k dimensions; int8 has one"
        " byte for each, binary one bit, compared by Hamming distance. Along a line fewer of"
        " the first dimensions are kept. Bars are 95% intervals. The axes of all panels span"
        " equally many points, so slopes compare; they begin at different scores."
    )
    st.caption(sentences(about, more if len(best) > PANELS else ""))


def _bits(rows: pd.DataFrame) -> None:
    """Draw the paired change of fewer bits at full width."""
    changed = full_width(rows[rows.change.notna()]).sort_values("change", ascending=False)
    if changed.empty:
        return
    st.header(t("What fewer bits cost at full width"))
    points = pd.DataFrame(
        {
            "label": [f"{row.checkpoint} · {row.precision}" for row in records(changed)],
            "value": changed.change.to_numpy() * 100,
            "low": changed.change_low.to_numpy(dtype=float) * 100,
            "high": changed.change_high.to_numpy(dtype=float) * 100,
            "kind": [sign(row.change_low, row.change_high) for row in records(changed)],
        }
    )
    draw(
        forest(
            points.head(MOST),
            t("change of Spearman ×100 from float32, 95% interval"),
            MARKS,
            against=0.0,
            against_label=t("no change"),
        ),
        alternative=t("Change of Spearman with fewer bits at full width"),
    )
    st.caption(
        t(
            "The change is from float32 with the same k, on the same pairs: both are"
            " resampled together. The ranges of int8 come from the scored sentences' own"
            " vectors; new sentences may lie outside and lose more."
        )
    )


def _table(rows: pd.DataFrame, prompts: Prompts, chosen: str) -> None:
    st.header(t("Every size"))
    whole = rows[rows.precision == "float32"].groupby("checkpoint_digest").bytes.max()
    columns: dict[str, object] = {
        "checkpoint": rows.checkpoint,
        "precision": rows.precision,
        "k": rows.k,
        "bytes": rows.bytes,
        "smaller": rows.checkpoint_digest.map(whole) / rows.bytes,
        "spearman": rows.spearman * 100,
        "interval": interval_texts(rows.ci_low, rows.ci_high),
        "change": rows.change.astype(float) * 100,
        "change_interval": interval_texts(rows.change_low, rows.change_high),
    }
    if chosen == OWN:
        columns["prompt"] = [
            prompts.label(row.prompt, row.checkpoint_digest) for row in records(rows)
        ]
    number = st.column_config.NumberColumn
    tables.table(
        pd.DataFrame(columns),
        hide_index=True,
        height=min(420, 38 + 35 * len(rows)),
        column_config={
            "precision": t("numbers"),
            "k": t("dimensions"),
            "smaller": number(t("times smaller"), format="%.4g"),
            "spearman": number(t("Spearman ×100"), format="%.2f"),
            "interval": t("95% interval"),
            "change": number(t("change from float32"), format="%+.2f"),
            "change_interval": t("change, 95%"),
        },
        alt=t("Spearman of every size of vectors"),
    )
    if chosen != EVERY:
        say_prompt(chosen)
