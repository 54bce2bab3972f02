"""Sentences to vectors: every pooling asked for out of one pass, within the memory there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.errors import CheckpointError
from evaluators.names import require_known
from evaluators.sts import POOLINGS
from evaluators.sts.batches import longest_first
from evaluators.sts.forward import Layers, padded_forward
from evaluators.sts.packed import pack_linear
from evaluators.sts.pooling import pool
from evaluators.sts.recipe import Recipe, read_recipe
from evaluators.sts.schedule import TokenBudget, is_out_of_memory, run_batches
from evaluators.sts.tokens import Tokenizer, Tokens

_TRIALS = 8
TOKEN_BUDGET = {"cpu": 1024, "cuda": 65536}
MAX_WORKERS = 16  # more would wait for the interpreter


class Encoded(NamedTuple):
    """The vectors of one batch."""

    rows: list[int]  # positions in the sequence given to `encode`
    vectors: dict[str, NDArray[np.floating]]  # by pooling, (len(rows), d)


class Encoder:
    """A loaded checkpoint that turns token lists into vectors.

    Attributes:
        budget: Tokens a batch; halved whenever memory runs out.
        workers: Batches computed at once.
        tokens: Tokens encoded so far, padding not counted.
        packed: Whether linear layers run in oneDNN; None before the first sentence.
    """

    def __init__(
        self,
        checkpoint: Path,
        *,
        poolings: Sequence[str],
        dtype: str,
        device: str | None,
        prompt: str,
        max_length: int | None,
        token_budget: int | None,
    ) -> None:
        self.recipe: Recipe = read_recipe(checkpoint)
        self.loaded: LoadedEncoder = load_encoder(self.recipe.encoder, dtype=dtype, device=device)
        _refuse_impossible(checkpoint, poolings, self.recipe, self.loaded)
        self.poolings = tuple(poolings)
        self.tokenizer = Tokenizer(self.loaded, self.recipe, prompt=prompt, max_length=max_length)
        self._prompt_length = 0 if self.recipe.include_prompt else self.tokenizer.prompt_length()
        wide = torch.float64 if dtype == "float64" else torch.float32
        for module in self.recipe.after:
            module.to(self.loaded.device, wide)
        self._layers = Layers(
            first="first-last-mean" in poolings,
            before_last="last-2-mean" in poolings,
            pooler="pooler" in poolings,
        )
        on_cpu = self.loaded.device.type == "cpu"
        self.budget = TokenBudget(token_budget or TOKEN_BUDGET["cpu" if on_cpu else "cuda"])
        alone = not on_cpu or _keeps_state(self.loaded.model.config)
        self.workers = 1 if alone else min(torch.get_num_threads(), MAX_WORKERS)
        self.tokens = 0
        self.packed: bool | None = None

    def encode(self, tokens: Sequence[Tokens]) -> Iterator[Encoded]:
        """Yield the vectors of every sentence, batch after batch, longest sentences first.

        Running out of memory halves the budget and goes on with what is left.

        Raises:
            CheckpointError: Memory does not even hold one sentence.
        """
        order = longest_first([len(one.ids) for one in tokens])
        lengths = [len(tokens[i].ids) for i in order]
        if self.packed is None and order:
            self._pack([tokens[i] for i in order])

        def compute(start: int, end: int) -> dict[str, NDArray[np.floating]]:
            return self._vectors([tokens[i] for i in order[start:end]])

        for start, end, vectors in run_batches(lengths, self.budget, self.workers, compute):
            self.tokens += sum(lengths[start:end])
            yield Encoded(order[start:end], vectors)

    def _pack(self, tokens: Sequence[Tokens]) -> None:
        """Replace linear layers after a trial on sentences of all lengths, padded and not."""
        few = [tokens[len(tokens) * i // _TRIALS] for i in range(min(_TRIALS, len(tokens)))]
        batches = [few[-2:], *([one] for one in few)]

        def probe() -> list[torch.Tensor]:
            found = [self._vectors(batch).values() for batch in batches]
            return [torch.from_numpy(vectors) for each in found for vectors in each]

        try:
            self.packed = pack_linear(self.loaded.model, probe)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self.packed = False

    def _vectors(self, batch: Sequence[Tokens]) -> dict[str, NDArray[np.floating]]:
        with torch.inference_mode():
            states = padded_forward(self.loaded, batch, self._layers)
            return {
                pooling: pool(states, pooling, self.recipe, self._prompt_length).cpu().numpy()
                for pooling in self.poolings
            }


def _keeps_state(config: Any) -> bool:
    """Whether a forward pass changes the model: rotary frequencies that follow the length do."""
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    return "dynamic" in str(rope) or "longrope" in str(rope)


def _refuse_impossible(
    checkpoint: Path, poolings: Sequence[str], recipe: Recipe, loaded: LoadedEncoder
) -> None:
    require_known("pooling", poolings, POOLINGS)
    if "native" in poolings and recipe.problem:
        raise CheckpointError(f"{recipe.problem}: leave out pooling 'native'")
    if "pooler" in poolings and not loaded.has_pooler:
        raise CheckpointError(
            f"{checkpoint} has no pooler ({loaded.model.config.model_type} weights without one): "
            "leave out pooling 'pooler'"
        )
