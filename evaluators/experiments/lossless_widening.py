"""Double the width of random transformers by repeating and scaling, and compare the logits.

Every vector h of a transformer becomes each of its numbers twice, over √2, so that inner products
stay. Weights are repeated along both axes, biases, γ and β along one, and scaled so that this goes
through every layer:

- embeddings, γ and β: 1/√2; ε of LayerNorm: 1/2, as variances are halved,
- query and key: 2^(1/4)/2, their biases 2^(1/4)/√2, for the root of the doubled head size,
- value and output of the attention: 1/2, biases 1/√2,
- feed-forward: 1/2 and biases 1/√2 for ReLU, which any factor passes; otherwise its hidden units
  must stay as they are: 1/√2 and biases 1 before them, 1/(2√2) and biases 1/√2 after them,
- output to the vocabulary: 1/√2, or the embeddings again.

Heads are repeated within themselves, under RoPE (rotary positions) two neighbours at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import Count, DigestOf, Distinct, Evaluator, Positive, Request, Seeds
from evaluators.evaluator import Session as EvaluatorSession
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

Weights = Mapping[str, "Tensor"]
Dtype = Literal["float64", "float32"]
Activation = Literal["ReLU", "GELU", "SwiGLU"]
Kind = Literal[
    "post-relu",
    "post-gelu",
    "pre-relu",
    "pre-gelu",
    "post-swiglu",
    "pre-swiglu-rope",
    "pre-swiglu-rope-grouped",
]


class Architecture(NamedTuple):
    """What kind of transformer.

    Attributes:
        post: Whether LayerNorm follows the residual sum, and the embeddings, or goes before.
        activation: Of the feed-forward layers.
        rope: Whether positions turn queries and keys, or are learned vectors.
        grouped: Whether two heads share a key and a value.
        tied: Whether the output layer is the embeddings.
    """

    post: bool
    activation: Activation
    rope: bool = False
    grouped: bool = False
    tied: bool = True

    def __str__(self) -> str:
        parts = (
            f"norm {'post-LN' if self.post else 'pre-LN'}",
            f"activation {self.activation}",
            f"positions {'RoPE' if self.rope else 'learned'}",
            f"heads {HEADS} with {HEADS // 2 if self.grouped else HEADS} keys",
            f"output {'tied' if self.tied else 'free'}",
        )
        return ", ".join(parts)


ARCHITECTURES: Mapping[Kind, Architecture] = {
    "post-relu": Architecture(True, "ReLU"),
    "post-gelu": Architecture(True, "GELU"),
    "pre-relu": Architecture(False, "ReLU", tied=False),
    "pre-gelu": Architecture(False, "GELU"),
    "post-swiglu": Architecture(True, "SwiGLU", tied=False),
    "pre-swiglu-rope": Architecture(False, "SwiGLU", rope=True, tied=False),
    "pre-swiglu-rope-grouped": Architecture(False, "SwiGLU", rope=True, grouped=True, tied=False),
}

HEADS, HEAD, LAYERS, VOCABULARY, TEXTS, TOKENS = 4, 16, 4, 200, 4, 16
WIDTH, HIDDEN = HEADS * HEAD, 4 * HEADS * HEAD
EMBEDDING, BIAS = 0.02, 0.2
"""Standard deviations, of embeddings as they are usually drawn first, and of all biases."""

LOSSLESS = "lossless"
PRINTED_BIAS = "printed bias"
KEPT_EPSILON = "epsilon kept"
NO_FOURTH_ROOT = "without 2^(1/4)"
TILED = "heads tiled"
AS_RELU = "scaled as for ReLU"
WIDER_FREQUENCIES = "frequencies of the wider model"
SINGLY = "not in pairs"


class LosslessWideningRequest(Request):
    """The keys of an `evaluator: lossless_widening` entry in a plan.

    Attributes:
        architectures: Kinds of transformers: LayerNorm `pre` or `post`, the activation, and whether
            it has rotary positions (`rope`) and two heads a key (`grouped`).
        epsilons: ε of LayerNorm, each above 0; each is a setting.
        dtypes: Precisions: `float64` or `float32`.
        layers: Number of layers.
        seeds: One transformer each.
    """

    architectures: Distinct[Kind] = tuple(ARCHITECTURES)
    epsilons: Distinct[Positive] = (1e-12, 1e-5)
    dtypes: Distinct[Dtype] = ("float64", "float32")
    layers: Count = LAYERS
    seeds: Seeds = tuple(range(1000, 1010))


class LosslessWidening(Evaluator[LosslessWideningRequest]):
    """The arms are ways of widening, of which one is lossless; a seed draws a transformer."""

    VERSION = "1"
    LEVEL = "identity"
    Request = LosslessWideningRequest

    def jobs(
        self, request: LosslessWideningRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each setting, all seeds and arms of it at once."""
        return [
            self.job(
                f"transformers in {dtype}",
                {
                    "architecture": kind,
                    "epsilon": epsilon,
                    "dtype": dtype,
                    "layers": request.layers,
                    "seeds": sorted(request.seeds),
                },
            )
            for dtype in request.dtypes
            for kind in request.architectures
            for epsilon in sorted(request.epsilons)
        ]

    def evaluate(self, job: Job, session: EvaluatorSession) -> Result:
        return compare(**job.parameters)


