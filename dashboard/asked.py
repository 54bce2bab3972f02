"""Parameters of a job in words: what tells one question from the others."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words


def asked(parameters: Sequence[str], variants: Sequence[str] | None = None) -> list[str]:
    """Return each row's parameters in words, those that all rows share left out.

    Args:
        parameters: JSON of the jobs.
        variants: JSON of the numbers' variants, which are told with them.
    """
    variants = variants if variants is not None else ["{}"] * len(parameters)
    read = [{**_plain(own), **_plain(more)} for own, more in zip(parameters, variants, strict=True)]
    names = list(dict.fromkeys(name for one in read for name in one))
    telling = [name for name in names if len({one.get(name) for one in read}) > 1]
    return [
        " · ".join(f"{name.replace('_', ' ')} {one[name]}" for name in telling if name in one)
        for one in read
    ]


def _plain(text: str) -> dict[str, str]:
    found = {}
    for name, value in words.plain_json(text).items():
        if isinstance(value, dict) or value is None or value in ("", []):
            continue
        found[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    found.pop("aggregate", None)
    return found
