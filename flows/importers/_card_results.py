"""The results that a model card states, as records: old and new keys of `model-index`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from flows.importers._draft import as_dict, as_list
from flows.importers._front_matter import CardError
from flows.importers._mteb_records import metric_name

_MOST = 50_000
_LONGEST = 200  # characters of a name
_LONGEST_NUMBER = 60
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_SPREAD = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(?:\+/-|\+-|±|\\pm)\s*[0-9.]+%?")


@dataclass(frozen=True)
class CardResult:
    """One number of one card.

    Attributes:
        card: Path of the card below the imported folder; the file's name where it is the path.
        model: The model, as `model-index` names it; empty where it does not.
        task: The kind of task, such as `text-classification`; empty where not stated.
        dataset: The data set's name, with configuration, arguments and split.
        kind: The data set's identifier, such as `glue`; empty where not stated.
        has_data: Whether the card names a data set; else `dataset` is the task's name.
        metric: The metric's `type`, or its name where it has no type.
        title: The metric's name; empty where not stated.
        options: The metric's own configuration and arguments, in words.
        value: The value as written; None where it is no scalar.
    """

    card: str
    model: str
    task: str
    dataset: str
    kind: str
    has_data: bool
    metric: str
    title: str
    options: str
    value: str | None

    @property
    def is_mteb(self) -> bool:
        """Whether the data set is named as MTEB names its tasks."""
        return self.dataset.startswith("MTEB ")


def results_of(content: Mapping[Any, Any], card: str) -> list[CardResult]:
    """Return the results of a card's front matter; an empty list if it states none.

    Raises:
        CardError: There are too many.
    """
    index = content.get("model-index") or content.get("model_index")  # the key of transformers 4.9
    steps = count()
    results: list[CardResult] = []
    for entry in as_list(index):
        for _ in _of_model(as_dict(entry), card, steps, results):
            if next(steps) > _MOST:  # a few YAML aliases can stand for billions of them
                raise CardError(f"contains more than {_MOST:,} results")
    return results


def _of_model(
    entry: Mapping[str, Any], card: str, steps: Iterator[int], results: list[CardResult]
) -> Iterator[None]:
    """Collect the results of one model; yield once for each place that was looked at."""
    model = scalar(entry.get("name"))
    for result in as_list(entry.get("results")):
        yield
        result = as_dict(result)
        dataset, task = as_dict(result.get("dataset")), as_dict(result.get("task"))
        metrics = result.get("metrics") or result.get("metric")
        for metric in [metrics] if isinstance(metrics, dict) else as_list(metrics):
            yield
            metric = as_dict(metric)
            title, name = scalar(metric.get("name")), scalar(metric.get("type"))
            where = _dataset(dataset, task)
            name = name or title or "not stated"
            results.append(
                CardResult(
                    card=card,
                    model=model,
                    task=scalar(task.get("type") or task.get("name")).casefold().replace(" ", "-"),
                    dataset=where,
                    kind=scalar(dataset.get("type")).casefold(),
                    has_data=bool(scalar(dataset.get("name") or dataset.get("type"))),
                    metric=metric_name(name) if where.startswith("MTEB ") else name,
                    title=title,
                    options=_joined(metric.get("config"), metric.get("args")),
                    value=metric["value"] if isinstance(metric.get("value"), str) else None,
                )
            )


def scalar(value: object) -> str:
    """Return a text, or an empty one for what is not a scalar."""
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _dataset(dataset: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    """Return the dataset's name, with all that tells its parts apart."""
    name = scalar(dataset.get("name") or dataset.get("type") or task.get("name")) or "not stated"
    config, split = scalar(dataset.get("config")), scalar(dataset.get("split"))
    if name.startswith("MTEB "):
        name, config = name.removesuffix(" (default)"), config or "default"
        more = config if config != "default" and not name.endswith(")") else ""
        return (
            f"{name}{f' ({more})' if more else ''}{'' if split in ('', 'test') else f' [{split}]'}"
        )
    parts = _joined(
        *(dataset.get(key) for key in ("config", "subset", "language", "lang")),
        task.get("args"),
        dataset.get("args"),
        split,
    )
    return f"{name} [{parts}]" if parts else name


def _joined(*values: object) -> str:
    """Return different texts, joined with commas; mappings and lists give their scalars."""
    parts: dict[str, str] = {}
    for value in values:
        for part in _texts(value):
            parts.setdefault(re.sub(r"[\W_]+", " ", part).casefold().strip(), part)
    return ", ".join(part for key, part in parts.items() if key)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        text = scalar(value)
        pairs = re.findall(r"(\w+): ?([^,]+)", text)  # 'config: ta, split: test', one text
        yield from (part.strip() for _, part in pairs) if pairs else [text]
    elif isinstance(value, dict):
        for key, inner in list(value.items())[:20]:
            if isinstance(inner, str):
                known = key in ("config", "split", "language", "lang", "subset")
                yield scalar(inner) if known else f"{scalar(key)} {scalar(inner)}"
    else:
        yield from (scalar(inner) for inner in as_list(value)[:20] if isinstance(inner, str))


class ValueFormError(ValueError):
    """A value is not a score; the message says what to do."""


def number_of(value: str | None, *, spread: bool = False) -> float:
    """Return the number that a value is written as.

    Args:
        value: The value as written; None where it is a list, a mapping or nothing.
        spread: Whether the mean of `253.41 +/- 18.20` is taken.

    Raises:
        ValueFormError: It is not one plain number.
    """
    text = "" if value is None else value.strip()
    if spread and (match := _SPREAD.fullmatch(text)):
        text = match[1]
    if re.fullmatch(r"[-+]?0[0-9]+", text) and len(text) < _LONGEST_NUMBER:
        raise ValueFormError(
            f"is {text}, which is {int(text, 8) if _octal(text) else 'text'} in YAML 1.1 and"
            f" {int(text)} in YAML 1.2: write {int(text)}"
        )
    if len(text) < _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueFormError(f"is {text}, which is too large for a score")
        return number
    if re.fullmatch(r"[-+]?\.(inf|nan)", text, re.IGNORECASE) or text.casefold() in ("nan", "inf"):
        raise ValueFormError(f"is {text}, which is not a score")
    shown = repr(text[:60]) if value is not None else "empty, a list or a mapping"
    raise ValueFormError(f"is {shown}, which is not a number{_hint(text)}")


def _octal(text: str) -> bool:
    return not set(text) & {"8", "9"}


def _hint(text: str) -> str:
    if match := _SPREAD.fullmatch(text):
        return f": write the mean, {match[1]}, or give --plus-minus mean for all"
    if re.fullmatch(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?", text):
        return ": YAML 1.1 reads it as a number to the base 60; write a decimal number"
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        return f": write {text.replace(',', '.')}"
    if re.fullmatch(r"[-+]?[0-9.]+\s*%", text):
        return ": write it without %"
    if re.fullmatch(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?", text):
        return f": write {text.replace('_', '')}"
    return ""
