"""Which columns of a foreign table are facts about models: sizes, licences, dates, no scores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.model_facts.facts import FACTS, SIZES
from evaluators.names import nearest
from flows.boards.board_file import FACT_PREFIX
from flows.boards.fact_values import has_unit
from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, Stated
from flows.importers._facts import fact_value

_UNITS = {
    **dict.fromkeys(("b", "bn", "billion", "billions"), 1e9),
    **dict.fromkeys(("m", "mn", "million", "millions"), 1e6),
    **dict.fromkeys(("k", "thousand", "thousands"), 1e3),
}
_PARAMETERS = {"params", "parameters", "param", "parameter"}
_FILLERS = {
    *("number", "num", "n", "no", "of", "in", "the", "total", "count", "metadata", "size", "all"),
    *("model", "llm"),
}
_PREFIXES = ("metadata", "model", "hub")
_NAMES: Mapping[str, str] = {
    name: fact
    for fact, names in {
        "active_parameters": ("active parameters", "activated parameters"),
        "dimensions": (
            *("embedding dimensions", "embedding dimension", "embedding dim", "embed dim"),
            *("emb dim", "embedding size", "dimensions", "dimension", "dims", "dim"),
            *("vector dimensions", "embedding length"),
        ),
        "context_tokens": (
            *("max tokens", "maximum tokens", "max input tokens", "max sequence length"),
            *("max seq length", "max length", "sequence length", "context", "context length"),
            *("context window", "context size", "context tokens", "max context"),
        ),
        "release_date": (
            *("release date", "date of release", "released", "release"),
            *("upload to hub date", "upload date", "publication date"),
        ),
        "licence": ("license", "licence"),
        "open_weights": ("open weights", "open weight", "has open weights", "open source"),
        "zero_shot": ("zero shot", "zero shot percentage", "zero shot percent"),
        "instructions": ("use instructions", "uses instructions", "instructions"),
        "languages": ("languages", "supported languages"),
        "architecture": ("architecture", "architectures"),
        "precision": (
            *("precision", "dtype", "torch dtype", "data type", "quantization", "quantisation"),
            "number format",
        ),
        "adapter": ("adapter", "peft adapter"),
        "base_model": ("base model", "adapted from"),
        "revision": ("revision", "sha", "commit", "commit sha"),
    }.items()
    for name in names
}


@dataclass(frozen=True)
class FactColumn:
    """A column that holds a fact.

    Attributes:
        fact: The fact.
        factor: The unit of its numbers that state none of their own.
    """

    fact: str
    factor: float = 1.0


def header_fact(name: str) -> tuple[str, float | None] | None:
    """Return the fact that a header names, and the unit in it; None if it names none."""
    if name.startswith(FACT_PREFIX):
        fact = name.removeprefix(FACT_PREFIX)
        return (fact, 1.0) if fact in FACTS else None
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name).casefold())
    for start in range(len(words)):
        if " ".join(words[start:]) in _NAMES:
            return _NAMES[" ".join(words[start:])], None
        if words[start] not in _PREFIXES:
            break
    units = [word for word in words if word in _UNITS]
    core = [word for word in words if word not in _FILLERS and word not in _UNITS]
    sized = not core and "size" in words
    if len(units) > 1 or not words:
        return None
    unit = _UNITS[units[0]] if units else None
    if sized or (core and set(core) <= _PARAMETERS):
        return "parameters", unit
    if len(core) == 2 and core[0] in ("active", "activated") and core[1] in _PARAMETERS:
        return "active_parameters", unit
    sized_fact = _NAMES.get(" ".join(word for word in words if word not in _UNITS))
    return (sized_fact, unit) if sized_fact is not None and sized_fact in SIZES else None


def fact_columns(
    cells: Mapping[str, Sequence[str]],
    requests: Sequence[str],
    asked: Asked,
    problems: Problems,
    notes: list[str],
    *,
    point: str,
) -> dict[str, FactColumn]:
    """Return the columns that hold facts: those that the user named, and those whose header does.

    A header alone is not enough, as Precision and Zero-shot are scores too: the cells must be
    values of that fact. What the user or a column spec says of a column goes before its header.

    Args:
        cells: The cells of each column that might be one, without missing ones.
        requests: What the user said: `NAME=COLUMN`, or `NAME=COLUMN*1e9` with the unit.
        asked: The options of the import.
        problems: Receives requests that cannot be met.
        notes: Receives which columns are facts, and which only look like one.
        point: The decimal separator of the numbers.
    """
    if asked.no_facts:
        if requests:
            problems.add("", "--fact and --no-facts: give one of them")
        return {}
    found = _requested(cells, requests, problems, point)
    described = {c.name for spec in (asked.spec, asked.known) if spec for c in spec.columns}
    taken = {column.fact for column in found.values()}
    for name, filled in cells.items():
        named = header_fact(name)
        if named is None or name in found or name in described or name in asked.directions:
            continue
        fact, unit = named
        filled = [_with_point(fact, text, point) for text in filled]
        factor = _share_unit(filled) if fact == "zero_shot" else unit or 1.0
        if not _fits(fact, factor, filled, cells):
            continue
        if fact in ("parameters", "active_parameters") and unit is None and _needs_unit(filled):
            notes.append(
                f"{name} may be the fact {fact}, but states no unit: --fact '{fact}={name}*1e9'"
                " takes its numbers as billions, 1e6 as millions"
            )
        elif fact in taken:
            found[name] = FactColumn("")
            notes.append(
                f"{name} is the fact {fact} too, and left out; --fact {fact}={name!r} takes it"
                " instead"
            )
        else:
            found[name] = FactColumn(fact, factor)
            taken.add(fact)
    said = [f"{n} is the fact {c.fact}{_times(c.factor)}" for n, c in found.items() if c.fact]
    if said:
        notes.append(f"no scores: {', '.join(said)}; --no-facts says otherwise")
    return found


def stated_facts(
    row: Mapping[str, str], columns: Mapping[str, FactColumn], missing: Sequence[str], point: str
) -> dict[str, Stated]:
    """Return the facts of one row of the table."""
    facts = {}
    for name, column in columns.items():
        text = row.get(name, "")
        if not column.fact or not text or text in missing:
            continue
        plain = _with_point(column.fact, text, point)
        facts[column.fact] = Stated(plain, f"column {name}", column.factor)
    return facts


def _with_point(fact: str, text: str, point: str) -> str:
    """Return a number with a decimal point; other facts as they are."""
    if point == "." or FACTS[fact].kind != "number":
        return text
    return text.replace(".", "").replace(",", ".")


def _requested(
    cells: Mapping[str, Sequence[str]], requests: Sequence[str], problems: Problems, point: str
) -> dict[str, FactColumn]:
    """Return the columns that the user named."""
    found: dict[str, FactColumn] = {}
    for request in requests:
        fact, _, name = request.partition("=")
        factor: float | None = None
        match = re.fullmatch(r"(.+)\*(\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)", name)
        if name not in cells and match is not None:
            name, factor = match[1], float(match[2])
        if fact not in FACTS:
            problems.add("", f"--fact {request}: unknown fact {fact!r}{nearest(fact, FACTS)}")
        elif name not in cells:
            problems.add("", f"--fact {request}: unknown column {name!r}{nearest(name, cells)}")
        elif fact in {column.fact for column in found.values()}:
            problems.add("", f"--fact {request}: a second column for {fact}; give one")
        else:
            named = header_fact(name)
            unit = named[1] if named is not None and named[0] == fact else None
            if fact == "zero_shot" and factor is None:
                unit = _share_unit([_with_point(fact, text, point) for text in cells[name]])
            found[name] = FactColumn(fact, factor or unit or 1.0)
    return found


def _fits(
    fact: str, factor: float, filled: Sequence[str], cells: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether the cells of a column are values of a fact, and no scores."""
    values, unread = list[object](), 0
    for text in filled:
        try:
            values.append(fact_value(fact, Stated(text, "", factor)))
        except LeaderboardError:
            unread += 1
    read = [value for value in values if value is not None]
    if not read:  # all unknown, as `-`: then it is at least no column of scores
        return bool(filled) and not unread and not any(map(_is_number, filled))
    if len(read) < unread:
        return False
    if FACTS[fact].kind == "text" and fact != "release_date":
        return not all(map(_is_number, filled))
    if fact == "instructions" and all(map(_is_number, filled)):
        return False
    if fact == "zero_shot":
        shots = [name for name in cells if "shot" in name.casefold()]
        whole = all(text.endswith("%") or not re.search(r"[.,]\d", text) for text in filled)
        return whole and len(shots) == 1  # Zero-shot beside Few-shot is a score
    numbers = [value for value in read if isinstance(value, float)]
    if fact in ("dimensions", "context_tokens") and not all(map(float.is_integer, numbers)):
        return False
    # Context may be a task, with scores in per cent.
    return fact != "context_tokens" or max(numbers) > 100


def _needs_unit(filled: Sequence[str]) -> bool:
    """Return whether sizes are so small that they must be in thousands, millions or billions."""
    bare = [text for text in filled if _is_number(text) and not has_unit(text)]
    return any(0 < float(text.replace(",", "")) < _FEWEST for text in bare)


_FEWEST = 10_000
"""Fewer parameters without a unit are thousands, millions or billions: nobody can tell which."""


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _share_unit(filled: Sequence[str]) -> float:
    """Return the unit of shares: per cent where a number exceeds 1."""
    numbers = [float(text) for text in filled if _is_number(text)]
    return 0.01 if max(numbers, default=0.0) > 1 else 1.0


def _times(factor: float) -> str:
    return "" if factor == 1 else f", times {factor:.0e}".replace("e+0", "e").replace("e-0", "e-")
