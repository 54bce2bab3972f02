"""Encode sentences: all poolings from one forward pass, within the available memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from evaluators.checkpoint.device_map import DeviceMap
from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.checkpoint.static import load_static
from evaluators.errors import CheckpointError, ScoreError
from evaluators.names import validate_known
from evaluators.sts.forward_pass import Filled, Layers, padded_forward, unpadded_forward
from evaluators.sts.names import POOLINGS
from evaluators.sts.packed import pack_linear
from evaluators.sts.pooling import pool
from evaluators.sts.recipe import Recipe, read_recipe
from evaluators.sts.schedule import TokenBudget, is_out_of_memory, longest_first, run_batches
from evaluators.sts.tokenizer import Tokenizer, Tokens
from evaluators.sts.transfer import Vectors, to_host
from evaluators.sts.varlen import use_varlen, worth_it

_TRIALS = 8
TOKEN_BUDGET = {"cpu": 1024, "cuda": 65536}
MAX_WORKERS = 16  # more would wait for the interpreter
_FULL = 0.75  # share of the budget from which on a batch is filled up and computed compiled


class Encoded(NamedTuple):
    """The vectors of one batch."""

    rows: list[int]  # positions in the sequence given to `encode`
    vectors: Vectors  # by pooling, (len(rows), d)


class Encoder:
    """A loaded checkpoint that turns token lists into vectors.

    Attributes:
        on_cpu: Whether it runs on the processor.
        budget: Tokens per batch; halved whenever memory runs out.
        workers: Batches computed at once.
        tokens: Tokens encoded so far, padding not counted.
        packed: Whether linear layers run in oneDNN; None before the first sentence.
        layers: Layers that the poolings need besides the last one.
        unpadded: Whether sentences stand in one row without padding; before the first sentence,
            whether that is to be tried.
        compiled: Backend of torch.compile for full batches, or None; always None with padding.
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
        unpadded: bool | None = None,
        compiled: str | None = None,
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
        self.on_cpu = self.loaded.device.type == "cpu"
        self.budget = TokenBudget(token_budget or TOKEN_BUDGET["cpu" if self.on_cpu else "cuda"])
        spread = bool(self.loaded.spread_over)
        alone = (
            not self.on_cpu or spread or _keeps_state(getattr(self.loaded.model, "config", None))
        )
        self.workers = 1 if alone else min(torch.get_num_threads(), MAX_WORKERS)
        self.tokens = 0
        self.packed: bool | None = None
        # Layers on several devices would each need the places of the sentences.
        self.unpadded = not spread and (worth_it(self.loaded) if unpadded is None else unpadded)
        self.compiled = compiled
        self._filled: Filled | None = None

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
            self._prepare([tokens[i] for i in order])
        if self.compiled is not None and order:
            self._compile(self.compiled, lengths[0])

        def compute(start: int, end: int) -> Callable[[], Vectors]:
            return self._vectors([tokens[i] for i in order[start:end]], self.unpadded)

        batches = run_batches(lengths, self.budget, self.workers, compute, unpadded=self.unpadded)
        for start, end, copied in batches:
            self.tokens += sum(lengths[start:end])
            yield Encoded(order[start:end], copied())

    def _prepare(self, tokens: Sequence[Tokens]) -> None:
        """Take faster layers and attention after trials on sentences of all lengths."""
        trial = [tokens[len(tokens) * i // _TRIALS] for i in range(min(_TRIALS, len(tokens)))]
        batches = [trial[-2:], *([sentence] for sentence in trial)]

        def vectors(batches: Sequence[Sequence[Tokens]], unpadded: bool) -> list[torch.Tensor]:
            found = [self._vectors(batch, unpadded)().values() for batch in batches]
            return [torch.from_numpy(vectors) for each in found for vectors in each]

        self.packed = False
        try:
            self.packed = pack_linear(self.loaded.model, lambda: vectors(batches, False))
            self.unpadded = self.unpadded and use_varlen(
                self.loaded, lambda: vectors([trial], False), lambda: vectors([trial], True)
            )
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            self.unpadded = False
        if not self.unpadded:
            self.compiled = None

    def _compile(self, backend: str, longest: int) -> None:
        """Compile the model for batches of the whole budget; other batches run without it."""
        bound = 1 << (longest - 1).bit_length()
        old = self._filled
        if old is None or old.longest < bound or old.tokens != self.budget.tokens:
            model = old.model if old else torch.compile(self.loaded.model, backend=backend)
            self._filled = Filled(model, self.budget.tokens, bound)

    def _vectors(self, batch: Sequence[Tokens], unpadded: bool) -> Callable[[], Vectors]:
        with torch.inference_mode():
            if unpadded:
                states = unpadded_forward(self.loaded, batch, self.layers, self._fill(batch))
            else:
                states = padded_forward(self.loaded, batch, self.layers)
            return to_host(
                {
                    pooling: pool(states, pooling, self.recipe, self._prompt_length)
                    for pooling in self.poolings
                }
            )

    def _fill(self, batch: Sequence[Tokens]) -> Filled | None:
        """Return how to fill up a batch that is nearly full; filling others would cost more."""
        filled = self._filled
        if filled is None:
            return None
        count = sum(len(tokens.ids) for tokens in batch)
        return filled if _FULL * filled.tokens <= count <= filled.tokens else None


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


def encoder_cost(encoder: Encoder) -> dict[str, Any]:
    """Return the settings of a loaded encoder for a run's cost, as plain JSON."""
    recipe = encoder.recipe
    return {
        "device": ", ".join(map(str, encoder.loaded.spread_over or [encoder.loaded.device])),
        "threads": torch.get_num_threads(),
        "linear_layers": "onednn" if encoder.packed else "torch",
        "batches": "unpadded" if encoder.unpadded else "padded",
        "compiled": encoder.compiled,
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
