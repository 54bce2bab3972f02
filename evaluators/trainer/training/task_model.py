"""The network of a checkpoint with a head, loaded and ready to train."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from evaluators.checkpoint.configuration import verify_configuration
from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.checkpoint.quiet import quiet
from evaluators.errors import CheckpointError, TrainingError
from evaluators.trainer.families import Reading
from evaluators.trainer.heads import HeadSetup, find, freezes, make
from evaluators.trainer.training.model import Batch

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.named import Spec


PRECISIONS = {"float32": "no", "bfloat16": "bf16"}


@contextmanager
def accelerator(device: torch.device, dtype: str) -> Iterator[Any]:
    """Yield an `Accelerator` that computes in `dtype` on `device`, and reset its state afterwards.

    Args:
        device: The model's device.
        dtype: A key of `PRECISIONS`; forward passes compute in it, weights stay in float32.

    Raises:
        TrainingError: No such precision.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    if dtype not in PRECISIONS:
        raise TrainingError(f"dtype must be {' or '.join(PRECISIONS)} for training, got {dtype!r}")
    # Accelerate refuses another precision than the first job's unless its state is cleared.
    AcceleratorState._reset_state(reset_partial_state=True)
    try:
        yield Accelerator(
            cpu=device.type == "cpu", mixed_precision=PRECISIONS[dtype], device_placement=False
        )
    finally:
        AcceleratorState._reset_state(reset_partial_state=True)


_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Encode:
    """The encoder as heads call it; axes before the tokens' axis are kept."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, batch: Batch, prefix: str = "") -> Tensor:
        """Return the last states, (..., L, hidden)."""
        inputs = {key: batch[prefix + key] for key in _INPUTS if prefix + key in batch}
        leading = inputs["input_ids"].shape[:-1]
        flat = {key: value.flatten(0, -2) for key, value in inputs.items()}
        states: Tensor = self.model(**flat, return_dict=True).last_hidden_state
        return states.reshape(*leading, *states.shape[-2:])


class EncoderWithHead(nn.Module):
    """An encoder with a head, as it is trained.

    Args:
        loaded: A checkpoint's encoder, in float32.
        dataset: Data set whose family and labels the head is made for.
        head: The head as a plan names it, None for the family's default.
    """

    def __init__(self, loaded: LoadedEncoder, dataset: LabelledDataset, head: Spec | None) -> None:
        super().__init__()
        config = loaded.model.config
        self.encoder = loaded.model
        # No head reads the pooler, and a checkpoint without one would get random weights here.
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        self.pad_id = int(loaded.tokenizer.pad_token_id or 0)
        setup = HeadSetup(
            family=dataset.family,
            labels=dataset.labels,
            hidden=int(config.hidden_size),
            dropout=float(getattr(config, "hidden_dropout_prob", 0.1) or 0.0),
            loaded=loaded,
        )
        self.head: Any = make(setup, head)
        trained = not freezes(find(dataset.family, head))
        for parameter in self.encoder.parameters():
            parameter.requires_grad_(trained)

    def forward(self, batch: Batch) -> Tensor:
        """Return the head's logits."""
        return cast(Tensor, self.head(Encode(self.encoder), batch))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the head's mean loss."""
        return cast(Tensor, self.head.loss(logits, batch))

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the head's log distributions."""
        return cast(Tensor, self.head.log_probabilities(logits, batch))

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the head's answers, one for each row."""
        return cast("list[Any]", self.head.decode(logits, batch))


def load_checkpoint(folder: Path, device: str | None, max_length: int) -> LoadedEncoder:
    """Load an encoder to train or to probe.

    Args:
        folder: The checkpoint.
        device: torch's name; None takes CUDA where there is one.
        max_length: Maximum number of tokens of a sequence.

    Raises:
        CheckpointError: It cannot be loaded, has no tokenizer, or reads only shorter sequences.
    """
    # transformers would make up an empty tokenizer for a folder without one
    verify_configuration(folder)
    with quiet():
        loaded = load_encoder(folder, dtype="float32", device=device)
    if loaded.tokenizer.pad_token_id is None:
        raise CheckpointError(
            f"{folder.name}: its tokenizer has no padding token, which batches need: set pad_token"
        )
    if loaded.max_positions is not None and max_length > loaded.max_positions:
        raise CheckpointError(
            f"max_length must be at most {loaded.max_positions}, the positions of {folder.name},"
            f" got {max_length}"
        )
    return loaded


def reading_of(max_length: int, head: Any) -> Reading:
    """Return the settings of tokenisation for a head."""
    from evaluators.trainer.heads import layout

    return Reading(max_length=max_length, layout=layout(head))
