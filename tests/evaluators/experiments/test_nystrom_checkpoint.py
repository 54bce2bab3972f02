"""Nyström attention in place of a checkpoint's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.errors import CheckpointError, DatasetError
from evaluators.experiments import _nystrom
from evaluators.experiments.nystrom_checkpoint import compare, draw_text, heads_of

DOCUMENTS = [f"the {word} of a text that is read" for word in ("start", "middle", "end")] * 20


@pytest.fixture(scope="module")
def encoder(toy: Path) -> LoadedEncoder:
    return load_encoder(toy, device="cpu")


def test_kept_heads_give_the_output_of_the_layer(encoder: LoadedEncoder) -> None:
    seen: list[torch.Tensor] = []
    layer = encoder.model.encoder.layer[1].attention.self
    hook = layer.register_forward_hook(lambda _, __, output: seen.append(output[0]))
    ids = draw_text(encoder.tokenizer, DOCUMENTS, 32, torch.Generator().manual_seed(0))
    tokens = list(heads_of(encoder, ids))
    hook.remove()
    assert len(tokens) == 2, "one for each layer"
    assert tokens[1].shape == (3, 2, 32, 16)
    ours = _nystrom.attend(*tokens[1]).transpose(0, 1).flatten(1)
    assert torch.allclose(ours.float(), seen[0][0], atol=1e-5)


def test_a_text_is_exactly_as_long_as_asked_for(encoder: LoadedEncoder) -> None:
    tokenizer = encoder.tokenizer
    ids = draw_text(tokenizer, DOCUMENTS, 40, torch.Generator().manual_seed(0))
    assert len(ids) == 40
    assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
    assert tokenizer.sep_token_id not in ids[:-1]


def test_what_does_not_fit_is_refused(encoder: LoadedEncoder) -> None:
    with pytest.raises(DatasetError, match="the corpus must have 64 tokens"):
        draw_text(encoder.tokenizer, ["short"], 64, torch.Generator())
    with pytest.raises(CheckpointError, match="must have at most 128 tokens"):
        next(heads_of(encoder, [1] * 129))


def test_every_arm_is_scored_and_a_seed_has_its_own_texts(encoder: LoadedEncoder) -> None:
    def scores(seeds: list[int]) -> dict[tuple[str, int], float]:
        found = compare(encoder, DOCUMENTS, 32, [8], [6], 1, seeds, lambda *_: None)
        return {
            (s.variant["arm"], s.variant["seed"]): s.value
            for s in found.scores
            if s.metric == "output_error"
        }

    both = scores([0, 1])
    arms = {"6 iterations", "exact inverse"}
    assert {arm for arm, _ in both} == {
        *arms,
        *(f"{arm}, shuffled" for arm in arms),
        "uniform mean",
        "nearest keys",
    }
    assert scores([1]) == {key: value for key, value in both.items() if key[1] == 1}
    assert both["6 iterations", 0] != both["6 iterations", 1]
