"""The specification curve: each arm less a base, in every setting, the smallest first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting
from dashboard.charts.drawing import draw
from dashboard.charts.specification import specification
from dashboard.experiments.scores import placed
from dashboard.experiments.settings import short
from dashboard.experiments.tables import query, table
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.queries import experiments
from dashboard.queries.frame import records
from dashboard.signs import HIGHER, LOWER, sign

_FIRST = ("plain", "raw", "baseline", "none", "control")


def differences(rows: pd.DataFrame, evaluator: str, metric: str) -> None:
    """Draw the differences from one base, and offer the numbers and their query.

    Args:
        rows: As `queries.experiments.differences` returns them.
        evaluator: Whose they are.
        metric: The metric.
    """
    if rows.empty:
        st.caption(t("No two arms share a setting and a seed."))
        return
    bases = sorted(set(rows.base))
    base = st.selectbox(t("Compared with"), bases, index=_usual(bases), key="base")
    times = formatting.times(metric)
    unit = f"{metric} ×100" if times == 100 else metric
    numbers = ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
    kept = placed(rows[rows.base == base]).reset_index(drop=True)
    kept = kept.assign(**{name: kept[name].astype(float) * times for name in numbers})
    settings = list(dict.fromkeys(kept.place))
    names = dict(zip(settings, short(settings)[1], strict=True))
    kept = kept.assign(
        number=range(1, len(kept) + 1),
        sign=[sign(row.ci_low, row.ci_high) for row in records(kept)],
    )
    points = pd.DataFrame(
        {
            "place": kept.number,
            "label": [
                " · ".join(part for part in (str(row.arm), names[row.place]) if part)
                for row in records(kept)
            ],
            "value": kept.difference,
            "low": kept.ci_low,
            "high": kept.ci_high,
            "kind": kept.sign,
        }
    )
    draw(
        specification(points, t("difference in {metric}", metric=unit)),
        alternative=t("Every arm less {base}, by difference in {metric}", base=base, metric=metric),
    )
    st.caption(
        t(
            "{differences} over {settings}: {higher} surely higher, {lower} surely lower. Paired by"
            " seed (Student's t), each interval by itself: of 20 that are truly 0, one excludes it"
            " by chance.",
            differences=nt("{count:,} difference", "{count:,} differences", len(kept)),
            settings=nt("{count:,} setting", "{count:,} settings", len(settings)),
            higher=sum(kept.sign == HIGHER),
            lower=sum(kept.sign == LOWER),
        )
    )
    ordered = ["number", "arm", "base", "difference", "ci_low", "ci_high", "seeds"]
    ordered += ["setting", "task", "checkpoint", "trained_on", "arm_mean", "base_mean"]
    labels = {"difference": t("arm minus base"), "ci_low": t("95% from"), "ci_high": t("95% to")}
    labels |= {"arm_mean": t("arm mean"), "base_mean": t("base mean")}
    folded(
        t("The numbers of every difference"),
        lambda: table(
            kept[ordered],
            labels,
            t("Differences between arms by setting"),
            "experiment-differences",
        ),
        key="differences",
    )
    query(experiments.DIFFERENCES, "differences", evaluator=evaluator, metric=metric)


def _usual(bases: list[str]) -> int:
    """Return the place of the base that most likely is the control."""
    for word in _FIRST:
        for place, base in enumerate(bases):
            if str(base).startswith(word):
                return place
    return 0
