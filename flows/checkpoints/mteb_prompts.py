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

    Empty where mteb leaves it to the checkpoint. A copy in a local folder is known by its name in
    the plan, where that is the model's name on the hub.
    """
    _, _, location = checkpoint.requested_source.partition("://")
    models = _models()
    return models.get(location.partition("@")[0]) or models.get(checkpoint.name) or {}


@cache
def _models() -> Mapping[str, Mapping[str, Any]]:
    text = (bundled("data", "mteb") / "prompts.json").read_text(encoding="utf-8")
    models: Mapping[str, Mapping[str, Any]] = json.loads(text)["models"]
    return models
