"""The colours of charts: after Okabe and Ito, readable on the light and the dark page.

Moved apart until any two of the first five differ by 15 CAM02-UCS units at least, for people
without green, red or blue cones too, and each has a contrast of 3 with both grounds.
"""

from __future__ import annotations

HUMAN = "#D97A00"
FOUND = "#3A90E5"
UP = "#007A55"
DOWN = "#994488"
STEADY = "#82908C"

REFUTED = "#D55E00"

SERIES = (FOUND, HUMAN, UP, DOWN, STEADY, "#C9A200", "#56B4E9", REFUTED)
"""Past the fifth, shapes and dashes tell series apart, not colours alone."""

INK = {"light": "#16242C", "dark": "#E6EDF1"}
"""Text on the page's own ground, by theme, which the marks of a chart do not follow themselves."""
