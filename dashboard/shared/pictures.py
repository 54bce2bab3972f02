"""Draw what stands beside a page: charts as SVG, the share picture, the badge."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import altair as alt
import vl_convert
from PIL import Image

from dashboard.charts.drawing import DIM
from dashboard.safe_html import Html, text
from dashboard.shared.report import Badge, clean

SIZE = 1200, 630
"""Pixels of the share picture, as Open Graph's readers show it."""

COLOURS = {"good": "#007a58", "bad": "#b3400a", "open": "#a85b00", "plain": "#52646f"}
"""Colours of badges; white text has a contrast of 4.5 on each."""

INK, PALE, LINE, BLUE = "#16242c", "#52646f", "#d3dde3", "#0b6a8f"
_FONT = "'DejaVu Sans','Noto Sans CJK SC','Noto Sans','Liberation Sans',sans-serif"
_CHINESE = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
_EDGE = 64


def svg_of(chart: alt.TopLevelMixin, alternative: str, width: int = 720) -> Html:
    """Return a chart as an SVG picture inside the page, whose style gives it the theme's colours.

    Args:
        chart: Drawn for the light theme.
        alternative: Text for people who cannot see it.
        width: Pixels of the part inside the axes.
    """
    words = {"labelColor": DIM["light"], "titleColor": DIM["light"]}
    drawn = (
        chart.properties(width=width, background="transparent", padding=4)
        .configure_view(strokeOpacity=0)
        .configure_axis(**words)
        .configure_legend(**words)
    )
    written = io.StringIO()
    drawn.save(written, format="svg")
    return Html(
        f'<div class="rc-picture" role="img" tabindex="0" aria-label="{text(alternative)}">'
        f"{clean(written.getvalue())}</div>"
    )


def png_of(picture: str) -> bytes:
    """Return an SVG picture as PNG, of 128 colours: a fifth of the size."""
    drawn = Image.open(io.BytesIO(vl_convert.svg_to_png(clean(picture)))).convert("RGB")
    written = io.BytesIO()
    few = drawn.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(written, format="PNG", optimize=True)
    return written.getvalue()


_WIDTHS = (("iljI.,:;'|!", 0.32), ("ftr()[]-/ ", 0.4), ("mwMW@%…–", 0.97), ("0123456789", 0.64))
_BY_LETTER = {letter: width for letters, width in _WIDTHS for letter in letters}
_CAPITAL, _OTHER = 0.7, 0.61


