"""Decide which finished jobs run again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from evaluators.names import UnknownNameError

Kind = Literal["missing", "always", "never", "changed-environment", "older-than"]
KINDS: tuple[Kind, ...] = ("missing", "always", "never", "changed-environment", "older-than")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Rerun:
    """The rule of a plan for finished jobs.

    `missing` runs jobs without a finished run; `always` runs all jobs again; `never` runs nothing
    and only reports; `changed-environment` also runs jobs that were last measured with other
    libraries, another driver or machine; `older-than: 30d` also runs jobs older than that.
    """

    kind: Kind
    age: timedelta | None = None

    def __str__(self) -> str:
        if self.age is None:
            return self.kind
        return f"older-than: {self.age / timedelta(minutes=1):.0f}m"


def parse_rerun(text: str) -> Rerun:
    """Parse `missing`, `always`, `never`, `changed-environment` or `older-than: 30d`.

    Raises:
        ValueError: The text is not a rule; the message gives the nearest one or the form of an age.
    """
    name, _, age = (part.strip() for part in text.partition(":"))
    for kind in KINDS:
        if kind == name:
            break
    else:
        raise UnknownNameError("rerun", name, KINDS)
    if kind != "older-than":
        if age:
            raise ValueError(f"rerun {kind!r} takes no age")
        return Rerun(kind)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([mhdw])", age)
    if not match:
        raise ValueError(f"rerun older-than needs an age such as 12h, 30d or 4w, not {age!r}")
    return Rerun(kind, timedelta(**{_UNITS[match[2]]: float(match[1])}))


def wants_again(
    rule: Rerun, *, finished_at: datetime, same_environment: bool, now: datetime
) -> bool:
    """Return whether a job with a finished run runs again.

    A run from the future, made before the clock was set back, counts as old.
    """
    if rule.kind == "always":
        return True
    if rule.kind == "changed-environment":
        return not same_environment
    age = abs(now - finished_at)
    return rule.kind == "older-than" and rule.age is not None and age > rule.age
