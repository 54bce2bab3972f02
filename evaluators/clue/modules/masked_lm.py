"""What P-tuning takes from a checkpoint: its masked-LM head, unused tokens, words for labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from evaluators.clue.modules.prompt import Prompt
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.clue.heads import HeadSetup

_HEADS = ("cls", "lm_head", "predictions")
"""Where BERT, RoBERTa and ALBERT keep the layers over the encoder's states."""

WORDS = {"0": "不", "1": "很", "Negative": "不", "Positive": "很"}
"""The published words of sentiment, for labels that say as much."""


def make_prompt(
    setup: HeadSetup, tokens: int, auxiliary: float, words: Mapping[str, str]
) -> Prompt:
    """Return the head for the checkpoint of a setup.

    Raises:
        MethodError: The checkpoint has no masked-LM head or too few unused tokens, or a label has
            no word of one token.
    """
    if setup.loaded is None:
        raise MethodError("p-tuning reads the masked-LM head of a checkpoint, and there is none")
    tokenizer = setup.loaded.tokenizer
    spare = unused_tokens(tokenizer, tokens)
    if tokenizer.mask_token_id is None:
        raise MethodError("the tokenizer has no mask token, which p-tuning answers at: take linear")
    return Prompt(
        start=setup.loaded.model.get_input_embeddings().weight[spare],
        words=torch.tensor([_word(tokenizer, label, words) for label in setup.labels]),
        mask=int(tokenizer.mask_token_id),
        special=tokenizer.all_special_ids,
        vocabulary=vocabulary_head(setup.loaded.model.name_or_path, setup.loaded.device),
        auxiliary=auxiliary,
    )


def unused_tokens(tokenizer: Any, count: int) -> list[int]:
    """Return the first tokens of the vocabulary that no text has: `[unused1]` and the like.

    Raises:
        MethodError: There are too few.
    """
    numbered = {
        int(found[1]): token
        for word, token in tokenizer.get_vocab().items()
        if (found := re.fullmatch(r"[\[<](?:unused|extra_id_)(\d+)[\]>]", word))
    }
    names = [token for number, token in sorted(numbered.items()) if number > 0]
    if len(names) < count:
        raise MethodError(
            f"the vocabulary has {len(names)} unused tokens ([unused1] …), and p-tuning trains"
            f" {count}: set tokens lower, or take a checkpoint that has them, such as BERT's"
        )
    return names[:count]


def vocabulary_head(folder: str, device: torch.device) -> Any:
    """Return the layers from states to the vocabulary's logits, not trained.

    Raises:
        MethodError: The checkpoint has none, or parts of it are missing.
    """
    from transformers import AutoModelForMaskedLM

    none = f"{folder.rpartition('/')[2]} has no masked-LM head, whose words p-tuning answers by"
    advice = ": take a checkpoint saved with it (a BertForMaskedLM), or the head linear"
    try:
        whole, told = AutoModelForMaskedLM.from_pretrained(
            folder,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (ValueError, OSError) as error:
        raise MethodError(none + advice) from error
    name = next((each for each in _HEADS if hasattr(whole, each)), None)
    if name is None:
        raise MethodError(f"{none} where it is looked for ({', '.join(_HEADS)}){advice}")
    missing = [key for key in told["missing_keys"] if key.startswith(f"{name}.")]
    if missing:
        raise MethodError(f"{none}: {missing[0]} is not among its weights{advice}")
    head = getattr(whole, name).to(device).eval()
    for weight in head.parameters():
        weight.requires_grad_(False)
    return head


def _word(tokenizer: Any, label: str, words: Mapping[str, str]) -> int:
    word = words.get(label) or WORDS.get(label)
    if word is None:
        raise MethodError(
            f"label {label!r} has no word to be told by: set words: {{{label}: …}} for each label,"
            " one token each"
        )
    found = tokenizer.encode(word, add_special_tokens=False)
    if len(found) != 1 or found[0] == tokenizer.unk_token_id:
        raise MethodError(
            f"the word {word!r} of label {label!r} is not one token of the checkpoint's vocabulary:"
            " set another in words"
        )
    return int(found[0])
