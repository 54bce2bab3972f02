"""Cached gradients are the whole batch's; plain accumulation's are not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from evaluators.contrastive.grad_cache import (
    accumulated_backward,
    cached_backward,
    feature_gradient,
    surrogate_targets,
)
from evaluators.contrastive.logits import one_way_logits, two_view_logits
from evaluators.contrastive.losses import LOSSES, relative_error


def _encoder(*, dropout: float = 0.0, dtype: torch.dtype = torch.float32) -> nn.Sequential:
    generator = torch.Generator().manual_seed(5)
    made = nn.Sequential(nn.Linear(12, 32), nn.Tanh(), nn.Dropout(dropout), nn.Linear(32, 8))
    for parameter in made.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / parameter.shape[-1]
    return made.to(dtype)


def _views(batch: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(batch)
    base, noise = torch.randn(2, batch, 12, generator=generator, dtype=torch.float64)
    return base.to(dtype), (base + 0.5 * noise).to(dtype)


def _gradient(encoder: nn.Module) -> Tensor:
    found = torch.cat([p.grad.flatten() for p in encoder.parameters() if p.grad is not None])
    encoder.zero_grad()
    return found


def _whole(encoder: nn.Module, first: Tensor, second: Tensor, loss: str, *, two_way: bool):
    make = two_view_logits if two_way else one_way_logits
    LOSSES[loss](make(encoder(first), encoder(second), 0.1)).mean().backward()
    return _gradient(encoder)


@pytest.mark.parametrize("two_way", [True, False], ids=["nt-xent", "simcse"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("rows", [7, 64, 1000])
def test_the_cached_gradient_is_the_whole_batchs(loss: str, two_way: bool, rows: int) -> None:
    encoder, (first, second) = _encoder(), _views(48)
    whole = _whole(encoder, first, second, loss, two_way=two_way)
    value = cached_backward(
        encoder,
        first.split(10),
        second.split(10),
        LOSSES[loss],
        0.1,
        rows=rows,
        two_way=two_way,
    )
    assert relative_error(_gradient(encoder), whole) < 1e-6
    make = two_view_logits if two_way else one_way_logits
    expected = LOSSES[loss](make(encoder(first), encoder(second), 0.1)).mean()
    assert float(value) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_with_dropout_both_passes_see_the_same_masks() -> None:
    encoder, (first, second) = _encoder(dropout=0.3), _views(40)
    torch.manual_seed(11)
    features = [[encoder(chunk) for chunk in side.split(8)] for side in (first, second)]
    LOSSES["infonce"](
        two_view_logits(*(torch.cat(side) for side in features), 0.1)
    ).mean().backward()
    kept = _gradient(encoder)
    torch.manual_seed(11)
    cached_backward(encoder, first.split(8), second.split(8), LOSSES["infonce"], 0.1)
    after = torch.rand(())
    assert relative_error(_gradient(encoder), kept) < 1e-6
    # Replaying must not rewind what is drawn next: the third batch would repeat the second's masks.
    torch.manual_seed(11)
    for side in (first, second):
        for chunk in side.split(8):
            encoder(chunk)
    assert torch.equal(after, torch.rand(()))


def test_plain_accumulation_is_another_gradient() -> None:
    encoder, (first, second) = _encoder(dtype=torch.float64), _views(64, torch.float64)
    whole = _whole(encoder, first, second, "infonce", two_way=True)
    accumulated_backward(
        encoder,
        first.split(8),
        second.split(8),
        lambda a, b: LOSSES["infonce"](two_view_logits(a, b, 0.1)).mean(),
    )
    naive = _gradient(encoder)
    assert relative_error(naive, whole) > 0.1
    cached_backward(encoder, first.split(8), second.split(8), LOSSES["infonce"], 0.1)
    assert relative_error(_gradient(encoder), whole) < 1e-12


def test_the_surrogate_of_article_8471_has_the_whole_batchs_gradient() -> None:
    encoder, (inputs, _) = _encoder(dtype=torch.float64), _views(32, torch.float64)
    partner = torch.arange(32).roll(16)
    wanted = torch.eye(32, dtype=torch.float64)[partner]
    features = encoder(inputs)
    log_p = log_softmax((features @ features.T).fill_diagonal_(-torch.inf), dim=-1)
    (-log_p[torch.arange(32), partner].sum()).backward()
    whole = _gradient(encoder)
    targets = surrogate_targets(encoder(inputs).detach(), wanted)
    for chunk, target in zip(inputs.split(5), targets.split(5), strict=True):
        (encoder(chunk) * target).sum().backward()
    assert relative_error(_gradient(encoder), whole) < 1e-12


def test_no_more_than_one_block_of_rows_of_similarities_exists_at_once() -> None:
    first, second = torch.randn(2, 2000, 16, generator=torch.Generator().manual_seed(0))
    widest = 0

    def watched(logits):
        nonlocal widest
        widest = max(widest, logits.negative.numel())
        return LOSSES["infonce"](logits)

    feature_gradient(first, second, watched, 0.1, rows=50)
    assert widest == 50 * (4000 - 2)
