"""Colours that must be told apart are, whatever cones an eye has, on both grounds."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
from colorspacious import cspace_convert, deltaE

from dashboard.charts import drawing
from dashboard.charts.bump import KINDS
from dashboard.charts.without import _GOES
from dashboard.claims.evidence import MARKS as VERDICT_MARKS
from dashboard.signs import MARKS as SIGN_MARKS

APART, SEEN = 15.0, 3.0  # CAM02-UCS units; WCAG's contrast of graphics
CONFIG = Path(drawing.__file__).parents[1] / ".streamlit" / "config.toml"
THEME = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
FIRST = drawing.SERIES[:5]


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def seen(colour: str, eyes: str) -> np.ndarray:
    """The colour as people see it who lack one kind of cone (Machado et al. 2009, severity 100)."""
    if eyes == "all cones":
        return rgb(colour)
    space = {"name": "sRGB1+CVD", "cvd_type": eyes, "severity": 100}
    return np.clip(cspace_convert(rgb(colour), space, "sRGB1"), 0, 1)


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""

    def luminance(colour: str) -> float:
        c = rgb(colour)
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", ["all cones", "deuteranomaly", "protanomaly", "tritanomaly"])
def test_gains_losses_and_series_are_told_apart_by_any_eyes(eyes: str) -> None:
    marks = {mark.colour for mark in SIGN_MARKS.values()}
    for told_apart in (FIRST, tuple(KINDS.values()), tuple(_GOES.values()), tuple(marks)):
        for one, other in itertools.combinations(told_apart, 2):
            apart = deltaE(seen(one, eyes), seen(other, eyes), input_space="sRGB1")
            assert apart >= APART, (one, other)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_first_series_and_text_stand_out_from_both_grounds(theme: str) -> None:
    ground = THEME[theme]["backgroundColor"]
    assert min(contrast(colour, ground) for colour in FIRST) >= SEEN
    assert contrast(drawing.INK[theme], ground) >= 7


def test_kinds_of_one_chart_differ_by_shape_too() -> None:
    verdicts = {mark.shape for mark in VERDICT_MARKS.values()}
    assert len(verdicts) == len(VERDICT_MARKS)
    assert len({mark.shape for mark in SIGN_MARKS.values()}) == len(SIGN_MARKS)


def test_streamlits_own_charts_have_our_colours() -> None:
    assert tuple(THEME["chartCategoricalColors"]) == drawing.SERIES


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_of_axes_and_legends_can_be_read(theme: str) -> None:
    points = pd.DataFrame({"x": [1.0], "y": [2.0]})
    made = drawing._Made(alt.Chart(points).mark_point().encode(x="x", y="y"), theme).to_dict()
    for part in ("axis", "legend", "header"):
        for text in ("labelColor", "titleColor"):
            assert contrast(made["config"][part][text], THEME[theme]["backgroundColor"]) >= 4.5