def compare(
    architecture: Kind, epsilon: float, dtype: Dtype, layers: int, seeds: list[int]
) -> Result:
    """Return the largest change of a logit by every way of widening.

    `logit_change` is in standard deviations of the transformer's own logits.

    Args:
        architecture: Which kind.
        epsilon: ε of LayerNorm.
        dtype: Precision of the weights and of all that is computed.
        layers: Number of layers.
        seeds: One transformer each.
    """
    kind = ARCHITECTURES[architecture]
    scores = ArmScores(f"{kind}, layers {layers}, epsilon {epsilon:g}, dtype {dtype}")
    drawn, tokens = draw(kind, layers, seeds)
    weights = {name: value.to(getattr(torch, dtype)) for name, value in drawn.items()}
    with one_thread(), torch.inference_mode():
        narrow = Transformer(kind, weights, layers, HEAD, epsilon, frequencies(HEAD))
        logits = narrow(tokens)
        spread = logits.flatten(1).double().std(dim=1)
        for arm in arms(kind):
            widened = widen(narrow, arm)(tokens)
            change = (widened - logits).abs().flatten(1).double().amax(dim=1) / spread
            for seed, value in zip(seeds, change.tolist(), strict=True):
                scores.add("logit_change", value, logits[0].numel(), arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def arms(kind: Architecture) -> list[str]:
    """Return the ways of widening that differ for a kind of transformers."""
    found = [LOSSLESS, KEPT_EPSILON, NO_FOURTH_ROOT, TILED]
    if kind.activation != "ReLU":
        found += [PRINTED_BIAS, AS_RELU]
    if kind.rope:
        found += [WIDER_FREQUENCIES, SINGLY]
    return found


def frequencies(head: int) -> Tensor:
    """Return the usual frequencies of RoPE, (head / 2,)."""
    return 10_000.0 ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)


