"""Name prompts briefly, and find the prompt that a checkpoint is scored with by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from dashboard.language import mark, t
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read

NO_PROMPT = mark("no prompt")

_LIMIT = 40  # columns of text: a Chinese character has two


class Prompts(NamedTuple):
    """What the store knows of prompts.

    Attributes:
        names: Short names of the texts of all prompts, each different from the others.
        declared: The prompt that a checkpoint declares, empty for none, by its digest. A checkpoint
            of which the store does not tell is not in it.
    """

    names: Mapping[str, str]
    declared: Mapping[str, str]

    def own(self, scores: pd.DataFrame) -> pd.Series:
        """Return for each score the prompt that its checkpoint is shown with on its task.

        It is the declared one; where that was not scored, the one with the most scores.

        Args:
            scores: `checkpoint_digest, task, prompt`.
        """
        counts = scores.groupby(["checkpoint_digest", "prompt"]).size().to_dict()

        def order(digest: str, prompt: str) -> tuple[bool, int, str]:
            return prompt != self.declared.get(digest), -counts[digest, prompt], prompt

        own: dict[tuple[str, str], str] = {}
        for row in records(scores[["checkpoint_digest", "task", "prompt"]].drop_duplicates()):
            place = row.checkpoint_digest, row.task
            if place not in own or order(place[0], row.prompt) < order(place[0], own[place]):
                own[place] = row.prompt
        places = zip(scores.checkpoint_digest, scores.task, strict=True)
        return pd.Series([own[place] for place in places], index=scores.index, dtype=object)

    def name(self, prompt: str) -> str:
        """Return the name of a prompt in the reader's language."""
        name = self.names[prompt]
        return t(name) if name == NO_PROMPT else name

    def label(self, prompt: str, digest: str) -> str:
        """Return the name of a prompt, and whether the checkpoint declares it."""
        if prompt and self.declared.get(digest) == prompt:
            return t("{prompt} (declared)", prompt=self.names[prompt])
        return self.name(prompt)


def known_prompts() -> Prompts:
    """Read the prompts of all scores, and those that checkpoints declare."""
    declared = read(sts.declared_prompts)
    return Prompts(
        names(read(sts.prompts).prompt),
        dict(zip(declared.checkpoint_digest, declared.prompt, strict=True)),
    )


def names(prompts: Iterable[str]) -> dict[str, str]:
    """Return a short name for each text; those that would be the same are numbered."""
    named: dict[str, str] = {}
    for prompt in sorted(set(prompts)):
        name = short = shortened(prompt)
        number = 1
        while name in named.values():
            number += 1
            name = f"{short} ({number})"
        named[prompt] = name
    return named


def shortened(prompt: str, limit: int = _LIMIT) -> str:
    """Return a prompt on one line, in quotes and cut at a width; `no prompt` for none."""
    if not prompt:
        return NO_PROMPT
    line = prompt.replace("\r\n", "↵").replace("\n", "↵").replace("\t", " ")
    width = 0
    for place, character in enumerate(line):
        width += 2 if unicodedata.east_asian_width(character) in "FW" else 1
        if width > limit:
            return f"“{line[:place].rstrip()}…”"
    return f"“{line}”"
