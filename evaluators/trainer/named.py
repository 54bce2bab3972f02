"""Find the methods and heads that plans name: one file each, with its own `Options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import ModuleType
from typing import Any, NamedTuple

from evaluators import discovery
from evaluators.errors import MethodError
from evaluators.names import validate_known

Spec = str | Mapping[str, Any]
"""What a plan writes: `r-drop`, or `{name: r-drop, alpha: 4}`."""


class Named(NamedTuple):
    """The file of a method or head, and its options.

    Attributes:
        name: As a plan writes it.
        module: The file.
        options: Its checked options.
    """

    name: str
    module: ModuleType
    options: Any

    @property
    def given(self) -> dict[str, Any]:
        """Options with their values as plain JSON, without those that `UNWRITTEN` leaves out."""
        unwritten = getattr(self.module, "UNWRITTEN", {})
        return {
            key: value
            for key, value in asdict(self.options).items()
            if key not in unwritten or value != unwritten[key]
        }


def find(package: str, kind: str, spec: Spec) -> Named:
    """Find the file that a plan names, and validate its options.

    Args:
        package: Package that holds the files, as a dotted name.
        kind: What they are called in errors: `method`, `head`.
        spec: The name, or a mapping with `name` and options.

    Raises:
        UnknownNameError: No file of that name, or no such option, with the nearest one.
        MethodError: The name is missing, or an option has an invalid value.
    """
    from pydantic import TypeAdapter, ValidationError

    options_given = {"name": spec} if isinstance(spec, str) else dict(spec)
    name = options_given.pop("name", None)
    if not isinstance(name, str):
        raise MethodError(f"a {kind} is a name or a mapping with `name`: {spec!r} has none")
    module = discovery.find(package, kind, name)
    known = tuple(module.Options.__dataclass_fields__)
    validate_known(f"option of {kind} {name}", sorted(map(str, options_given)), known)
    try:
        options = TypeAdapter(module.Options).validate_python(options_given)
    except ValidationError as error:
        message = "; ".join(
            ".".join(map(str, problem["loc"])) + (": " if problem["loc"] else "") + problem["msg"]
            for problem in error.errors()
        )
        raise MethodError(f"{kind} {name}: {message}") from error
    return Named(name, module, options)


def of_job(package: str, name: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a job's name and options as a plan writes them, `UNWRITTEN` ones included."""
    return {"name": name, **getattr(discovery.load(package, name), "UNWRITTEN", {}), **options}


def words(entry: Named) -> str:
    """Return the name with the options that differ from their defaults."""
    defaults = asdict(type(entry.options)())
    changed = [f"{key} {value}" for key, value in entry.given.items() if value != defaults[key]]
    return f"{entry.name} ({', '.join(changed)})" if changed else entry.name
