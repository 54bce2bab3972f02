"""Read foreign YAML in bounded time, its scalars by version 1.2 or as they are written.

YAML 1.1, which PyYAML reads, makes 90 of `1:30`, 8 of `010` and False of the language `no`.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from flows.yaml_limits import BASE, validate_events

_MOST = 150_000  # values; the longest card of the MTEB leaderboard has some 40,000

_NULL = {"null": r"~|null|Null|NULL|"}
_CORE = {
    **_NULL,
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)"
    r"|\.(nan|NaN|NAN)",
}
"""Scalars by tag, the first that matches, of the core schema of YAML 1.2."""


class YamlError(ValueError):
    """A text cannot be read as YAML; the message is the reason alone."""


class _Loader(BASE):  # type: ignore[misc]
    """A safe loader with its own scalars, and without merge keys and duplicate keys."""

    def __init__(self, text: str, *, numbers: bool) -> None:
        super().__init__(text)
        scalars = _CORE if numbers else _NULL
        resolvers = [(_tag(k), re.compile(f"(?:{p})$")) for k, p in scalars.items()]
        self.yaml_implicit_resolvers = {None: resolvers}
        as_text = dict.fromkeys(map(_tag, ("bool", "int", "float", "timestamp")), _text)
        as_numbers = {_tag("int"): _int, _tag("float"): _float, _tag("timestamp"): _text}
        self.yaml_constructors = {
            **BASE.yaml_constructors,
            **(as_numbers if numbers else as_text),
        }

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse duplicate keys, and merge keys, which can unfold without end."""
        keys = set()
        for key, _ in node.value:
            if key.value == "<<" or (isinstance(key.value, str) and key.value in keys):
                problem = "a merge key" if key.value == "<<" else f"a second key {key.value!r}"
                raise yaml.MarkedYAMLError(None, None, problem, key.start_mark)
            keys.add(key.value if isinstance(key.value, str) else None)


def _tag(kind: str) -> str:
    return f"tag:yaml.org,2002:{kind}"


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _int(loader: Any, node: Any) -> int:
    return int(_text(loader, node))


def _float(loader: Any, node: Any) -> float:
    return float(re.sub(r"\.(?=[inIN])", "", _text(loader, node)))


def parse_yaml(text: str, *, numbers: bool, aliases: bool) -> Any:
    """Return what a YAML text holds.

    Args:
        text: The text, one document.
        numbers: Whether scalars are numbers and truth values as in YAML 1.2 (dates are text); else
            all but null are text, as they are written.
        aliases: Whether aliases are read. A few of them can stand for billions of values: then who
            walks through the content must count.

    Raises:
        YamlError: It is not valid, is nested too deeply, is too large, has a key twice, merge keys,
            or aliases that are not read.
    """
    try:
        validate_events(text, most=_MOST, aliases=aliases)
        loader = _Loader(text, numbers=numbers)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise YamlError(" ".join(str(error).split())[:300]) from error
