"""Look up what mteb puts before the sentences of a model, by the model's name on the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from flows.bundled import bundled

if TYPE_CHECKING:
    from flows.checkpoints.source import Checkpoint


def mteb_prompts(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """Return the text by type of task, and under `tasks` by task.

    Empty where mteb leaves it to the checkpoint. A copy from elsewhere is known by its name in the
    plan, where that is the model's name on the hub without its owner, in any case of letters.
    """
    _, _, location = checkpoint.requested_source.partition("://")
    models = _models()
    named = models.get(location.partition("@")[0]) or _by_last_part().get(checkpoint.name.lower())
    return named or {}


@cache
def _by_last_part() -> Mapping[str, Mapping[str, Any]]:
    """Return the models by their names without owners; none where two owners share one."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, texts in _models().items():
        last = name.partition("/")[2].lower()
        found[last] = {} if last in found else texts
    return found


@cache
def _models() -> Mapping[str, Mapping[str, Any]]:
    text = (bundled("data", "mteb") / "prompts.json").read_text(encoding="utf-8")
    models: Mapping[str, Mapping[str, Any]] = json.loads(text)["models"]
    return models
