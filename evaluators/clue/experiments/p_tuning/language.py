"""A made-up language whose sentences have a hidden class, and a masked language model of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

PAD, CLS, SEP, MASK = range(4)
SPARE = tuple(range(4, 20))
"""Tokens that no sentence has."""

CLASS_WORDS = (20, 21)
"""Tokens that tell the class outright."""

FIRST, CONTENT, LENGTH = 22, 60, 14
SIGNED = 0.3
"""Share of the words that lean to the class: from its own third of the vocabulary."""


def sentences(n: int, generator: torch.Generator, *, told: bool) -> tuple[Tensor, Tensor]:
    """Return sentences (n, 16) with their frame, and their classes (n,).

    Args:
        n: How many.
        generator: Draws everything.
        told: Whether a random word of each is the one that tells its class.
    """
    labels = torch.randint(2, (n,), generator=generator)
    words = torch.randint(CONTENT, (n, LENGTH), generator=generator)
    leaning = torch.randint(CONTENT // 3, (n, LENGTH), generator=generator)
    leaning = leaning + (labels * (CONTENT // 3))[:, None]
    signed = torch.rand(n, LENGTH, generator=generator) < SIGNED
    words = FIRST + torch.where(signed, leaning, words)
    if told:
        place = torch.randint(LENGTH, (n,), generator=generator)
        words[torch.arange(n), place] = torch.tensor(CLASS_WORDS)[labels]
    frame = torch.full((n, 1), CLS), torch.full((n, 1), SEP)
    return torch.cat([frame[0], words, frame[1]], dim=1), labels


def pretrain(steps: int, seed: int) -> Any:
    """Return a masked language model (transformers' BERT, two layers of 64) of the language.

    Args:
        steps: Of 64 sentences, each with its telling word in.
        seed: Of weights, sentences and masks.
    """
    from transformers import BertConfig, BertForMaskedLM

    generator = torch.Generator().manual_seed(seed)
    config = BertConfig(
        vocab_size=FIRST + CONTENT,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=48,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = BertForMaskedLM(config)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        ids, _ = sentences(64, generator, told=True)
        hidden = (torch.rand(ids.shape, generator=generator) < 0.2) & (ids > SEP)
        logits = model(input_ids=ids.masked_fill(hidden, MASK)).logits
        optimiser.zero_grad()
        torch.autograd.backward(cross_entropy(logits[hidden], ids[hidden]))
        optimiser.step()
    return model.eval()
