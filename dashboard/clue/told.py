"""Ways of training in words: what tells each from the others."""

from __future__ import annotations

import json

import pandas as pd

from dashboard import words

_TOLD = ("checkpoint", "mode", "head", "method", "post", "trained_on", "selection", "max_train")
_TOLD += ("epochs", "dtype")

_CONTENT = ("dataset_digest", "checkpoint_digest")


def told(means: pd.DataFrame) -> list[str]:
    """Return what tells each way of training from the others."""
    shown = means.assign(
        method=[method_words(method) for method in means.method],
        max_train=[_at_most(count) for count in means.max_train],
        epochs=["" if words.is_missing(e) else f"{int(e)} epochs" for e in means.epochs],
        trained_on=[f"on {t}" if t else "" for t in means.trained_on],
        post=["" if post == "none" else f"then {post}" for post in means.post],
    )
    # Runs may differ in what is rarely asked for, such as the rate: then the whole setting is said.
    for columns in (_TOLD, (*_TOLD, "setting")):
        labels = telling(shown, columns)
        if len(set(labels)) == len(labels):
            return labels
    return telling(shown, (*_TOLD, "setting", *_CONTENT))


def telling(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return each row in the words of those columns in which the rows differ."""
    differing = [name for name in columns if rows[name].nunique(dropna=False) > 1]
    named = [
        " · ".join(
            str(getattr(row, name))[:8] if name in _CONTENT else str(getattr(row, name))
            for name in differing
            if not words.is_missing(getattr(row, name)) and getattr(row, name) != ""
        )
        for row in rows[list(columns)].itertuples()
    ]
    alone = [str(rows[name].iloc[0]) for name in columns[:2] if len(rows)]
    return [name or " · ".join(part for part in alone if part) for name in named]


def method_words(method: str) -> str:
    """Return a method in words: its name and its options."""
    if not str(method).startswith("{"):
        return str(method)
    try:
        found = dict(json.loads(method))
    except (ValueError, TypeError):
        return str(method)
    options = " ".join(f"{k} {v}" for k, v in found.items() if k != "name")
    return f"{found.get('name', '')} {options}".strip()


def _at_most(count: float | None) -> str:
    return "" if words.is_missing(count) else f"{int(count):,} examples at most"


def name(row: pd.Series) -> str:
    """Return one way of training in words."""
    parts = [row.checkpoint, row["mode"], row["head"], method_words(row.method)]
    return " · ".join(str(part) for part in parts if not words.is_missing(part) and part)


def interval(row: pd.Series) -> str:
    """Return the interval of a way of training ×100."""
    if words.is_missing(row.ci_low) or words.is_missing(row.ci_high):
        return "–"
    return words.interval(row.ci_low * 100, row.ci_high * 100)


def rests_on(row: pd.Series) -> str:
    """Return the seeds and the examples that a number rests on."""
    seeds = words.counted(int(row.seeds), "seed")
    examples = "" if words.is_missing(row.n) else f", {words.counted(int(row.n), 'example')}"
    return f"{seeds}{examples}"
