"""Format numbers, moments, metrics and parameters as text with their units."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.language import mark, nt, t

if TYPE_CHECKING:
    from typing_extensions import TypeIs  # only for mypy: Python has it from 3.13

SHARES = ("few5", "full", "neighbours", "same_label", "below_epsilon")
"""Metrics that are shares of 1 and are shown ×100."""

MEANINGS = {
    "few5": mark("Accuracy of a linear probe on 5 labels a class, mean of 10 draws"),
    "full": mark("Accuracy of a linear probe on every label"),
    "neighbours": mark("Accuracy of the vote of the 5 nearest neighbours"),
    "alignment": mark("Distance between two views of an image: lower is closer"),
    "uniformity": mark("How evenly embeddings cover the sphere: lower is more even"),
    "gradient_error": mark("Relative error of the loss's gradient, compared with float64"),
    "gradient_noise": mark("Variance of the gradient over batches, divided by its squared mean"),
    "information": mark("InfoNCE's lower bound on the mutual information, in nats"),
    "ceiling": mark("log(K + 1), the ceiling of that bound, in nats"),
    "below_epsilon": mark(
        "Share of rows whose ξ is below the machine epsilon of the number format"
    ),
    "same_label": mark("Share of negative pairs that have the same class"),
    "copies": mark("Pairs in one batch that are the same image, pixel by pixel"),
}


_CORRELATIONS = {"spearman", "pearson", "cosine"}
_RATES = {"accuracy", "f1", "em", "precision", "recall", *SHARES}


def times(metric: str) -> int:
    """Return the factor of a metric: 100 for correlations and shares, 1 for others."""
    name = str(metric)
    is_rate = name in _CORRELATIONS or name in _RATES
    return 100 if is_rate or name.endswith(("_f1", "_accuracy", "_em")) else 1


def unit(metric: str) -> str:
    """Return the factor a metric is shown with."""
    return "×100" if times(metric) == 100 else t("as it is")


_SIZES = ("B", "kB", "MB", "GB", "TB")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def score_head(times: float) -> str:
    """Return the head of a column or axis of scores that are multiplied so."""
    return t("score ×100") if times == 100 else t("score")


def is_missing(value: object) -> TypeIs[None]:
    """Return whether a cell of a data frame is empty: None, NaN, NaT or NA."""
    # Only NaN and NaT differ from themselves; pd.NA != pd.NA is pd.NA, which has no truth value.
    return value is None or value is pd.NaT or value is pd.NA or bool(value != value)


def moment(when: datetime | None) -> str:
    """Format a moment in UTC, to the minute."""
    return "–" if is_missing(when) else f"{when:%Y-%m-%d %H:%M} UTC"


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago a UTC moment was, such as `3 hours ago`."""
    if is_missing(when):
        return t("never")
    now = (now or datetime.now(UTC)).replace(tzinfo=None)
    seconds = (now - when).total_seconds()
    days, hours, minutes = (int(seconds // length) for length in (86400, 3600, 60))
    if days >= 1:
        return nt("{count} day ago", "{count} days ago", days)
    if hours >= 1:
        return nt("{count} hour ago", "{count} hours ago", hours)
    if minutes >= 1:
        return nt("{count} minute ago", "{count} minutes ago", minutes)
    return t("just now")


def duration(seconds: float | None) -> str:
    """Format a duration: `0.42 s`, `12 s`, `4 min 5 s`, `2 h 3 min`."""
    if is_missing(seconds):
        return "–"
    if seconds < 10:
        return t("{seconds:.2g} s", seconds=seconds)
    if seconds < 120:
        return t("{seconds:.0f} s", seconds=seconds)
    minutes, seconds_left = divmod(round(seconds), 60)
    if minutes < 120:
        return t("{minutes} min {seconds} s", minutes=minutes, seconds=seconds_left)
    return t("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def size(count: float | None) -> str:
    """Format a number of bytes, such as `3.9 MB`."""
    if is_missing(count):
        return "–"
    power = 0 if count < 1 else min(int(math.log10(count) // 3), len(_SIZES) - 1)
    scaled = count / 1000**power
    return f"{scaled:.0f} {_SIZES[power]}" if power == 0 else f"{scaled:.1f} {_SIZES[power]}"


def counted(count: int, singular: str, many: str | None = None) -> str:
    """Return a number and its noun, such as `1 run` or `12 runs`."""
    return f"{count:,} {singular if count == 1 else many or singular + 's'}"


def number(value: float | None, digits: int = 2) -> str:
    """Format a number with a real minus sign, or a dash for none."""
    return "–" if is_missing(value) else f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float | None, digits: int = 2) -> str:
    """Format a difference with its sign; one that rounds to zero has none."""
    if is_missing(value):
        return "–"
    if not round(value, digits):
        return f"{0:.{digits}f}"
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def figure(value: float | None, digits: int = 4) -> str:
    """Format a number of any size with a few digits: `0.4189`, `2.448×10⁻⁷`, `12,130`."""
    if is_missing(value):
        return "–"
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    if value and not 1e-4 <= abs(value) < 1e7:
        digits_text, power = f"{value:.{digits - 1}e}".split("e")
        digits_text = (
            f"{digits_text.rstrip('0').rstrip('.')}×10{str(int(power)).translate(_RAISED)}"
        )
    elif abs(value) >= 1000:
        digits_text = f"{value:,.0f}"
    else:
        digits_text = f"{value:.{digits}g}"
    return digits_text.replace("-", "\N{MINUS SIGN}")


def measured(value: float | None, low: float | None, high: float | None) -> tuple[str, str, str]:
    """Format a number and its interval with the digits that the interval allows.

    The interval gets two digits of its width, and the number as many decimals; the ends are empty
    where there is no interval.
    """
    if is_missing(value) or is_missing(low) or is_missing(high):
        return figure(value, 3), "", ""
    width = float(high) - float(low)
    if not 0 < width < math.inf or not 1e-6 <= width < 1e6:
        return figure(value, 3), figure(low, 3), figure(high, 3)
    digits = min(8, max(0, 1 - math.floor(math.log10(width))))
    whole = all(float(x).is_integer() for x in (value, low, high))
    digits = 0 if whole else digits
    return number(value, digits), number(low, digits), number(high, digits)


def span(low: float | None, high: float | None) -> str:
    """Format an interval of numbers of any size, or a dash for none."""
    if is_missing(low) or is_missing(high):
        return "–"
    return f"{figure(low, 3)} … {figure(high, 3)}"


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """Format an interval, such as `57.2 … 75.4`."""
    if is_missing(low) or is_missing(high):
        return "–"
    return f"{number(low, digits)} … {number(high, digits)}"


def plain_json(text: str | None) -> dict[str, Any]:
    """Parse a JSON column into a mapping; return an empty one for an empty column."""
    if is_missing(text) or not text:
        return {}
    try:
        content = json.loads(text)
    except ValueError:
        return {"text": text}
    return content if isinstance(content, dict) else {"value": content}


def asked(parameters: Sequence[str], variants: Sequence[str] | None = None) -> list[str]:
    """Return a label for each row with the parameters that differ between rows.

    Args:
        parameters: Parameters of the jobs, as JSON.
        variants: Variants of the numbers, as JSON; they are treated like parameters.
    """
    variants = variants if variants is not None else ["{}"] * len(parameters)
    read = [
        {**_plain(parameter), **_plain(variant)}
        for parameter, variant in zip(parameters, variants, strict=True)
    ]
    names = list(dict.fromkeys(name for row in read for name in row))
    telling = [name for name in names if len({row.get(name) for row in read}) > 1]
    return [
        " · ".join(f"{name.replace('_', ' ')} {row[name]}" for name in telling if name in row)
        for row in read
    ]


def told_apart(parameters: Sequence[str]) -> list[str]:
    """Return a label for each job with the parameters that differ, without digests."""
    kept = [
        {
            name: value
            for name, value in plain_json(text).items()
            if not name.endswith(("digest", "digests"))
        }
        for text in parameters
    ]
    return asked([json.dumps(each) for each in kept])


def _plain(text: str) -> dict[str, str]:
    values = {}
    for name, value in plain_json(text).items():
        if isinstance(value, dict) or value is None or value in ("", []):
            continue
        values[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    values.pop("aggregate", None)
    return values


def one_line(text: object, limit: int = 44) -> str:
    """Return a name on one line, cut at a length for which a chart has room."""
    words = " ".join(str(text).split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"
