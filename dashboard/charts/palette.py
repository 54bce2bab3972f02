"""The colours of charts: after Okabe and Ito, readable on the light and the dark page."""

from __future__ import annotations

HUMAN = "#E07B00"
FOUND = "#2B83C6"
UP = "#009E73"
DOWN = "#B5608F"
STEADY = "#75818A"

SERIES = ("#2B83C6", "#E07B00", "#009E73", "#B5608F", "#8A949B", "#C9A200", "#56B4E9", "#D55E00")

REFUTED = "#D55E00"

INK = {"light": "#16242C", "dark": "#E6EDF1"}
"""Text on the page's own ground, by theme, which the marks of a chart do not follow themselves."""
