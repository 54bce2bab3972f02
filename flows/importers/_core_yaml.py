"""Read YAML as version 1.2 means it: `1:30` and dates are text, `010` is ten."""

from __future__ import annotations

import re
from typing import Any

import yaml

from flows.errors import LeaderboardError

_KINDS = {
    "null": (r"~|null|Null|NULL|", "~nN\0"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?[0-9]+", "-+0123456789"),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
}


class _Loader(yaml.SafeLoader):
    """A safe loader without the numbers of YAML 1.1, aliases and duplicate keys."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own attribute

    def compose_node(self, parent: Any, index: Any) -> Any:
        # A few aliases can stand for billions of values.
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases (*name) are not read", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        content = super().construct_mapping(node, deep=deep)
        if len(content) < len(node.value):
            raise yaml.MarkedYAMLError(None, None, "has a key twice", node.start_mark)
        return content


def _int(loader: Any, node: Any) -> int:
    return int(str(loader.construct_scalar(node)))


def _float(loader: Any, node: Any) -> float:
    return float(re.sub(r"\.(?=[inIN])", "", str(loader.construct_scalar(node))))


for _name, (_pattern, _first) in _KINDS.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(f"^(?:{_pattern})$"),
        [*_first.replace("\0", ""), ""] if "\0" in _first else list(_first),
    )
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def parse_yaml(content: bytes, place: str) -> Any:
    """Return what a YAML text holds.

    Raises:
        LeaderboardError: It is not valid, is nested too deeply, or has aliases or a key twice.
    """
    try:
        return yaml.load(content.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader
    except RecursionError as error:
        raise LeaderboardError(f"{place} is nested too deeply") from error
    except (UnicodeDecodeError, ValueError, TypeError, yaml.YAMLError) as error:
        text = " ".join(str(error).split())
        raise LeaderboardError(f"{place} cannot be read as YAML: {text[:300]}") from error
