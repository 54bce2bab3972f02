"""Encode sentences: all poolings from one forward pass, within the available memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.checkpoint.device_map import DeviceMap
from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.checkpoint.static import load_static
from evaluators.errors import CheckpointError, ScoreError
from evaluators.names import validate_known
from evaluators.sts.names import POOLINGS
from evaluators.sts.packed import pack_linear
from evaluators.sts.pooling import pool
from evaluators.sts.recipe import Recipe, read_recipe
from evaluators.sts.schedule import TokenBudget, is_out_of_memory, longest_first, run_batches
from evaluators.sts.steps import States
from evaluators.sts.tokenizer import Tokenizer, Tokens

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
        budget: Tokens per batch; halved whenever memory runs out.
        workers: Batches computed at once.
        tokens: Tokens encoded so far, padding not counted.
        packed: Whether linear layers run in oneDNN; None before the first sentence.
        layers: Layers that the poolings need besides the last one.
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
        device_map: DeviceMap | None = None,
    ) -> None:
        self.recipe: Recipe = read_recipe(checkpoint)
        place: dict[str, Any] = {"dtype": dtype, "device": device}
        self.loaded: LoadedEncoder = (
            load_static(self.recipe.encoder, **place)
            if self.recipe.static
            else load_encoder(self.recipe.encoder, **place, device_map=device_map)
        )
        _validate_possible(checkpoint, poolings, self.recipe, self.loaded)
        self.poolings = tuple(poolings)
        self.tokenizer = Tokenizer(self.loaded, self.recipe, prompt=prompt, max_length=max_length)
        # The library does not look for a prompt within a chat.
        pools_all = self.recipe.include_prompt or self.tokenizer.chat is not None
        self._prompt_length = 0 if pools_all else self.tokenizer.prompt_length()
        wide = torch.float64 if dtype == "float64" else torch.float32
        for step in self.recipe.steps:
            if isinstance(step.compute, torch.nn.Module):
                step.compute.to(self.loaded.device, wide)
        self.layers = Layers(
            first="first-last-mean" in poolings,
            before_last="last-2-mean" in poolings,
            pooler="pooler" in poolings,
            every="native" in poolings and self.recipe.needs_layers,
        )
        on_cpu = self.loaded.device.type == "cpu"
        self.budget = TokenBudget(token_budget or TOKEN_BUDGET["cpu" if on_cpu else "cuda"])
        alone = (
            not on_cpu
            or bool(self.loaded.spread_over)
            or _keeps_state(getattr(self.loaded.model, "config", None))
        )
        self.workers = 1 if alone else min(torch.get_num_threads(), MAX_WORKERS)
        self.tokens = 0
        self.packed: bool | None = None

    def tokens_of(self, sentences: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each sentence.

        Raises:
            ScoreError: A sentence has no tokens, or none besides a prompt that is not pooled.
        """
        tokens = self.tokenizer(sentences)
        if "native" in self.poolings and self._prompt_length:
            for sentence, found in zip(sentences, tokens, strict=True):
                if len(found.ids) <= self._prompt_length:
                    raise ScoreError(
                        f"nothing of the sentence {sentence!r} is left behind the prompt, which"
                        f" this checkpoint does not pool (max_length is {self.tokenizer.max_length}"
                        " tokens): leave its pairs out of the data, or take a shorter prompt"
                    )
        return tokens

    def encode(self, tokens: Sequence[Tokens]) -> Iterator[Encoded]:
        """Yield the vectors of all sentences by batches, longest sentences first.

        When memory runs out, the budget is halved and the remaining sentences continue.

        Raises:
            CheckpointError: Memory does not hold one sentence.
        """
        order = longest_first([len(sentence.ids) for sentence in tokens])
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
        trial = [tokens[len(tokens) * i // _TRIALS] for i in range(min(_TRIALS, len(tokens)))]
        batches = [trial[-2:], *([sentence] for sentence in trial)]

        def probe() -> list[torch.Tensor]:
            vectors_by_batch = [self._vectors(batch).values() for batch in batches]
            return [torch.from_numpy(vectors) for each in vectors_by_batch for vectors in each]

        try:
            self.packed = pack_linear(self.loaded.model, probe)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self.packed = False

    def _vectors(self, batch: Sequence[Tokens]) -> dict[str, NDArray[np.floating]]:
        with torch.inference_mode():
            states = padded_forward(self.loaded, batch, self.layers)
            return {
                pooling: pool(states, pooling, self.recipe, self._prompt_length).cpu().numpy()
                for pooling in self.poolings
            }


def _keeps_state(config: Any) -> bool:
    """Return whether a forward pass changes the model, as dynamic rotary frequencies do."""
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    return "dynamic" in str(rope) or "longrope" in str(rope)


# Encoder-decoder models of which sentence-transformers too takes the encoder alone.
_ENCODERS_ALONE = (
    "blenderbot", "blenderbot-small", "longt5", "m2m_100", "marian", "mt5", "pegasus", "pegasus_x",
    "prophetnet", "switch_transformers", "t5", "t5gemma", "udop", "umt5",
)  # fmt: skip
_OF_TABLES = ("native", "last-mean", "last-token", "weighted-mean")


def _validate_possible(
    checkpoint: Path, poolings: Sequence[str], recipe: Recipe, loaded: LoadedEncoder
) -> None:
    validate_known("pooling", poolings, POOLINGS)
    kind = "" if loaded.is_static else loaded.model.config.model_type
    problem = recipe.problem
    if recipe.declared and loaded.has_decoder and kind not in _ENCODERS_ALONE:
        problem = problem or (
            f"{checkpoint}: sentence-transformers pools the decoder of a {kind}, and only encoders"
            " are run here"
        )
    if "native" in poolings and problem:
        raise CheckpointError(f"{problem}: leave out pooling 'native'")
    if "pooler" in poolings and not loaded.has_pooler:
        raise CheckpointError(
            f"{checkpoint} has no pooler ({kind or 'StaticEmbedding'} weights without one): "
            "leave out pooling 'pooler'"
        )
    if loaded.is_static and (layered := [name for name in poolings if name not in _OF_TABLES]):
        raise CheckpointError(
            f"{checkpoint} is a table of word vectors, without layers or special tokens: leave out"
            f" pooling {layered[0]!r}"
        )


class Layers(NamedTuple):
    """The layers that poolings need besides the last one."""

    first: bool
    before_last: bool
    pooler: bool
    every: bool


def padded_forward(loaded: LoadedEncoder, batch: Sequence[Tokens], layers: Layers) -> States:
    """Run the encoder over a batch padded on the right to its longest sentence.

    Sentences of equal length need no padding, and then no mask either.
    """
    model, device = loaded.model, loaded.device
    lengths = [len(tokens.ids) for tokens in batch]
    shape = (len(batch), max(lengths))
    pad = loaded.tokenizer.pad_token_id or 0
    ids = np.full(shape, pad, dtype=np.int64)
    types = np.zeros(shape, dtype=np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens.ids)] = tokens.ids
        if tokens.types is not None:
            types[row, : len(tokens.types)] = tokens.types
    inputs = {"input_ids": torch.from_numpy(ids).to(device)}
    mask = None
    if min(lengths) < shape[1]:
        real = np.arange(shape[1])[None] < np.array(lengths)[:, None]
        mask = torch.from_numpy(real.astype(np.int64)).to(device)
        inputs["attention_mask"] = mask
    if types.any():
        inputs["token_type_ids"] = torch.from_numpy(types).to(device)
    deep = layers.first or layers.before_last or layers.every
    output = model(**inputs, output_hidden_states=deep, return_dict=True)
    hidden: tuple[torch.Tensor, ...] = output.hidden_states if deep else ()
    if loaded.spread_over:  # each layer's states lie where the layer does
        hidden = tuple(states.to(device) for states in hidden)
    return States(
        last=output.last_hidden_state.to(device),
        first=hidden[1] if layers.first else None,
        before_last=hidden[-2] if layers.before_last else None,
        pooled=output.pooler_output.to(device) if layers.pooler else None,
        mask=mask,
        layers=hidden if layers.every else None,
    )


def encoder_cost(encoder: Encoder) -> dict[str, Any]:
    """Return the settings of a loaded encoder for a run's cost, as plain JSON."""
    recipe = encoder.recipe
    return {
        "device": ", ".join(map(str, encoder.loaded.spread_over or [encoder.loaded.device])),
        "threads": torch.get_num_threads(),
        "linear_layers": "onednn" if encoder.packed else "torch",
        "workers": encoder.workers,
        "token_budget": encoder.budget.tokens,
        "oom_halvings": encoder.budget.halvings,
        "max_length": encoder.tokenizer.max_length,
        "truncated": encoder.tokenizer.truncated,
        "native_pooling": recipe.label,
        "chat_template": encoder.tokenizer.chat.form if encoder.tokenizer.chat else None,
        "truncate_dim": recipe.model.truncate_dim,
        "similarity_of_checkpoint": recipe.model.similarity,
        "default_prompt_not_used": _unused_prompt(recipe.model.default_prompt, encoder.tokenizer),
    }


def _unused_prompt(default: str | None, tokenizer: Tokenizer) -> str | None:
    return None if tokenizer.prompt == (default or "") else default


def peak_memory(encoder: Encoder | None) -> int:
    """Return the peak memory in bytes: the GPUs' where one is used, else the process's."""
    if encoder is not None and encoder.loaded.device.type == "cuda":
        devices = encoder.loaded.spread_over or [encoder.loaded.device]
        gpus = [device for device in devices if device.type == "cuda"]
        return sum(int(torch.cuda.max_memory_allocated(device)) for device in gpus)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
