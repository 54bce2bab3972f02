"""Read the step of a training run in a name: step1000, checkpoint-500, stage1-step9-tokens1B."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class NamedStep:
    """What a name says of a training run.

    Attributes:
        run: The name without the step, and without the epochs and tokens beside it.
        strict: The name without the step alone.
        step: The number.
        kind: `step`, `epoch` or `tokens`.
        follow: Epochs and tokens beside a step, which grow with it.
    """

    run: str
    strict: str
    step: float
    kind: str
    follow: tuple[float, ...] = ()


def _kind(*forms: str, powers: str = "km") -> re.Pattern[str]:
    """Return the pattern of a step in one of several forms, in which # is its number."""
    number = rf"(\d[\d,]*(?:\.\d+)?[{powers}]?)"
    alternatives = "|".join(form.replace("#", number) for form in forms)
    commit = r"(?:@[0-9a-f]{6,40})?"  # of the revision, which differs from step to step
    return re.compile(
        rf"(?<![A-Za-z0-9])(?<!\d\.)(?:{alternatives}){commit}(?![A-Za-z0-9]|\.\d)", re.IGNORECASE
    )


_KINDS = {
    "step": _kind(r"(?:global[-_ ]?)?steps?[-_= ]?#", r"#[-_ ]?steps"),
    "checkpoint": _kind(r"(?:checkpoint|ckpt|chkpt)[-_= ]?#"),
    "iteration": _kind(r"iter(?:ation)?[-_= ]?#"),
    "epoch": _kind(r"epoch[-_= ]?#", r"#[-_ ]?epochs?", powers="k"),
    "tokens": _kind(r"tokens?[-_= ]?#", r"#[-_ ]?tokens?", powers="kmbt"),
}
"""Names of an update, the surest first."""

_TOKENS_BEHIND = re.compile(r"[-_](?:tokens?[-_]?)?(\d+(?:\.\d+)?[bt])(?![A-Za-z0-9])", re.I)
"""Tokens behind a step without a word, as `intermediate-step-50K-105b` of TinyLlama has them."""

_POWERS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def number_of(text: str) -> float | None:
    """Return a number such as 1000, 0001000, 1,000, 1.5 or 1k; None for any other text."""
    match = re.fullmatch(r"\s*(\d[\d,_]*(?:\.\d+)?)([kmbt]?)\s*", text, re.IGNORECASE)
    if match is None:
        return None
    return float(re.sub("[,_]", "", match[1])) * _POWERS[match[2].lower()]


def step_in_name(name: str, board: str) -> NamedStep | None:
    """Return the step that a name says, None where it says none.

    The last of several counts. A name such as step-1-8k says none: it begins with the word, and
    goes on behind the number.

    Args:
        name: Name of a row, or a revision.
        board: Name of the run, for a name that is nothing but a step.
    """
    for kind, pattern in _KINDS.items():
        matches = [match for match in pattern.finditer(name) if _is_step(name, match)]
        if not matches:
            continue
        match = matches[-1]
        strict = _cut(name, match.start(), match.end())
        run = strict
        follow: list[float] = []
        if kind not in ("epoch", "tokens"):
            run, follow = _without_what_follows(name, match)
        return NamedStep(
            run=run or board,
            strict=strict or board,
            step=_number(match),
            kind=kind if kind in ("epoch", "tokens") else "step",
            follow=tuple(follow),
        )
    return None


def _number(match: re.Match[str]) -> float:
    text = next(group for group in match.groups() if group is not None)
    return number_of(text) or 0.0


def _is_step(name: str, match: re.Match[str]) -> bool:
    """Return whether a match is not the beginning of a longer name."""
    part = re.split(r"[/ (]", name[: match.start()])[-1]
    goes_on = re.match(r"[^/ ),@]", name[match.end() :])
    follows = any(_KINDS[kind].match(name, match.end() + 1) for kind in ("epoch", "tokens"))
    return bool(part.strip("-_.=")) or goes_on is None or follows


def _without_what_follows(name: str, match: re.Match[str]) -> tuple[str, list[float]]:
    """Return a name without its step and the tokens and epochs beside it, and their numbers."""
    spans, follow = [match.span()], []
    behind = _TOKENS_BEHIND.match(name, match.end())
    others = [*([behind] if behind else [])]
    for kind in ("epoch", "tokens"):
        others += [
            other
            for other in _KINDS[kind].finditer(name)
            if not any(other.start() < end and start < other.end() for start, end in spans)
            and not (behind and other.start() < behind.end() and behind.start() < other.end())
        ]
    for other in sorted(others, key=lambda each: each.start()):
        spans.append(other.span())
        follow.append(_number(other))
    for start, end in sorted(spans, reverse=True):
        name = _cut(name, start, end)
    return name, follow


def _cut(name: str, start: int, end: int) -> str:
    """Return a name without a part, and without the separators and brackets left over."""
    left = re.sub(r"[-_ ./@:,=]*(?:\brevision)?[-_ ./@:,=]*$", "", name[:start])
    right = name[end:]
    if not left or left.endswith("("):
        right = right.lstrip("-_ ./@:,=")
    return re.sub(r"\s*\(\)", "", left + right).strip()


def without_main(name: str) -> str:
    """Return the name of a row without the word that its revision is the main one."""
    match = re.search(r"(?<![A-Za-z0-9])main(?![A-Za-z0-9])", name)
    return name if match is None else _cut(name, match.start(), match.end())
