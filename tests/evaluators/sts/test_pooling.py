from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.errors import CheckpointError
from evaluators.names import UnknownNameError
from evaluators.sts import POOLINGS, Session


def vectors(
    folder: Path, sentences: tuple[str, ...], pooling: str, **options: object
) -> np.ndarray:
    with Session(folder, poolings=[pooling], device="cpu", **options) as session:
        session.encode(sentences)
        return session._store.vectors(pooling)[session._store.rows(sentences)]


def reference(folder: Path, sentence: str) -> dict[str, np.ndarray]:
    """One sentence alone, straight from transformers."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        output = model(**tokenizer(sentence, return_tensors="pt"), output_hidden_states=True)
    first, before, last = (output.hidden_states[i][0] for i in (1, -2, -1))
    found = {
        "native": last.mean(0),
        "cls": last[0],
        "pooler": output.pooler_output[0],
        "last-mean": last.mean(0),
        "last-token": last[-1],
        "weighted-mean": np.average(last, axis=0, weights=np.arange(1, len(last) + 1)),
        "first-last-mean": (first.mean(0) + last.mean(0)) / 2,
        "last-2-mean": (before.mean(0) + last.mean(0)) / 2,
    }
    return {name: np.asarray(vector) for name, vector in found.items()}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_pooling_in_a_padded_batch_is_that_of_the_sentence_alone(
    checkpoint: Path, sentences: tuple[str, ...], pooling: str
) -> None:
    batched = vectors(checkpoint, sentences, pooling)
    for row, sentence in zip(batched[::5], sentences[::5], strict=True):
        np.testing.assert_allclose(row, reference(checkpoint, sentence)[pooling], atol=1e-6)


def test_first_last_takes_the_first_transformer_layer_and_not_the_embeddings(
    make_checkpoint: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    one_layer = make_checkpoint(num_hidden_layers=1)
    np.testing.assert_allclose(
        vectors(one_layer, sentences, "first-last-mean"),
        vectors(one_layer, sentences, "last-mean"),
        atol=1e-6,
    )


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("budget", [1, 40, 100_000])
def test_vectors_do_not_depend_on_the_token_budget(
    checkpoint: Path, sentences: tuple[str, ...], pooling: str, budget: int
) -> None:
    np.testing.assert_allclose(
        vectors(checkpoint, sentences, pooling, token_budget=budget),
        vectors(checkpoint, sentences[::-1], pooling)[::-1],
        atol=1e-6,
    )


MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


@pytest.mark.parametrize(
    "pooling", [*({"pooling_mode": mode} for mode in MODES), {"pooling_mode": ["mean", "max"]}]
)
@pytest.mark.parametrize("include_prompt", [True, False])
def test_native_equals_sentence_transformers(
    with_modules: Callable[..., Path],
    sentences: tuple[str, ...],
    pooling: dict[str, object],
    include_prompt: bool,
) -> None:
    peer = pytest.importorskip("sentence_transformers", reason="the peer is not installed")
    width = 64 if isinstance(pooling["pooling_mode"], list) else 32
    folder = with_modules(
        {**pooling, "include_prompt": include_prompt},
        "Dense",
        "Normalize",
        dense={
            "in_features": width,
            "out_features": 16,
            "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
        sentence_config={"max_seq_length": 12, "do_lower_case": True},
    )
    given = tuple(sentence.upper() for sentence in sentences)
    prompt = "query: "
    expected = peer.SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(
        list(given), prompt=prompt, batch_size=7
    )
    np.testing.assert_allclose(vectors(folder, given, "native", prompt=prompt), expected, atol=1e-6)


def test_legacy_pooling_keys_mean_the_same(
    with_modules: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    folder = with_modules({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
    np.testing.assert_array_equal(
        vectors(folder, sentences, "native"), vectors(folder, sentences, "cls")
    )


def test_plain_checkpoint_falls_back_to_mean_and_says_so(
    checkpoint: Path, sentences: tuple[str, ...]
) -> None:
    with Session(checkpoint, poolings=["native"]) as session:
        session.encode(sentences)
        assert session.cost["native_pooling"] == "mean (assumed)"


def test_prompt_is_part_of_the_sentence(checkpoint: Path, sentences: tuple[str, ...]) -> None:
    prompted = vectors(checkpoint, sentences, "last-mean", prompt="query: ")
    spelled = tuple("query: " + sentence for sentence in sentences)
    np.testing.assert_array_equal(prompted, vectors(checkpoint, spelled, "last-mean"))
    assert not np.allclose(prompted, vectors(checkpoint, sentences, "last-mean"))


@pytest.mark.parametrize("pooler", [True, False])
def test_pooler_exists_only_where_the_weights_have_one(
    make_checkpoint: Callable[..., Path], sentences: tuple[str, ...], pooler: bool
) -> None:
    folder = make_checkpoint(pooler=pooler)
    vectors(folder, sentences, "cls")
    if pooler:
        vectors(folder, sentences, "pooler")
    else:  # transformers would fill it with random numbers
        with pytest.raises(CheckpointError, match="has no pooler"):
            vectors(folder, sentences, "pooler")


def test_unknown_pooling_names_the_nearest(checkpoint: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'first-last-mean'"):
        Session(checkpoint, poolings=["first-last-men"])


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_other_dtypes_are_explicit_and_near(
    checkpoint: Path, sentences: tuple[str, ...], dtype: str
) -> None:
    found = vectors(checkpoint, sentences, "first-last-mean", dtype=dtype)
    plain = vectors(checkpoint, sentences, "first-last-mean")
    assert found.dtype == (np.float64 if dtype == "float64" else np.float32)
    assert 0 < np.abs(found - plain).max() < (0.1 if dtype == "bfloat16" else 1e-5)
