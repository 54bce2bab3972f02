"""What to look at beside a loss: the bound it stands for, its ceiling, and its precision."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.contrastive.logits import Logits
from evaluators.contrastive.losses import infonce_log1p, log_xi


class Diagnostics(NamedTuple):
    """Of one batch, computed in float64 from its logits.

    Attributes:
        infonce: Mean InfoNCE: the display for losses whose own value says nothing.
        information: Lower bound on the mutual information in nats, log(K + 1) − InfoNCE.
        ceiling: What that bound can never exceed: log(K + 1) for K negatives.
        below_epsilon: Share of rows whose ξ is below what the loss's dtype adds to 1.
        positive_probability: Mean p = 1 / (1 + ξ); InfoNCE weighs a row by 1 − p.
    """

    infonce: float
    information: float
    ceiling: float
    below_epsilon: float
    positive_probability: float


def diagnose(logits: Logits, dtype: torch.dtype) -> Diagnostics:
    """Return what a batch's logits say, in float64.

    Args:
        logits: R rows with K negatives each.
        dtype: What the loss is computed in: the half of its epsilon decides `below_epsilon`.
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
    """Return |gradient − exact| / |exact| in float64, by Euclidean norms; 0 for 0 beside 0."""
    wanted = exact.double()
    size = float(wanted.norm())
    off = float((gradient.double() - wanted).norm())
    return off / size if size else (0.0 if off == 0 else math.inf)
