"""Read the YAML at the head of a model card: scalars as text, in bounded time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from flows.boards.foreign_files import read_bytes
from flows.errors import LeaderboardError

_LARGEST = 8 * 2**20
_DEEPEST = 50
_MOST = 150_000  # values; the longest card of the MTEB leaderboard has some 40,000
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)


class CardError(LeaderboardError):
    """A card whose front matter cannot be read; the message does not name the card."""


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """A safe loader that leaves every scalar but null as it is written.

    YAML 1.1, which PyYAML reads, makes 90 of `1:30`, 8 of `010` and False of the language `no`.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse duplicate keys and merge keys, which can unfold without end."""
        keys = set()
        for key, _ in node.value:
            if key.value == "<<" or (isinstance(key.value, str) and key.value in keys):
                problem = "a merge key" if key.value == "<<" else f"a second key {key.value!r}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            keys.add(key.value if isinstance(key.value, str) else None)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
for _kind in ("int", "float", "bool", "timestamp"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:{_kind}", lambda loader, node: loader.construct_scalar(node)
    )


def front_matter(file: Path) -> dict[Any, Any]:
    """Return the front matter of a card; its scalars are texts or None.

    Raises:
        CardError: There is none, or it is not valid, too deep or too large.
        LeaderboardError: The file cannot be read.
    """
    content = read_bytes(file, limit=_LARGEST)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CardError("is UTF-16 text: save it as UTF-8")
    head = _HEAD.match(content)
    if head is None:
        raise CardError("has no YAML front matter between two lines of ---")
    try:
        text = head[1].decode("utf-8")
        _validate_size(text)
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see above
    except UnicodeDecodeError as error:
        raise CardError(f"its front matter is not UTF-8 text: {error}") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise CardError(f"its front matter is not valid YAML: {reason[:300]}") from error
    return loaded if isinstance(loaded, dict) else {}


def _validate_size(text: str) -> None:
    """Refuse deep or huge documents by their events: building the nodes is recursive and slow."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        if depth > _DEEPEST:
            raise CardError(f"its front matter is nested deeper than {_DEEPEST} levels")
        if count > _MOST:
            raise CardError(f"its front matter contains more than {_MOST:,} values")
