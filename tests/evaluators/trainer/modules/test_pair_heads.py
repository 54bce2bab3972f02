"""Heads that cut a cosine by a threshold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer import heads
from evaluators.trainer.heads import HeadSetup


def encoder(width: int = 6) -> tuple[object, dict[str, Tensor]]:
    """Return an encode that looks vectors up, and a batch of four pairs."""
    torch.manual_seed(5)
    table = torch.randn(20, width)
    batch = {
        "input_ids": torch.arange(8).view(4, 2),
        "pair_input_ids": torch.arange(8, 16).view(4, 2),
        "labels": torch.tensor([0, 1, 1, 0]),
    }
    return (lambda batch, prefix="": table[batch[f"{prefix}input_ids"]]), batch


BI_ENCODERS = ("cosent", "sbert", "linear-cosine", "squared-cosine")


@pytest.mark.parametrize("search", ["exact", "powell"])
@pytest.mark.parametrize("name", [*BI_ENCODERS, "interaction"])
def test_a_head_answers_by_the_threshold_it_was_set(name: str, search: str) -> None:
    encode, batch = encoder()
    setup = HeadSetup("classification", ("0", "1"), 6, 0.0)
    found = heads.find("classification", {"name": name, "threshold": search})
    assert heads.layout(found) == ("joint" if name == "interaction" else "separate")
    head = heads.make(setup, {"name": name, "threshold": search})
    logits = head(encode, batch)  # type: ignore[arg-type]
    assert len(logits) == 4
    assert torch.isfinite(head.loss(logits, batch))
    with pytest.raises(MethodError, match="never set"):
        head.decode(logits, batch)
    head.calibrate(logits, batch["labels"], "accuracy")  # type: ignore[attr-defined]
    state = {key: value.clone() for key, value in head.state_dict().items()}  # type: ignore[attr-defined]
    again = heads.make(setup, name)
    again.load_state_dict(state)  # type: ignore[attr-defined]
    assert again.decode(logits, batch) == head.decode(logits, batch)
    if search == "exact":
        right = sum(a == b for a, b in zip(head.decode(logits, batch), [0, 1, 1, 0], strict=True))
        assert right >= 2


def test_the_threshold_of_f1_is_that_of_f1() -> None:
    setup = HeadSetup("classification", ("0", "1"), 6, 0.0)
    head = heads.make(setup, "cosent")
    cosines, labels = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([1, 0, 0, 0])
    head.calibrate(cosines, labels, "accuracy")  # type: ignore[attr-defined]
    assert head.decode(cosines, {}) == [0, 0, 0, 0]
    head.calibrate(cosines, labels, "f1")  # type: ignore[attr-defined]
    assert head.decode(cosines, {}) == [1, 1, 1, 1]


@pytest.mark.parametrize("name", [*BI_ENCODERS, "interaction"])
def test_three_classes_have_no_one_threshold(name: str) -> None:
    with pytest.raises(MethodError, match="got 3 classes"):
        heads.make(HeadSetup("classification", ("a", "b", "c"), 6, 0.0), name)


def test_a_cosine_has_no_distribution_and_a_single_text_no_cosine() -> None:
    encode, batch = encoder()
    head = heads.make(HeadSetup("classification", ("0", "1"), 6, 0.0), "cosent")
    with pytest.raises(MethodError, match="not a distribution"):
        head.log_probabilities(torch.zeros(4), batch)
    with pytest.raises(MethodError, match="no second texts"):
        head(encode, {"input_ids": batch["input_ids"]})  # type: ignore[arg-type]