def draw(kind: Architecture, layers: int, seeds: list[int]) -> tuple[dict[str, Tensor], Tensor]:
    """Return weights in float64, each (S, …), and tokens (S, texts, length)."""
    keys = HEADS // 2 if kind.grouped else HEADS
    shapes = {"embedding": (VOCABULARY, WIDTH), "output.bias": (VOCABULARY,)}
    if not kind.rope:
        shapes["position"] = (TOKENS, WIDTH)
    if not kind.tied:
        shapes["output"] = (WIDTH, VOCABULARY)
    norms = ["norm"]
    for layer in range(layers):
        hidden = [("up", WIDTH, HIDDEN), ("down", HIDDEN, WIDTH)]
        if kind.activation == "SwiGLU":
            hidden.append(("gate", WIDTH, HIDDEN))
        linear = [("q", WIDTH, WIDTH), ("k", WIDTH, keys * HEAD), ("v", WIDTH, keys * HEAD)]
        for name, inputs, outputs in (*linear, ("o", WIDTH, WIDTH), *hidden):
            shapes[f"{layer}.{name}"] = (inputs, outputs)
            shapes[f"{layer}.{name}.bias"] = (outputs,)
        norms += [f"{layer}.norm1", f"{layer}.norm2"]
    for name in norms:
        shapes[f"{name}.gamma"] = shapes[f"{name}.beta"] = (WIDTH,)
    drawn, texts = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        normal = {
            name: torch.randn(shape, generator=generator, dtype=torch.float64)
            for name, shape in shapes.items()
        }
        drawn.append({name: _scaled(name, value) for name, value in normal.items()})
        texts.append(torch.randint(VOCABULARY, (TEXTS, TOKENS), generator=generator))
    return {name: torch.stack([each[name] for each in drawn]) for name in shapes}, torch.stack(
        texts
    )


def _scaled(name: str, normal: Tensor) -> Tensor:
    if name.endswith("gamma"):
        return 1 + BIAS * normal
    if name.endswith(("beta", "bias")):
        return BIAS * normal
    if name in ("embedding", "position"):
        return EMBEDDING * normal
    return normal / math.sqrt(normal.shape[0])


class Transformer(NamedTuple):
    """S transformers of one kind.

    Attributes:
        kind: Which kind.
        weights: Each (S, …); linear layers are (S, inputs, outputs).
        layers: Number of layers.
        head: Size of a head.
        epsilon: ε of LayerNorm.
        frequencies: Of RoPE, (head / 2,).
    """

    kind: Architecture
    weights: Weights
    layers: int
    head: int
    epsilon: float
    frequencies: Tensor

    def __call__(self, tokens: Tensor) -> Tensor:
        """Return the logits (S, texts · length, vocabulary) of tokens (S, texts, length)."""
        _, texts, length = tokens.shape
        embedding = self.weights["embedding"]
        h = torch.stack([table[ids] for table, ids in zip(embedding, tokens, strict=True)])
        if not self.kind.rope:
            h = h + self.weights["position"][:, None, :length]
        h = h.flatten(1, 2)
        post = self.kind.post
        if post:
            h = self._norm("norm", h)
        for layer in range(self.layers):
            for norm, block in (("norm1", self._attention), ("norm2", self._feed_forward)):
                name = f"{layer}.{norm}"
                if post:
                    h = self._norm(name, h + block(layer, h, texts))
                else:
                    h = h + block(layer, self._norm(name, h), texts)
        if not post:
            h = self._norm("norm", h)
        output = embedding.transpose(1, 2) if self.kind.tied else self.weights["output"]
        logits: Tensor = torch.baddbmm(self.weights["output.bias"][:, None], h, output)
        return logits

    def _norm(self, name: str, h: Tensor) -> Tensor:
        gamma, beta = (self.weights[f"{name}.{part}"][:, None] for part in ("gamma", "beta"))
        variance, mean = torch.var_mean(h, dim=-1, correction=0, keepdim=True)
        normed: Tensor = (h - mean) / (variance + self.epsilon).sqrt() * gamma + beta
        return normed

    def _linear(self, name: str, h: Tensor) -> Tensor:
        bias = self.weights[f"{name}.bias"][:, None]
        result: Tensor = torch.baddbmm(bias, h, self.weights[name])
        return result

    def _attention(self, layer: int, h: Tensor, texts: int) -> Tensor:
        shape = (h.shape[0], texts, h.shape[1] // texts, -1, self.head)
        q, k, v = (
            self._linear(f"{layer}.{part}", h).reshape(shape).transpose(2, 3) for part in "qkv"
        )  # each (S, texts, heads, length, head)
        if self.kind.rope:
            q, k = self._turned(q), self._turned(k)
        if self.kind.grouped:
            k, v = (part.repeat_interleave(2, dim=2) for part in (k, v))
        shares = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.head), dim=-1)
        mixed = (shares @ v).transpose(2, 3).flatten(3).flatten(1, 2)
        return self._linear(f"{layer}.o", mixed)

    def _turned(self, states: Tensor) -> Tensor:
        places = torch.arange(states.shape[-2], dtype=torch.float64)
        angles = places[:, None] * self.frequencies
        cos, sin = angles.cos().to(states.dtype), angles.sin().to(states.dtype)
        even, odd = states[..., 0::2], states[..., 1::2]
        turned = (even * cos - odd * sin, even * sin + odd * cos)
        return torch.stack(turned, dim=-1).flatten(-2)

    def _feed_forward(self, layer: int, h: Tensor, texts: int) -> Tensor:
        up = self._linear(f"{layer}.up", h)
        if self.kind.activation == "ReLU":
            hidden = torch.relu(up)
        elif self.kind.activation == "GELU":
            hidden = torch.nn.functional.gelu(up)
        else:
            hidden = torch.nn.functional.silu(self._linear(f"{layer}.gate", h)) * up
        return self._linear(f"{layer}.down", hidden)


