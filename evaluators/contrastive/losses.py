"""Contrastive losses whose gradients differ by one factor, in a given precision.

With s the positive logit, s_k the negatives and ξ = Σ_k e^{s_k − s}:

- InfoNCE is log(1 + ξ). As the cross-entropy of a softmax its gradient is "softmax minus one-hot",
  which cancels when ξ is below the precision; as log1p(ξ) the same number has no cancellation.
- FlatNCE (arXiv 2107.01152) is ξ / sg(ξ): its value is 1 whatever the features, its gradient that
  of log ξ.
- DCL (arXiv 2110.06848) leaves the positive out of the denominator and *is* log ξ: its gradient is
  FlatNCE's, with a value that can be looked at.

So ∇InfoNCE = (1 − p) ∇FlatNCE for each row, with p = 1 / (1 + ξ) the probability of the positive:
the only difference in mathematics is that weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus

from evaluators.contrastive.logits import Logits
from evaluators.errors import ScoreError

Loss = Callable[[Logits], Tensor]
"""Function of logits with R rows that returns the loss of each row, (..., R), in their dtype."""


def log_xi(logits: Logits) -> Tensor:
    """Return log ξ, (..., R): the log of the negatives' weight relative to the positive's."""
    return torch.logsumexp(logits.negative - logits.positive[..., None], dim=-1)


def infonce(logits: Logits) -> Tensor:
    """Return InfoNCE as usually written: the cross-entropy of a softmax over all candidates."""
    candidates = torch.cat([logits.positive[..., None], logits.negative], dim=-1)
    flat = candidates.reshape(-1, candidates.shape[-1])
    target = torch.zeros(flat.shape[0], dtype=torch.long, device=flat.device)
    return cross_entropy(flat, target, reduction="none").reshape(logits.positive.shape)


def infonce_log1p(logits: Logits) -> Tensor:
    """Return InfoNCE as log(1 + ξ): the same number without "softmax minus one-hot"."""
    return softplus(log_xi(logits))


def flatnce(logits: Logits) -> Tensor:
    """Return FlatNCE, whose value is always 1; display `infonce_log1p` instead."""
    value = log_xi(logits)
    return torch.exp(value - value.detach())


def dcl(logits: Logits) -> Tensor:
    """Return the loss of decoupled contrastive learning: log ξ."""
    return log_xi(logits)


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {"infonce": infonce, "infonce-log1p": infonce_log1p, "flatnce": flatnce, "dcl": dcl}
)
"""The losses by their names in a plan."""

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        "float64": torch.float64,
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
)
"""Number formats that the arithmetic of a loss may run in."""


def loss_gradient(logits: Logits, loss: str, dtype: torch.dtype) -> Tensor:
    """Return the gradient of each row's loss for its positive logit, (R,), in `dtype`.

    Args:
        logits: R rows; cast to `dtype` before anything is computed.
        loss: One of `LOSSES`.
        dtype: Floating-point type of the computation.

    Raises:
        ScoreError: There is no such loss.
    """
    if loss not in LOSSES:
        raise ScoreError(f"no contrastive loss {loss!r}: known are {', '.join(LOSSES)}")
    positive = logits.positive.detach().to(dtype).requires_grad_()
    negative = logits.negative.detach().to(dtype)
    (gradient,) = torch.autograd.grad(LOSSES[loss](Logits(positive, negative)).sum(), positive)
    return gradient


class Diagnostics(NamedTuple):
    """Diagnostics of a batch besides its loss, computed in float64 from its logits.

    Attributes:
        infonce: Mean InfoNCE, to display for losses whose own value is not informative.
        information: Lower bound on the mutual information in nats, log(K + 1) − InfoNCE.
        ceiling: Largest possible value of that bound, log(K + 1) for K negatives.
        below_epsilon: Share of rows whose ξ is lost when added to 1 in the loss's dtype.
        positive_probability: Mean p = 1 / (1 + ξ); InfoNCE weighs a row by 1 − p.
    """

    infonce: float
    information: float
    ceiling: float
    below_epsilon: float
    positive_probability: float


def diagnose(logits: Logits, dtype: torch.dtype) -> Diagnostics:
    """Compute the diagnostics of a batch's logits in float64.

    Args:
        logits: R rows with K negatives each.
        dtype: Floating-point type of the loss; half of its epsilon decides `below_epsilon`.
    """
    exact = Logits(logits.positive.detach().double(), logits.negative.detach().double())
    xi = log_xi(exact)
    loss = float(infonce_log1p(exact).mean())
    ceiling = math.log(exact.negative.shape[-1] + 1)
    return Diagnostics(
        infonce=loss,
        information=ceiling - loss,
        ceiling=ceiling,
        below_epsilon=float((xi < math.log(torch.finfo(dtype).eps / 2)).double().mean()),
        positive_probability=float(torch.sigmoid(-xi).mean()),
    )


def relative_error(gradient: Tensor, exact: Tensor) -> float:
    """Return |gradient − exact| / |exact| in float64, by Euclidean norms; 0 for 0 / 0."""
    exact64 = exact.double()
    size = float(exact64.norm())
    off = float((gradient.double() - exact64).norm())
    return off / size if size else (0.0 if off == 0 else math.inf)
