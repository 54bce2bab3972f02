"""Encoding in bfloat16: sentences of an STS task, and paragraphs, beside sentence-transformers.

Our side is measured without padding, as a GPU gets it, with padding, and compiled; tokenising alone
shows whether the device waits for it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.on_gpu.random_checkpoints import made_up_sentences, make_bert, make_qwen3
from benchmarks.training_step import wait
from evaluators.sts.session import Session

DTYPE = "bfloat16"
TARGET = 0.5
"""Share of the ceiling that encoding with a model of BERT-base's size should reach."""

Side = tuple[Callable[[Sequence[str]], object], Any, Callable[[], str]]
"""A function of texts, its model, and a function that says more about what ran."""

_LENGTHS = {"sentences of 8 to 48 tokens": (8, 48), "paragraphs of 256 to 512 tokens": (256, 512)}
_COUNTS = {"sentences of 8 to 48 tokens": 40_000, "paragraphs of 256 to 512 tokens": 4_000}


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the rate and the share of the ceiling of each model, kind of text and side."""
    for name, make, target in (
        ("BERT-base", make_bert, TARGET),
        ("Qwen3-0.6B", make_qwen3, None),
    ):
        folder = bench.folder / name
        make(folder, toy=bench.toy)
        for kind, lengths in _LENGTHS.items():
            count = 16 if bench.toy else _COUNTS[kind]
            low, high = (8, 24) if bench.toy else lengths
            texts = made_up_sentences(count, (low, high), seed=0)
            yield from _sides(bench, f"encoding, {name}, {kind}", folder, texts, target)


def _sides(
    bench: Bench, work: str, folder: Path, texts: Sequence[str], target: float | None
) -> Iterator[Measured]:
    compiler = "aot_eager" if bench.toy else "inductor"
    budget = 96 if bench.toy else None  # small enough for full batches, which alone are compiled
    sides: dict[str, Callable[[], Side]] = {
        "rankcheck": partial(_ours, folder, bench.device, unpadded=True),
        "rankcheck, padded": partial(_ours, folder, bench.device, unpadded=False),
        "rankcheck, compiled": partial(
            _ours, folder, bench.device, unpadded=True, compiled=compiler, token_budget=budget
        ),
        "rankcheck, tokenising alone": partial(_tokenising, folder, bench.device),
        "sentence-transformers": partial(_peer, folder, bench.device),
    }
    if target is None:  # a large model takes minutes to compile
        del sides["rankcheck, compiled"]
    for side, opened in sides.items():
        try:
            encode, model, described = opened()
        except ImportError as error:
            print(f"left out {side}: {error}")
            continue
        lengths = [len(text.split()) + 2 for text in texts]
        operations = forward_operations(model, lengths)  # before layers are replaced by faster ones
        try:
            encode([f"{text} w1" for text in texts[: max(8, len(texts) // 20)]])  # warms kernels up
        except torch._dynamo.exc.TorchDynamoException as error:  # no compiler on this machine
            print(f"left out {side}: {str(error).splitlines()[0]}")
            continue
        peak = bench.watch_peak()
        wait(bench.device)
        started = time.perf_counter()
        encode(texts)
        wait(bench.device)
        seconds = time.perf_counter() - started
        rate = operations / seconds
        tokens = f"{sum(lengths) / seconds:,.0f} tokens/s{described()}"
        counted = "tokenising" not in side
        yield Measured(
            work=work,
            side=side,
            seconds=seconds,
            rate=len(texts) / seconds,
            unit="texts",
            operations=rate if counted else None,
            share=rate / bench.ceiling(DTYPE) if counted else None,
            target=target if side == "rankcheck" else None,
            peak_bytes=peak(),
            note=tokens,
        )
        del encode, model
        gc.collect()


def _ours(folder: Path, device: str, **options: Any) -> Side:
    session = Session(folder, poolings=("last-mean",), dtype=DTYPE, device=device, **options)
    model = session._loaded().loaded.model
    return session.encode, model, lambda: f", {session.cost['batches']}"


def _tokenising(folder: Path, device: str) -> Side:
    session = Session(folder, poolings=("last-mean",), dtype=DTYPE, device=device)
    loaded = session._loaded()
    return loaded.tokens_of, loaded.loaded.model, str


def _peer(folder: Path, device: str) -> Side:
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(str(folder), device=device, model_kwargs={"dtype": torch.bfloat16})
    batch = 32 if device == "cpu" else 512

    def encode(texts: Sequence[str]) -> object:
        return loaded.encode(list(texts), batch_size=batch, show_progress_bar=False)

    return encode, loaded[0].auto_model, str


def forward_operations(model: Any, lengths: Sequence[int]) -> float:
    """Return the operations of a forward pass's matrix products, without padding.

    Two for each weight of a linear layer and token, and for attention 4 · length · width of all
    heads for each token and layer; half of that where attention is causal.
    """
    weights = sum(
        module.weight.numel() for module in model.modules() if isinstance(module, torch.nn.Linear)
    )
    config = model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    width = head * config.num_attention_heads
    causal = 0.5 if config.model_type == "qwen3" else 1.0
    attention = 4 * width * config.num_hidden_layers * causal
    return float(sum(2 * weights * n + attention * n * n for n in lengths))
