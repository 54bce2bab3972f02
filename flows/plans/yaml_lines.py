"""Find the line of a plan that an error is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from flows.yaml_limits import BASE, validate_events, validate_expansion

_MOST = 50_000
"""Values of a plan; the longest of the project has some 500."""


class _UniqueKeys(BASE):  # type: ignore[misc]
    """A safe loader that refuses duplicate keys, which YAML would allow."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word, not a list or mapping", key_node.start_mark
                )
            key = self.construct_object(key_node, deep=True)
            if key in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is a duplicate", key_node.start_mark
                )
            keys.add(key)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def parse(text: str) -> tuple[Any, yaml.Node]:
    """Return a YAML document as data, and as nodes with their lines.

    Raises:
        yaml.YAMLError: It is not valid, has a duplicate key, nests too deeply or holds too much.
    """
    validate_events(text, most=_MOST, aliases=True)
    loader = _UniqueKeys(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, yaml.ScalarNode("tag:yaml.org,2002:null", "")
        validate_expansion(node, most=_MOST)
        return loader.construct_document(node), node
    except ValueError as error:  # a date of month 13, a number of 5,000 digits
        raise yaml.YAMLError(str(error)) from error
    finally:
        loader.dispose()


def _descend(node: yaml.Node, location: Sequence[Any]) -> yaml.Node:
    """Return the deepest node that the location reaches."""
    for part in location:
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            child = node.value[part] if part < len(node.value) else None
        else:
            child = None
        if child is None:
            break
        node = child
    return node


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _scalars(child)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def line_of(node: yaml.Node, location: Sequence[Any]) -> int:
    """Return the 1-based line of the deepest node the location reaches."""
    return _line(_descend(node, location))


def line_of_text(node: yaml.Node, text: str, location: Sequence[Any] = ()) -> int:
    """Return the 1-based line where `text` is a key or value below the location."""
    start = _descend(node, location)
    for scalar in _scalars(start):
        if scalar.value == text or scalar.value.startswith((f"{text}/", f"{text}://")):
            return _line(scalar)
    return _line(start)
