"""Refuse YAML that is nested too deeply or holds too much, before it is built."""

from __future__ import annotations

from typing import Any

import yaml

BASE: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

DEEPEST = 50


def validate_events(text: str, *, most: int, aliases: bool) -> None:
    """Validate depth and size by a document's events: building its nodes is recursive and slow.

    Args:
        text: The text.
        most: The largest number of values.
        aliases: Whether aliases are read. A few of them can stand for billions of values.

    Raises:
        yaml.MarkedYAMLError: With the place of the first that is too much.
        yaml.YAMLError: The text is not valid YAML.
    """
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=BASE)):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent) and not aliases:
            raise _too_much("aliases (*name) are not read", event)
        if depth > DEEPEST:
            raise _too_much(f"nested deeper than {DEEPEST} levels", event)
        if count > most:
            raise _too_much(f"more than {most:,} values", event)


def validate_expansion(node: yaml.Node, *, most: int) -> None:
    """Validate depth and size of a document in which aliases are replaced by what they stand for.

    Args:
        node: The document, which `validate_events` accepted.
        most: The largest number of values.

    Raises:
        yaml.MarkedYAMLError: With the place of the first that is too much.
    """
    known: dict[int, tuple[int, int] | None] = {}

    def measure(node: yaml.Node) -> tuple[int, int]:
        """Return the number of values and of levels."""
        if id(node) in known:
            found = known[id(node)]
            if found is None:
                raise _too_much("an alias stands for a value that holds it", node)
            return found
        known[id(node)] = None
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [child for pair in node.value for child in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        sizes = [measure(child) for child in children]
        count = 1 + sum(size for size, _ in sizes)
        depth = 1 + max((levels for _, levels in sizes), default=0)
        if count > most:
            raise _too_much(f"its aliases stand for more than {most:,} values", node)
        if depth > DEEPEST:
            raise _too_much(f"its aliases nest deeper than {DEEPEST} levels", node)
        known[id(node)] = (count, depth)
        return count, depth

    measure(node)


def _too_much(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, place.start_mark)
