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

from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.errors import CheckpointError
from evaluators.names import validate_known
from evaluators.sts.names import POOLINGS
from evaluators.sts.packed import pack_linear
from evaluators.sts.pooling import Recipe, States, pool, read_recipe
from evaluators.sts.schedule import TokenBudget, is_out_of_memory, longest_first, run_batches

_TRIALS = 8
TOKEN_BUDGET = {"cpu": 1024, "cuda": 65536}
MAX_WORKERS = 16  # more would wait for the interpreter
_UNLIMITED = 1_000_000  # transformers writes 1e30 where a tokenizer states no limit


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
        _validate_possible(checkpoint, poolings, self.recipe, self.loaded)
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
            states = padded_forward(self.loaded, batch, self._layers)
            return {
                pooling: pool(states, pooling, self.recipe, self._prompt_length).cpu().numpy()
                for pooling in self.poolings
            }


def _keeps_state(config: Any) -> bool:
    """Return whether a forward pass changes the model, as dynamic rotary frequencies do."""
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    return "dynamic" in str(rope) or "longrope" in str(rope)


def _validate_possible(
    checkpoint: Path, poolings: Sequence[str], recipe: Recipe, loaded: LoadedEncoder
) -> None:
    validate_known("pooling", poolings, POOLINGS)
    if "native" in poolings and recipe.problem:
        raise CheckpointError(f"{recipe.problem}: leave out pooling 'native'")
    if "pooler" in poolings and not loaded.has_pooler:
        raise CheckpointError(
            f"{checkpoint} has no pooler ({loaded.model.config.model_type} weights without one): "
            "leave out pooling 'pooler'"
        )


class Tokens(NamedTuple):
    """One sentence as the encoder reads it."""

    ids: NDArray[np.int32]
    types: NDArray[np.int32] | None  # token types, where any is not 0


class Tokenizer:
    """Tokenizer with the prompt, lowercasing and truncation of the checkpoint and the job.

    Attributes:
        max_length: Longest sentence in tokens, special tokens included; None for no limit.
        truncated: Number of sentences that were cut so far.
    """

    def __init__(
        self, loaded: LoadedEncoder, recipe: Recipe, *, prompt: str, max_length: int | None
    ) -> None:
        self._tokenizer: Any = loaded.tokenizer
        self._prompt = prompt
        self.max_length = _limit(loaded, recipe, max_length)
        self.truncated = 0
        self._lower = recipe.lower_case
        if self._tokenizer.is_fast:
            backend = self._tokenizer.backend_tokenizer
            backend.no_padding()
            backend.no_truncation()
            if self.max_length is not None:
                side = self._tokenizer.truncation_side
                backend.enable_truncation(max_length=self.max_length, direction=side)
            if self._lower:
                _lowercase_first(backend)

    def __call__(self, sentences: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each sentence, the prompt in front."""
        texts = [self._prompt + sentence for sentence in sentences]
        if self._tokenizer.is_fast:
            # the "fast" call leaves out character offsets, which are not used here
            encodings = self._tokenizer.backend_tokenizer.encode_batch_fast(texts)
            self.truncated += sum(bool(encoding.overflowing) for encoding in encodings)
            return [_tokens(encoding.ids, encoding.type_ids) for encoding in encodings]
        return [self._tokenise_one(text.lower() if self._lower else text) for text in texts]

    def _tokenise_one(self, text: str) -> Tokens:
        whole = self._tokenizer(text, truncation=False, verbose=False)
        cut = self._tokenizer(text, truncation=True, max_length=self.max_length)
        self.truncated += len(cut["input_ids"]) < len(whole["input_ids"])
        return _tokens(cut["input_ids"], cut.get("token_type_ids"))

    def prompt_length(self) -> int:
        """Return the number of leading tokens of the prompt, special tokens included."""
        if not self._prompt:
            return 0
        ids = self([""])[0].ids
        return len(ids) - int(ids[-1] in self._tokenizer.all_special_ids)


def _tokens(ids: Sequence[int], types: Sequence[int] | None) -> Tokens:
    return Tokens(
        np.array(ids, dtype=np.int32),
        np.array(types, dtype=np.int32) if types is not None and any(types) else None,
    )


def _limit(loaded: LoadedEncoder, recipe: Recipe, requested: int | None) -> int | None:
    """Return the job's limit, else the recipe's or tokenizer's, at most the positions."""
    positions = loaded.max_positions
    if requested is not None:
        if requested < 1 or (positions is not None and requested > positions):
            raise CheckpointError(
                f"max_length must be 1 to {positions}, the positions of the checkpoint, got"
                f" {requested}"
            )
        return requested
    stated = recipe.max_length or loaded.tokenizer.model_max_length
    limits = [limit for limit in (stated, positions) if limit is not None and limit < _UNLIMITED]
    return min(limits, default=None)


def _lowercase_first(backend: Any) -> None:
    from tokenizers.normalizers import Lowercase, Sequence

    steps = [Lowercase()] + ([backend.normalizer] if backend.normalizer is not None else [])
    backend.normalizer = Sequence(steps)


class Layers(NamedTuple):
    """The layers that poolings need besides the last one."""

    first: bool
    before_last: bool
    pooler: bool


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
    deep = layers.first or layers.before_last
    output = model(**inputs, output_hidden_states=deep, return_dict=True)
    return States(
        last=output.last_hidden_state,
        first=output.hidden_states[1] if layers.first else None,
        before_last=output.hidden_states[-2] if layers.before_last else None,
        pooled=output.pooler_output if layers.pooler else None,
        mask=mask,
    )


def encoder_cost(encoder: Encoder) -> dict[str, Any]:
    """Return the settings of a loaded encoder for a run's cost, as plain JSON."""
    recipe = encoder.recipe
    return {
        "device": str(encoder.loaded.device),
        "threads": torch.get_num_threads(),
        "linear_layers": "onednn" if encoder.packed else "torch",
        "workers": encoder.workers,
        "token_budget": encoder.budget.tokens,
        "oom_halvings": encoder.budget.halvings,
        "max_length": encoder.tokenizer.max_length,
        "truncated": encoder.tokenizer.truncated,
        "native_pooling": "+".join(recipe.modes) + ("" if recipe.declared else " (assumed)"),
        "default_prompt_not_used": recipe.default_prompt,
    }


def peak_memory(encoder: Encoder | None) -> int:
    """Return the peak memory in bytes: the GPU's where one is used, else the process's."""
    if encoder is not None and encoder.loaded.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(encoder.loaded.device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
