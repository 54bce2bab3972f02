"""Write data/mteb/prompts.json: what mteb puts before the sentences of pair tasks, by model.

    python docs/generate_mteb_prompts.py      # needs `pip install mteb`

Of models that mteb loads as sentence-transformers do, with prompts or an instruction template of
its own. Where a model is not listed, mteb takes the prompts that the checkpoint itself declares.
"""

from __future__ import annotations

import importlib
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args
from unittest import mock

from evaluators.task import TaskType

FOLDER = Path(__file__).parents[1] / "data" / "mteb"
TYPES = get_args(TaskType)


def prompts_of(meta: Any, tasks: Sequence[Any]) -> dict[str, str] | None:
    """Return the prompt by task; None where mteb leaves it to the checkpoint, or asks otherwise."""
    wrappers = importlib.import_module("mteb.models.sentence_transformer_wrapper")
    instruct = importlib.import_module("mteb.models.instruct_wrapper")
    encoders = importlib.import_module("mteb.models.abs_encoder")
    instructed = instruct.InstructSentenceTransformerModel
    plain = wrappers.SentenceTransformerEncoderWrapper
    with (
        mock.patch.object(instructed, "__init__", _keep),
        mock.patch.object(plain, "__init__", _keep),
    ):
        try:
            encoder = meta.loader(meta.name, meta.revision, **dict(meta.loader_kwargs or {}))
        except Exception:  # it wants the weights, or a package that is not here
            return None
    # Wrappers with an `encode` of their own hand a prompt to the model in their own way.
    own = getattr(type(encoder), "encode", None)
    nomic = importlib.import_module("mteb.models.model_implementations.nomic_models").NomicWrapper
    if own is instructed.encode:
        if priority := encoder.options.get("prompt_priority"):
            encoder.prompt_priority = [encoders.PromptSource.from_str(name) for name in priority]
        return {task.name: encoder.get_task_instruction(task, None) or "" for task in tasks}
    if own in (plain.encode, nomic.encode) and (prompts := encoder.options.get("model_prompts")):
        names = {task.name: encoders.get_prompt_name(prompts, task, None) for task in tasks}
        return {task: prompts[name] if name else "" for task, name in names.items()}
    return None


def _keep(encoder: Any, *_: Any, **options: Any) -> None:
    """Keep what a wrapper is given, in place of loading the model."""
    encoder.options, encoder.model = options, mock.MagicMock()
    encoder.instruction_template = options.get("instruction_template")
    encoder.prompts_dict = options.get("prompts_dict")


def _asymmetric(task: Any) -> bool:
    """Return whether the two sentences of a pair have prompts of their own, which are not taken."""
    kinds = (getattr(task, "input1_prompt_type", None), getattr(task, "input2_prompt_type", None))
    return any(kinds) or not isinstance(task.metadata.prompt, str | None)


def by_type(prompts: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Any]:
    """Return the commonest prompt of each type of task, and the tasks with another one."""
    facts: dict[str, Any] = {}
    for kind in TYPES:
        of_kind = [prompts[task] for task in sorted(prompts) if types[task] == kind]
        facts[kind] = Counter(of_kind).most_common(1)[0][0]
    others = {task: text for task, text in prompts.items() if text != facts[types[task]]}
    return {**facts, **({"tasks": dict(sorted(others.items()))} if others else {})}


def main() -> None:
    """Write prompts.json."""
    warnings.simplefilter("ignore")
    registry: Any = importlib.import_module("mteb.get_tasks")._TASKS_REGISTRY
    models: Any = importlib.import_module("mteb.models.model_implementations").MODEL_REGISTRY
    kinds = [kind for _, kind in sorted(registry.items()) if kind.metadata.type in TYPES]
    tasks = [kind.metadata for kind in kinds if not _asymmetric(kind)]
    types = {task.name: task.type for task in tasks}
    lines = []
    for name, meta in sorted(models.items()):
        prompts = prompts_of(meta, tasks)
        if prompts is not None and any(prompts.values()) and "{instruction}" not in str(prompts):
            facts = json.dumps(by_type(prompts, types), ensure_ascii=False)
            lines.append(f"{json.dumps(name)}: {facts}")
    head = f'"source": "mteb {version("mteb")}, the models that the package declares"'
    text = "{\n" + head + ',\n"models": {\n' + ",\n".join(lines) + "\n}\n}\n"
    (FOLDER / "prompts.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