def widen(narrow: Transformer, arm: str) -> Transformer:
    """Return transformers of twice the width, widened by one of the arms."""
    kind = narrow.kind
    head = 2 * narrow.head
    in_heads = "tiled" if arm == TILED else "pairs" if kind.rope and arm != SINGLY else "each"
    turns = narrow.frequencies.repeat_interleave(2)
    return Transformer(
        kind,
        {
            name: _widened(name, value, kind, arm, in_heads)
            for name, value in narrow.weights.items()
        },
        narrow.layers,
        head,
        narrow.epsilon if arm == KEPT_EPSILON else narrow.epsilon / 2,
        frequencies(head) if arm == WIDER_FREQUENCIES else turns,
    )


def _widened(name: str, value: Tensor, kind: Architecture, arm: str, in_heads: str) -> Tensor:
    part, _, last = name.rpartition(".")
    layer = (part.rpartition(".")[2] or part) if last == "bias" else last
    if name == "output.bias":
        return value
    bias = last in ("bias", "gamma", "beta")
    factor = factor_of(layer, bias=bias, relu=kind.activation == "ReLU" or arm == AS_RELU, arm=arm)
    outputs = in_heads if layer in ("q", "k", "v") else "each"
    inputs = in_heads if layer == "o" else "each"
    if name in ("embedding", "position") or bias:
        return factor * repeated(value, -1, outputs)
    if name == "output":
        return factor * repeated(value, -2, "each")
    return factor * repeated(repeated(value, -1, outputs), -2, inputs)


def factor_of(layer: str, *, bias: bool, relu: bool, arm: str) -> float:
    """Return what a layer's repeated weights or bias are multiplied with."""
    half_root = math.sqrt(0.5)
    if layer in ("q", "k"):
        root = 1.0 if arm == NO_FOURTH_ROOT else 2**0.25
        return root * (half_root if bias else 0.5)
    if layer in ("up", "gate") and not relu:
        return 1.0 if bias else half_root
    if layer == "down" and not relu:
        return (0.5 if arm == PRINTED_BIAS else half_root) if bias else half_root / 2
    if layer in ("v", "o", "up", "gate", "down") and not bias:
        return 0.5
    return half_root


def repeated(values: Tensor, dim: int, how: str) -> Tensor:
    """Return values twice along an axis: `each` by itself, in `pairs`, or all again (`tiled`)."""
    if how == "each":
        return values.repeat_interleave(2, dim=dim)
    if how == "tiled":
        return torch.cat([values, values], dim=dim)
    moved = values.movedim(dim, -1)
    pairs = moved.reshape(*moved.shape[:-1], -1, 2).repeat_interleave(2, dim=-2)
    wide: Tensor = pairs.flatten(-2).movedim(-1, dim)
    return wide