def _width(line: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a line is in DejaVu Sans, the widest of our fonts."""
    wide = 0.0
    for c in line:
        east = unicodedata.east_asian_width(c) in "WF"
        wide += 1.0 if east else _BY_LETTER.get(c, _CAPITAL if c.isupper() else _OTHER)
    return wide * size * (1.13 if bold else 1.0)


def fitted(line: object, size: float, room: float, *, bold: bool = False) -> str:
    """Return a text on one line, cut where there is no more room."""
    words = " ".join(str(line).split())
    if _width(words, size, bold=bold) <= room:
        return words
    while words and _width(f"{words}…", size, bold=bold) > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


def wrapped(words: object, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
    """Return a text in lines, the last of them cut if there are more than `most`."""
    lines: list[str] = []
    left = " ".join(str(words).split())
    while left:
        if len(lines) == most - 1 or _width(left, size, bold=bold) <= room:
            lines.append(fitted(left, size, room, bold=bold))
            break
        end = len(left)
        while end > 1 and _width(left[:end], size, bold=bold) > room:
            end -= 1
        space = left.rfind(" ", 0, end + 1)
        end = space if space > end // 2 else end  # Chinese has no spaces to break at
        lines.append(left[:end].rstrip())
        left = left[end:].lstrip()
    return lines


def line(
    x: float, y: float, words: object, size: float, *, colour: str = INK, css: str = ""
) -> str:
    """Return one line of text of a picture; `css` has further attributes."""
    # Else the renderer takes Chinese letters from any font that has them, a serif one first.
    east = any(unicodedata.east_asian_width(c) in "WF" for c in str(words))
    font = f' font-family="{_CHINESE}"' if east else ""
    attributes = f'x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{font}{css}'
    return f"<text {attributes}>{text(words)}</text>"


BOLD = ' font-weight="bold"'
RIGHT = ' text-anchor="end"'


def pill(x: float, y: float, words: str, kind: str, size: float = 26) -> str:
    """Return a verdict on its colour."""
    width = pill_width(words, size)
    return (
        f'<rect x="{x:g}" y="{y - 1.25 * size:g}" width="{width:.0f}" height="{1.8 * size:g}"'
        f' rx="{0.9 * size:g}" fill="{COLOURS[kind]}"/>'
        + line(x + width / 2, y, words, size, colour="#ffffff", css=BOLD + ' text-anchor="middle"')
    )


def pill_width(words: str, size: float) -> float:
    """Return how wide a pill is, in pixels."""
    return _width(words, size, bold=True) + size


class _Title(NamedTuple):
    """A title in lines, in the size in which it fits."""

    lines: list[str]
    size: float
    step: float


def _title(words: str) -> _Title:
    room = SIZE[0] - 2 * _EDGE
    large = wrapped(words, 46, room, 3, bold=True)
    if len(large) < 3:
        return _Title(large, 46, 56)
    return _Title(wrapped(words, 36, room, 3, bold=True), 36, 46)


def below(title: str) -> float:
    """Return the base line of the title's last line in the share picture."""
    made = _title(title)
    return 80 + made.size + made.step * (len(made.lines) - 1)


def share_picture(over: str, title: str, inside: Sequence[str], foot: str) -> str:
    """Return the frame of a share picture with its content.

    Args:
        over: The small line at the top.
        title: The title, of three lines at most.
        inside: SVG that is drawn as it is.
        foot: The small line at the bottom.
    """
    wide, high = SIZE
    room = wide - 2 * _EDGE
    made = _title(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
        f' viewBox="0 0 {wide} {high}" font-family="{_FONT}">',
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
        f'<rect width="{wide}" height="10" fill="{BLUE}"/>',
        line(_EDGE, 66, fitted(over, 20, room), 20, colour=PALE),
        *(
            line(_EDGE, 80 + made.size + made.step * i, words, made.size, css=BOLD)
            for i, words in enumerate(made.lines)
        ),
        *inside,
        f'<path d="M{_EDGE} 560H{wide - _EDGE}" stroke="{LINE}" stroke-width="2"/>',
        _logo(_EDGE, 573),
        line(wide - _EDGE, 602, fitted(foot, 20, 820), 20, colour=PALE, css=RIGHT),
        "</svg>",
    ]
    return "".join(parts)


def _logo(x: float, y: float) -> str:
    drawn = (Path(__file__).parents[1] / "logo.svg").read_text(encoding="utf-8")
    inside = drawn.partition(">")[2].rpartition("</svg>")[0]
    return f'<g transform="translate({x:g} {y:g})">{inside}</g>'


def badge_svg(badge: Badge) -> str:
    """Return a badge: its label on grey, what it says on the colour of its kind."""
    label, value = fitted(badge.label, 11, 360), fitted(badge.value, 11, 460)
    left, right = (round(_width(words, 11) + 14) for words in (label, value))
    said = f"{label}: {value}"
    return clean(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{text(said)}"><title>{text(said)}</title>'
        f'<rect width="{left + right}" height="20" rx="3" fill="#3c4a52"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-{right - 3}z"'
        f' fill="{COLOURS[badge.kind]}"/>'
        '<g fill="#ffffff" text-anchor="middle" font-size="11"'
        ' font-family="Verdana,DejaVu Sans,sans-serif">'
        f'<text x="{left / 2:g}" y="14">{text(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14">{text(value)}</text></g></svg>'
    )
