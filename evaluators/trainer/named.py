"""Methods and heads by the names that plans give them: one file each, with `Options` of its own."""

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
    """A file that was found, and its options.

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
        """Every option with its value, as plain JSON, but for what `UNWRITTEN` leaves out."""
        unwritten = getattr(self.module, "UNWRITTEN", {})
        return {
            key: value
            for key, value in asdict(self.options).items()
            if key not in unwritten or value != unwritten[key]
        }


def find(package: str, kind: str, spec: Spec) -> Named:
    """Find a file by what a plan says, and check its options.

    Args:
        package: Where the files are, as a dotted name.
        kind: What they are called in errors: `method`, `head`.
        spec: The name, or a mapping with `name` and options.

    Raises:
        UnknownNameError: No file of that name, or no such option, with the nearest one.
        MethodError: The name is missing, or an option cannot be what it is.
    """
    from pydantic import TypeAdapter, ValidationError

    given = {"name": spec} if isinstance(spec, str) else dict(spec)
    name = given.pop("name", None)
    if not isinstance(name, str):
        raise MethodError(f"a {kind} is a name or a mapping with `name`: {spec!r} has none")
    module = discovery.find(package, kind, name)
    known = tuple(module.Options.__dataclass_fields__)
    validate_known(f"option of {kind} {name}", sorted(map(str, given)), known)
    try:
        options = TypeAdapter(module.Options).validate_python(given)
    except ValidationError as error:
        said = "; ".join(
            ".".join(map(str, one["loc"])) + (": " if one["loc"] else "") + one["msg"]
            for one in error.errors()
        )
        raise MethodError(f"{kind} {name}: {said}") from error
    return Named(name, module, options)


def of_job(package: str, name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a job's name and options as a plan would write them, `UNWRITTEN` ones included."""
    return {"name": name, **getattr(discovery.load(package, name), "UNWRITTEN", {}), **given}


def words(found: Named) -> str:
    """Return the name with the options that are not as they would be anyway."""
    usual = asdict(type(found.options)())
    other = [f"{key} {value}" for key, value in found.given.items() if value != usual[key]]
    return f"{found.name} ({', '.join(other)})" if other else found.name
