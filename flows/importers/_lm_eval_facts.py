"""Facts about the models of lm-evaluation-harness: size, revision, precision and adapter."""

from __future__ import annotations

from flows.importers._draft import Stated
from flows.importers._lm_eval_rows import Row


def facts_of_row(row: Row) -> dict[str, Stated]:
    """Return what the files of a row state of its model, where they agree."""
    found: dict[str, dict[object, str]] = {}
    for run in row.runs:
        one = run.result.evaluated
        precision = one.dtype or one.loaded, one.quantised
        stated = {
            "parameters": one.parameters,
            "revision": one.revision or one.commit,
            "precision": ", ".join(part for part in precision if part),
            "adapter": one.model if one.on else "",
            "base_model": one.on,
        }
        for name, value in stated.items():
            if value:
                found.setdefault(name, {}).setdefault(value, run.result.where)
    return {
        name: Stated(*next(iter(values.items())))
        for name, values in found.items()
        if len(values) == 1
    }
