"""Write sentences as messages of a chat, where sentence-transformers 6 does.

Its Transformer module does so if its configuration has the modality `message`, or if there is no
`modules.json` and the tokenizer has a chat template. A prompt is then the message of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.checkpoint.chat_template import Message, render
from evaluators.errors import CheckpointError

STRUCTURED, FLAT = "structured", "flat"
_FORMS = (STRUCTURED, FLAT, "auto")
_FLAT_MODELS = ("apertus", "deepseek_v3", "gpt_oss", "seed_oss")
# What a template that expects a list of contents says.
_STRUCTURED_MARKS = ("content[0]", ".type", "'type'", '"type"', "item.type", "message.content[")
# Parameters of apply_chat_template: size and output of the tokens, which the chat's share.
_SIZES = ("padding", "truncation", "max_length", "return_tensors")
_REFUSED = {
    "chat_template", "continue_final_message", "conversation", "documents", "messages",
    "return_assistant_tokens_mask", "return_dict", "sanitize_control_tokens", "tokenize",
    "tokenizer_kwargs", "tools",
}  # fmt: skip
_FILLERS = ("0", "1 2 3 4")


@dataclass(frozen=True)
class ChatSettings:
    """How a sentence becomes a message.

    Attributes:
        form: `structured` for a list of contents, `flat` for a text, `auto` for what the template
            expects.
        variables: What the template sees besides the messages and the special tokens.
        restore_end: Whether what the template puts after a sentence is kept when it is truncated.
    """

    form: str = "auto"
    variables: Mapping[str, Any] = field(default_factory=dict)
    restore_end: bool = True


def read_chat(
    file: Path, modality: Any, call: Mapping[str, Any]
) -> tuple[ChatSettings, dict[str, Any]]:
    """Read how sentences become messages, and the settings of the call of the tokenizer.

    Args:
        file: Where it stands, for errors.
        modality: The entry `message` of `modality_config`.
        call: `processing_kwargs`.

    Raises:
        CheckpointError: A setting is not understood.
    """
    form = modality.get("format", "auto") if isinstance(modality, dict) else None
    if form not in _FORMS:
        raise CheckpointError(
            f"{file}: the format of messages must be one of {_FORMS}, got {form!r}"
        )
    common, text = call.get("common") or {}, call.get("text") or {}
    chat = dict(call.get("chat_template") or {})
    if "add_special_tokens" in text:
        raise CheckpointError(
            f"{file}: add_special_tokens has no effect on a chat template, and makes"
            " sentence-transformers fail: delete it in a copy"
        )
    sizes = {key: each[key] for each in (common, text, chat) for key in _SIZES if key in each}
    # The other common settings reach the template, not the tokenizer, as a variable of that name.
    texts = {**{key: value for key, value in text.items() if key not in _SIZES}, **sizes}
    restore = chat.pop("restore_suffix", True)
    variables = {key: value for key, value in chat.items() if key not in _SIZES}
    if refused := sorted(_REFUSED & set(variables)):
        raise CheckpointError(
            f"{file}: {refused[0]} of processing_kwargs.chat_template is not supported"
        )
    return ChatSettings(form, variables, bool(restore)), texts


class Chat:
    """The chat template of a checkpoint.

    Attributes:
        form: `structured` or `flat`.
    """

    def __init__(
        self, settings: ChatSettings, tokenizer: Any, *, model_type: str, named: str
    ) -> None:
        self._template = _template(tokenizer, named)
        self.form = settings.form
        if self.form == "auto":
            self.form = _inferred(tokenizer.chat_template, model_type)
        self._variables = {
            "add_generation_prompt": False,
            **tokenizer.special_tokens_map,
            **settings.variables,
        }
        self._restore = settings.restore_end
        self._named = named

    def texts(self, sentences: Sequence[str], prompt: str) -> list[str]:
        """Return what the tokenizer reads for each sentence.

        Raises:
            CheckpointError: The template fails or is refused.
        """
        system = [self._message("system", prompt)] if prompt else []
        chats = [[*system, self._message("user", sentence)] for sentence in sentences]
        return render(self._template, chats, self._variables, named=self._named)

    def end(self, prompt: str, ids: Callable[[Sequence[str]], list[list[int]]]) -> list[int]:
        """Return the tokens that the template puts after every sentence.

        Args:
            prompt: The prompt of the job.
            ids: Returns the tokens of texts, not truncated.

        Returns:
            What the tokens of two different sentences have in common at their ends; nothing where
            they are the same, or where the end of a truncated sentence is not kept.
        """
        if not self._restore:
            return []
        first, second = ids(self.texts(_FILLERS, prompt))
        pairs = zip(reversed(first), reversed(second), strict=False)
        count = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
        return first[len(first) - count :] if count < min(len(first), len(second)) else []

    def _message(self, role: str, text: str) -> Message:
        flat = self.form == FLAT
        return {"role": role, "content": text if flat else [{"type": "text", "text": text}]}


def _template(tokenizer: Any, named: str) -> str:
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not template:
        raise CheckpointError(
            f"{named} writes sentences as messages, and its tokenizer has no chat template (or"
            " several without a default): pull the checkpoint again, or put its"
            " chat_template.jinja beside tokenizer.json"
        )
    return str(template)


def _inferred(template: Any, model_type: str) -> str:
    """Return the form that sentence-transformers infers from a template."""
    if model_type in _FLAT_MODELS:
        return FLAT
    if not isinstance(template, str):
        return STRUCTURED
    return STRUCTURED if any(mark in template for mark in _STRUCTURED_MARKS) else FLAT
