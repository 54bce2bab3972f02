"""Read foreign files within limits: text, CSV, JSON, and one number per cell."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from db.table_text import escape_control
from flows.errors import LeaderboardError
from flows.plans.yaml_lines import parse

SHOWN = 20
"""How many problems a message lists; the rest is counted."""


_PLACE = 500  # characters: a name may be as long as a cell


class Problems:
    """Collect the problems of one file or folder.

    Attributes:
        path: The file or folder being read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[str, None] = {}

    def add(self, place: str, problem: str) -> None:
        """Note a problem and its place: `row 3 (BERT), CoLA`, or empty for the whole file."""
        self._found[escape_control(f"{place[:_PLACE]}: {problem}" if place else problem)] = None

    def stop_if_any(self) -> None:
        """Raise an error that lists the problems, if there are any.

        Raises:
            LeaderboardError: With the first problems, and how many there are.
        """
        problems = list(self._found)
        if len(problems) == 1:
            raise LeaderboardError(f"{self.path}, {problems[0]}")
        if problems:
            rest = [f"  and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
            lines = [f"  {problem}" for problem in problems[:SHOWN]]
            head = f"{self.path} has {len(problems)} problems, so nothing is imported from it:"
            raise LeaderboardError("\n".join([head, *lines, *rest]))


_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_GROUPED = {
    ".": re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"),
    ",": re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?"),
}
_TWO = re.compile(r"([-+\d.,]+)\s*[/;|]\s*([-+\d.,]+)")
_NOTHING = ("-", "--", "–", "—", "nan", "na", "n/a", "none", "null", "inf", "-inf")


_QUOTED = 100


class CellError(ValueError):
    """A cell is not a score; the message says what to do."""


def read_number(text: str, *, decimal: str = ".", missing: Collection[str] = ()) -> float | None:
    """Return the number in a cell, or None if the cell is empty.

    Args:
        text: The cell.
        decimal: The decimal separator: a point or a comma.
        missing: Texts besides the empty one that mean a missing score.

    Raises:
        CellError: If the cell is anything but one plain number.
    """
    text = text.strip()
    if not text or text in missing:
        return None
    if grouped(text, decimal):
        raise CellError(f"cannot read {quoted(text)} as a score; {_readings(text, decimal)}")
    number = text.replace(",", ".") if decimal == "," and _COMMA.fullmatch(text) else text
    if _NUMBER.fullmatch(number):
        return float(number)
    if _COMMA.fullmatch(text):
        todo = "write the comma as a point"
    elif text.lower() in _NOTHING:
        todo = "leave the cell empty where there is no score"
    elif _TWO.fullmatch(text):
        todo = "these are two numbers: give each metric a column of its own"
    else:
        todo = "a cell must contain one plain number or be empty"
    raise CellError(f"cannot read {quoted(text)} as a score; {todo}")


def quoted(text: str) -> str:
    """Return a text as messages quote it, its beginning if it is long."""
    return repr(text) if len(text) <= _QUOTED else f"{text[:_QUOTED]!r} …"


def grouped(text: str, decimal: str = ".") -> bool:
    """Return whether a number may have grouped thousands, such as `1,000`."""
    return bool(_GROUPED[decimal].fullmatch(text.strip()))


def _readings(text: str, decimal: str) -> str:
    mark, name = (",", "comma") if decimal == "." else (".", "point")
    ungrouped = text.replace(mark, "")
    if text.count(mark) > 1 or decimal in text:
        return f"its thousands are grouped: write {ungrouped}"
    return (
        f"it may be {ungrouped} with grouped thousands or {text.replace(',', '.')} with a decimal"
        f" {name}: write {ungrouped} or {text.replace(mark, decimal)}"
    )


def two_texts(text: str) -> tuple[str, str] | None:
    """Return the two numbers of a cell such as `94.2/92.3` as texts, or None."""
    match = _TWO.fullmatch(text.strip())
    return (match[1], match[2]) if match else None


def beyond(score: float, unit: float) -> str:
    """Return the message for a score beyond the perfect score."""
    return f"{score:g} is beyond the unit {unit:g} of the column"


def another_scale(unit: float) -> str:
    """Return the message for a row of proportions on a board of percentages."""
    return (
        f"every score is at most 1 on a board whose perfect score is {unit:g}; bring the row to"
        " that scale, or flag it as suspect"
    )


def doubles(header: Sequence[str]) -> list[str]:
    """Return a message for each name that several columns have."""
    return [
        f"{count} columns {f'named {name!r}' if name else 'without a name'}"
        for name, count in Counter(header).items()
        if count > 1
    ]


SPECIAL = "is neither a file nor a folder: save what it holds as a file"


def is_special(path: Path) -> bool:
    """Return whether a path is a pipe, a device or a socket: reading one may never end."""
    return path.exists() and not (path.is_file() or path.is_dir())


LIMIT = 256 * 2**20
"""Largest file that is read, in bytes after unpacking; no leaderboard comes near it."""


def read_bytes(path: Path, *, limit: int = LIMIT) -> bytes:
    """Return a file's content, unpacked if its name ends in `.gz`.

    Raises:
        LeaderboardError: If it cannot be read, is an archive, or is larger than the limit.
    """
    name = path.name.lower()
    if name.endswith((".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")):
        raise LeaderboardError(f"{path} is an archive: unpack it, and import the file or folder")
    if is_special(path):
        raise LeaderboardError(f"{path} {SPECIAL}")
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LeaderboardError(f"{path} cannot be read: {reason}") from error
    if len(content) > limit:
        raise LeaderboardError(
            f"{path} contains more than {limit / 2**20:g} MiB: no leaderboard is that large; cut it"
            " to the columns that hold scores"
        )
    return content


_SETTINGS_LIMIT = 2**20


def read_settings(path: Path) -> Any:
    """Return what a YAML file that people write holds.

    Raises:
        LeaderboardError: It is a pipe or a device, or larger than 1 MiB.
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
        yaml.YAMLError: It is not valid YAML, or nests too deeply or holds too much.
    """
    if is_special(path):
        raise LeaderboardError(f"{path} {SPECIAL}")
    if (size := path.stat().st_size) > _SETTINGS_LIMIT:
        raise LeaderboardError(f"{path} must have at most {_SETTINGS_LIMIT:,} bytes, got {size:,}")
    return parse(path.read_text(encoding="utf-8"))[0]


_WIDEST = 20_000
_LONGEST_LINE = 4 * 2**20
_MOST_CELLS = 5_000_000


def read_lines(path: Path, delimiter: str) -> list[list[str]]:
    """Return the cells of each line of a UTF-8 CSV file.

    Raises:
        LeaderboardError: If it cannot be read as that, or has more columns or cells than any board.
    """
    content = read_bytes(path)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LeaderboardError(
            f"{path} cannot be read as UTF-8 CSV: it is UTF-16; save it as UTF-8"
        )
    # Read by lines: a StringIO of the whole text takes four bytes a character.
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    lines: list[list[str]] = []
    left = _MOST_CELLS
    try:
        for cells in csv.reader(_short_lines(text, path), delimiter=delimiter, strict=True):
            left -= len(cells) + 2
            if len(cells) > _WIDEST:
                raise LeaderboardError(
                    f"{path}, line {len(lines) + 1}: {len(cells):,} columns; at most {_WIDEST:,}"
                    " are read"
                )
            if left < 0:
                raise LeaderboardError(f"{path} contains more than {_MOST_CELLS:,} cells")
            lines.append(cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise LeaderboardError(f"{path} cannot be read as UTF-8 CSV: {error}") from error
    return lines


def _short_lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    """Yield lines, and refuse long ones and NUL characters before they are split into cells."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise LeaderboardError(
                f"{path} contains a line of more than {_LONGEST_LINE:,} characters"
            )
        if "\0" in line:
            raise LeaderboardError(
                f"{path} cannot be read as UTF-8 CSV: it contains NUL characters"
            )
        yield line


JSON_LIMIT = 16 * 2**20
"""Largest JSON that is read, in bytes: empty objects take thirty times their text, 0.5 GB."""

_MOST_KEYS = 100_000  # of one object: ten times the columns of a board


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file that holds an object; NaN in it stays NaN.

    Raises:
        LeaderboardError: If it cannot be read as that, or a key of an object appears twice.
    """
    content = parse_json(read_bytes(path, limit=JSON_LIMIT), str(path))
    if not isinstance(content, dict):
        raise LeaderboardError(f"{path} does not contain a JSON object")
    return content


def parse_json(content: bytes, place: str) -> Any:
    """Return what a JSON text holds, of which no object has a key twice; NaN stays NaN.

    Raises:
        LeaderboardError: If it is not that.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > _MOST_KEYS:
            raise LeaderboardError(
                f"{place} has an object of {len(pairs):,} keys; at most {_MOST_KEYS:,} are read"
            )
        keys = dict(pairs)
        if len(keys) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in keys if names.count(name) > 1)
            raise LeaderboardError(f"{place} has the key {twice[:80]!r} twice in one object")
        return keys

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=once)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise LeaderboardError(f"{place} cannot be read as JSON: {error}") from error
