"""Choose what stands before every sentence: the checkpoint's prompt, MTEB's or the plan's."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from evaluators import tasks
from evaluators.checkpoint.prompts import read_prompts
from evaluators.digest import canonical_json
from evaluators.errors import CheckpointError
from evaluators.evaluator import MeasuredCheckpoint
from evaluators.names import nearest
from evaluators.task import PairTask, TaskType

DECLARED, NONE, MTEB = "declared", "none", "mteb"
_NAME, _TEXT = "name", "text"


def _validate_prompt(prompt: str | dict[str, str]) -> str | dict[str, str]:
    if isinstance(prompt, str) or set(prompt) in ({_NAME}, {_TEXT}):
        return prompt
    known = (*get_args(TaskType), *tasks.names())
    if not prompt:
        raise ValueError("a mapping of prompts must not be empty: `none` puts none")
    for key in prompt:
        if key not in known:
            raise ValueError(
                f"{key!r} must be name, text, a task or a type of task{nearest(key, known)}"
            )
    return prompt


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict) else value


Prompt = Annotated[str | dict[str, str], AfterValidator(_validate_prompt)]
Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1), BeforeValidator(_as_list)]
"""One prompt or several: `declared`, `none`, `mteb`, any other text, `{name: query}` of the
checkpoint's own prompts, `{text: declared}` for a text that would be taken for a word, or a text
by task or type of task."""


def prompt_of(prompt: str | dict[str, str], task: PairTask, checkpoint: MeasuredCheckpoint) -> str:
    """Return the text that stands before every sentence of a task.

    Args:
        prompt: The plan's choice.
        task: The task.
        checkpoint: The checkpoint that reads the sentences.

    Raises:
        CheckpointError: The checkpoint has no prompt of that name, its configuration cannot be
            read, or the plan has no text for the task.
    """
    if isinstance(prompt, dict):
        if set(prompt) == {_TEXT}:
            return prompt[_TEXT]
        if set(prompt) == {_NAME}:
            return _named(prompt[_NAME], checkpoint)
        text = prompt.get(task.name, prompt.get(task.type))
        if text is None:
            raise CheckpointError(
                f"prompt has no text for {task.name} of type {task.type}, only for"
                f" {', '.join(prompt)}: add one of both"
            )
        return text
    if prompt == DECLARED:
        return read_prompts(checkpoint.folder)[1]
    if prompt == MTEB:
        return _of_mteb(task, checkpoint)
    return "" if prompt == NONE else prompt


def name_of_choice(prompt: str | dict[str, str]) -> str | None:
    """Return the name under which a choice is recorded; None for one text, which names itself."""
    if isinstance(prompt, str):
        return prompt if prompt in (DECLARED, NONE, MTEB) else None
    if set(prompt) == {_NAME}:
        return f"{_NAME}: {prompt[_NAME]}"
    return None if set(prompt) == {_TEXT} else canonical_json(prompt)


def _named(name: str, checkpoint: MeasuredCheckpoint) -> str:
    prompts, _ = read_prompts(checkpoint.folder)
    if name not in prompts:
        there = f"it declares {', '.join(prompts)}"
        raise CheckpointError(f"{checkpoint.name} has no prompt named {name!r}: {there}")
    return prompts[name]


def _of_mteb(task: PairTask, checkpoint: MeasuredCheckpoint) -> str:
    """Return what mteb puts before the sentences, which have no role as query or document.

    It takes the prompts of its own declaration of the model, else those that the checkpoint
    declares: by the task's name, by its type, else the default.
    """
    facts = checkpoint.mteb_prompts()
    if facts:
        text: str = facts.get("tasks", {}).get(task.name, facts[task.type])
        return text
    prompts, default = read_prompts(checkpoint.folder)
    return prompts.get(task.name, prompts.get(task.type, default))
