"""An encoder that trains: vectors with a graph, little padding, and cached gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from evaluators.contrastive.grad_cache import replayed_backward
from evaluators.errors import CheckpointError, MethodError
from evaluators.sts.encoder import Encoder
from evaluators.sts.forward_pass import padded_forward
from evaluators.sts.pooling import pool
from evaluators.sts.tokenizer import Tokens

_GROUPS, _LEAST = 4, 8


class Trainable:
    """A loaded encoder whose weights are trained.

    Attributes:
        encoder: The encoder; its weights change in place.
        pooling: Pooling of the vectors.
        module: What trains: the model, and what follows its pooling.
    """

    def __init__(self, encoder: Encoder, pooling: str) -> None:
        self.encoder, self.pooling = encoder, pooling
        encoder.packed = False  # weights in oneDNN's layout cannot be trained
        encoder.unpadded = False
        self._layers_module = _layers(encoder.loaded.model)
        steps = [s.compute for s in encoder.recipe.steps if isinstance(s.compute, nn.Module)]
        self.module = nn.ModuleDict(
            {
                "model": encoder.loaded.model,
                "steps": nn.ModuleList(steps if pooling == "native" else []),
            }
        )

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self.encoder.loaded.model

    @property
    def device(self) -> torch.device:
        """The model's device."""
        return self.encoder.loaded.device

    @property
    def layers(self) -> int:
        """Number of layers of the encoder."""
        return 0 if self._layers_module is None else len(self._layers_module)

    def keep_layers(self, count: int) -> None:
        """Cut the encoder to its first layers.

        Raises:
            CheckpointError: Its layers are not one list, as those of an ALBERT.
        """
        if self._layers_module is None:
            raise CheckpointError(
                f"a {self.model.config.model_type} has no list of layers that can be cut: take"
                " another method than distillation"
            )
        del self._layers_module[count:]
        self.model.config.num_hidden_layers = count

    def set_dropout(self, rate: float | None) -> None:
        """Set the rate of every dropout layer; None keeps the checkpoint's."""
        if rate is None:
            return
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = rate
            for name in ("dropout", "attention_dropout", "dropout_prob", "hidden_dropout"):
                if type(getattr(module, name, None)) is float:
                    setattr(module, name, rate)

    @property
    def has_dropout(self) -> bool:
        """Whether two passes in training differ."""
        return any(isinstance(m, nn.Dropout) and m.p > 0 for m in self.model.modules())

    def vectors(self, tokens: Sequence[Tokens], *, autocast: bool = False) -> Tensor:
        """Return one vector for each sentence in float32 or wider, (n, d), with a graph.

        On a CPU, sentences are encoded in groups of similar lengths, so that short ones are not
        padded to the longest of the batch.
        """
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids))
        size = len(order)
        if self.device.type == "cpu":
            size = max(_LEAST, -(-len(order) // _GROUPS))
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        found = [self._forward([tokens[i] for i in part], autocast) for part in parts]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(found)[back.to(self.device)]

    def fixed(self, tokens: Sequence[Tokens]) -> Tensor:
        """Return the vector of each sentence with the current weights, without dropout, (n, d)."""
        vectors: list[Tensor | None] = [None] * len(tokens)
        for rows, found in self.encoder.encode(tokens):
            for row, vector in zip(rows, torch.from_numpy(found[self.pooling]), strict=True):
                vectors[row] = vector
        return torch.stack([v for v in vectors if v is not None]).to(self.device)

    def _forward(self, tokens: Sequence[Tokens], autocast: bool) -> Tensor:
        encoder = self.encoder
        # Vectors are pooled and compared in float32: autocast would round sums to bfloat16.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=autocast):
            states = padded_forward(encoder.loaded, tokens, encoder.layers)
        return pool(states, self.pooling, encoder.recipe)

    def backward(
        self,
        tokens: Sequence[Tokens],
        loss: Callable[[Tensor], Tensor],
        *,
        chunk: int | None,
        autocast: bool = False,
        frozen: bool = False,
    ) -> Tensor:
        """Add the gradient of a loss of all sentences' vectors to the parameters' gradients.

        Args:
            tokens: The sentences of the batch.
            loss: Function of their vectors, (n, d), that returns a scalar.
            chunk: Number of sentences in one backward pass: it bounds memory, for one more forward
                pass; None takes all at once.
            autocast: Whether the encoder runs in bfloat16.
            frozen: Whether the encoder gets no gradient.

        Returns:
            The loss, detached.
        """
        if frozen:
            with torch.no_grad():
                fixed = self.vectors(tokens, autocast=autocast)
            value = loss(fixed)
            torch.autograd.backward(value)
            return value.detach()
        if chunk is None or len(tokens) <= chunk:
            value = loss(self.vectors(tokens, autocast=autocast))
            torch.autograd.backward(value)
            return value.detach()

        def gradient(vectors: Tensor) -> tuple[Tensor, Tensor]:
            leaf = vectors.detach().requires_grad_()
            value = loss(leaf)
            torch.autograd.backward(value)
            assert leaf.grad is not None  # noqa: S101 - the loss depends on every vector
            return value.detach(), leaf.grad

        return replayed_backward(
            lambda part: self.vectors(part, autocast=autocast),
            [tokens[start : start + chunk] for start in range(0, len(tokens), chunk)],
            gradient,
            self.device,
        )


def _layers(model: Any) -> nn.ModuleList | None:
    """Return the list of the encoder's layers, or None where there is none."""
    wanted = getattr(model.config, "num_hidden_layers", None)
    lists = [m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == wanted]
    return lists[0] if lists else None


def validate_trainable(encoder: Encoder, pooling: str) -> None:
    """Validate that a checkpoint's vectors can be trained.

    Raises:
        MethodError: It is a table of word vectors, or cuts its vectors.
    """
    if encoder.loaded.is_static:
        raise MethodError("a table of word vectors has no layers to train: take an encoder")
    if pooling == "native" and encoder.recipe.model.truncate_dim is not None:
        raise MethodError(
            "the checkpoint declares truncate_dim, and its shortened vectors are not trained:"
            " take another pooling, such as last-mean"
        )
