"""Read the YAML at the head of a model card: scalars as text, in bounded time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flows.boards.foreign_files import read_bytes
from flows.errors import LeaderboardError
from flows.importers._safe_yaml import YamlError, parse_yaml

_LARGEST = 8 * 2**20  # bytes of a whole card, of which the head is read
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)


class CardError(LeaderboardError):
    """A card whose front matter cannot be read; the message does not name the card."""


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
        loaded = parse_yaml(head[1].decode("utf-8"), numbers=False, aliases=True)
    except UnicodeDecodeError as error:
        raise CardError(f"its front matter is not UTF-8 text: {error}") from error
    except YamlError as error:
        raise CardError(f"its front matter is not valid YAML: {error}") from error
    return loaded if isinstance(loaded, dict) else {}
