from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from evaluators.dataset import PairDataset
from evaluators.digest import canonical_json
from evaluators.errors import DatasetError, ScoreError
from evaluators.result import Result, Score
from evaluators.sts import POOLINGS, Session, evaluate
from evaluators.sts.encoder import Encoder
from evaluators.sts.tokenizer import Tokens


@pytest.fixture
def pairs(sentences: tuple[str, ...]) -> PairDataset:
    first, second = sentences, (*sentences[3:], *sentences[:3])
    gold = np.random.default_rng(0).integers(0, 6, size=len(first)).astype(float)
    subsets = tuple("headlines" if i % 3 else "images" for i in range(len(first)))
    return PairDataset("Tiny", "test", first, second, gold, subsets, source="tiny.parquet")


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many token lists each call really encodes."""
    sizes: list[int] = []
    real = Encoder.encode

    def counting(self: Encoder, tokens: Sequence[Tokens]) -> object:
        sizes.append(len(tokens))
        return real(self, tokens)

    monkeypatch.setattr(Encoder, "encode", counting)
    return sizes


def pick(result: Result, metric: str, **variant: object) -> Score:
    (score,) = [
        s for s in result.scores if s.metric == metric and variant.items() <= s.variant.items()
    ]
    return score


@pytest.mark.parametrize("pooling", POOLINGS)
def test_scores_are_scipys_on_cosines_of_the_vectors(
    checkpoint: Path, pairs: PairDataset, pooling: str
) -> None:
    with Session(checkpoint, poolings=[pooling]) as session:
        result = session.evaluate(pairs, pooling=pooling, dimensions=[8])
        matrix = session._store.vectors(pooling).astype(float)
        a, b = (matrix[session._store.rows(side)] for side in (pairs.first, pairs.second))
    for k in (8, 32):
        cosines = (a[:, :k] * b[:, :k]).sum(1)
        cosines /= np.linalg.norm(a[:, :k], axis=1) * np.linalg.norm(b[:, :k], axis=1)
        for metric, compute in (
            ("spearman", scipy.stats.spearmanr),
            ("pearson", scipy.stats.pearsonr),
        ):
            score = pick(result, metric, k=k, aggregate="all")
            assert score.value == pytest.approx(compute(cosines, pairs.gold).statistic, abs=1e-10)
            assert score.ci_low is not None
            assert score.ci_high is not None
            assert score.ci_low < score.value < score.ci_high
            assert score.n == len(pairs)
    (curve,) = result.curves
    assert (curve.metric, curve.axis, curve.start + len(curve.values)) == ("spearman", "k", 33)
    assert curve.values[-1] == pick(result, "spearman", k=32, aggregate="all").value
    assert curve.values[8 - curve.start] == pick(result, "spearman", k=8, aggregate="all").value


def test_subsets_are_aggregated_as_senteval_does(checkpoint: Path, pairs: PairDataset) -> None:
    with Session(checkpoint, poolings=["native"]) as session:
        result = session.evaluate(pairs, pooling="native")
        parts = {}
        for name in ("headlines", "images"):
            kept = [i for i, subset in enumerate(pairs.subsets or ()) if subset == name]
            part = replace(
                pairs,
                first=tuple(pairs.first[i] for i in kept),
                second=tuple(pairs.second[i] for i in kept),
                gold=pairs.gold[kept],
                subsets=None,
            )
            alone = session.evaluate(part, pooling="native")
            parts[name] = pick(alone, "spearman", aggregate="all").value, len(kept)
    values, sizes = zip(*parts.values(), strict=True)
    for name, (value, size) in parts.items():
        score = pick(result, "spearman", subset=name)
        assert (score.value, score.n) == (pytest.approx(value), size)
    assert pick(result, "spearman", aggregate="mean").value == pytest.approx(sum(values) / 2)
    weighted = sum(v * n for v, n in zip(values, sizes, strict=True)) / sum(sizes)
    assert pick(result, "spearman", aggregate="wmean").value == pytest.approx(weighted)


def test_each_distinct_sentence_is_encoded_once_in_the_life_of_a_session(
    checkpoint: Path, pairs: PairDataset, encoded: list[int]
) -> None:
    seen: list[tuple[str, int, int]] = []
    other = replace(pairs, task="Other", second=(*pairs.second[:-1], "an unseen small bird"))
    with Session(
        checkpoint, poolings=POOLINGS, progress=lambda *state: seen.append(state)
    ) as session:
        for pooling in POOLINGS:
            session.evaluate(pairs, pooling=pooling)
            session.evaluate(pairs, pooling=pooling, whitening="scored", fit=[pairs])
        session.evaluate(other, pooling="native")
        distinct = len(set(pairs.first + pairs.second))
        assert session.cost["sentences"] == distinct + 1
    assert sum(encoded) == distinct + 1
    assert len(encoded) == 2
    assert seen[0] == ("encode", 0, distinct)
    assert ("encode", distinct, distinct) in seen
    assert seen[-1] == ("encode", 1, 1)


def test_sentences_the_tokenizer_cannot_tell_apart_tie_at_cosine_one(
    checkpoint: Path, encoded: list[int]
) -> None:
    dataset = PairDataset(
        "Case", "test",
        ("a man  is eating", "a dog", "the cat", "a book"),
        ("a man is eating", "a dog ", "a bird", "the street"),
        np.array([5.0, 5, 1, 2]),
    )  # fmt: skip
    with Session(checkpoint, poolings=["native"]) as session:
        result = session.evaluate(dataset, pooling="native", resamples=0)
        cost = session.cost
    assert (cost["sentences"], cost["encoded"], encoded) == (8, 6, [6])
    assert pick(result, "spearman").ci_low is None
    assert pick(result, "spearman").value in (pytest.approx(7 / 9), 1.0)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_whitening_with_fewer_sentences_than_dimensions_keeps_the_rank(
    checkpoint: Path, pairs: PairDataset, pooling: str
) -> None:
    few = replace(
        pairs, first=pairs.first[:9], second=pairs.first[:9], gold=pairs.gold[:9], subsets=None
    )
    with Session(checkpoint, poolings=[pooling]) as session:
        result = session.evaluate(
            pairs, pooling=pooling, whitening="few", fit=[few], dimensions=[4, 8, 9, 20]
        )
    assert result.cost["kept_dimensions"] == 8
    assert (result.cost["fit_sentences"], result.cost["few_fit_sentences"]) == (9, True)
    assert result.cost["dimensions_left_out"] == [9, 20]
    assert {score.variant["k"] for score in result.scores} == {4, 8}
    assert len(result.curves[0].values) + result.curves[0].start - 1 == 8


def test_whitening_of_five_sentences_per_dimension_is_not_flagged(
    make_checkpoint: Callable[..., Path], pairs: PairDataset
) -> None:
    narrow = make_checkpoint(hidden_size=8, num_attention_heads=2)
    few = replace(pairs, first=pairs.first[:20], second=pairs.first[:20], gold=pairs.gold[:20])
    flags = []
    with Session(narrow, poolings=["cls"]) as session:
        for fit in (pairs, replace(few, subsets=None)):
            cost = session.evaluate(pairs, pooling="cls", whitening="x", fit=[fit]).cost
            flags.append((cost["fit_sentences"], cost["few_fit_sentences"]))
        assert "few_fit_sentences" not in session.evaluate(pairs, pooling="cls").cost
    assert flags == [(40, False), (20, True)]  # 5 * 8 = 40


def test_whitening_is_fitted_on_every_dataset_given(checkpoint: Path, pairs: PairDataset) -> None:
    half = replace(
        pairs, first=pairs.first[:30], second=pairs.second[:30], gold=pairs.gold[:30], subsets=None
    )
    with Session(checkpoint, poolings=["native"]) as session:

        def value(*fit: PairDataset) -> float:
            result = session.evaluate(pairs, pooling="native", whitening="x", fit=fit)
            return pick(result, "spearman", aggregate="all").value

        assert value(pairs, half) != value(pairs)
        assert value(pairs, pairs) == pytest.approx(value(pairs))  # repetition of all: the same
        with pytest.raises(ValueError, match="does not fit its"):
            value()
        with pytest.raises(ValueError, match="'none' does not fit its 1"):
            session.evaluate(pairs, pooling="native", fit=[half])


def test_results_are_plain_json_and_survive_it(checkpoint: Path, pairs: PairDataset) -> None:
    with Session(checkpoint, poolings=["native"]) as session:
        result = session.evaluate(pairs, pooling="native", dimensions=[4])
    text = canonical_json(result.to_json())
    assert Result.from_json(json.loads(text)) == result
    assert {"device", "threads", "token_budget", "oom_halvings", "tokens", "truncated",
            "peak_memory_bytes", "encode_seconds"} <= result.cost.keys()  # fmt: skip


def test_intervals_follow_the_seed_and_are_paired_over_poolings(
    checkpoint: Path, pairs: PairDataset
) -> None:
    with Session(checkpoint, poolings=["native", "last-mean"]) as session:
        scores = [
            pick(session.evaluate(pairs, pooling=pooling, seed=seed), "spearman", aggregate="all")
            for pooling, seed in (("native", 0), ("last-mean", 0), ("native", 1), ("native", 0))
        ]
    assert scores[0] == scores[1] == scores[3]  # native is last-mean here: the same resamples
    assert scores[0].ci_low != scores[2].ci_low


def bad(pairs: PairDataset, **changes: object) -> PairDataset:
    return replace(pairs, subsets=None, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": (), "second": (), "gold": np.array([])}, "empty"),
        ({"gold": np.full(40, 3.0)}, "all 40 gold values are 3.0"),
        ({"gold": np.array([1.0] * 39 + [np.nan])}, "row 39 must be a number, got nan"),
        ({"gold": np.array([np.inf] + [1.0] * 39)}, "row 0 must be a number, got inf"),
        ({"second": ("a",)}, "columns must have"),
    ],
)
def test_datasets_without_a_correlation_are_errors_before_anything_is_loaded(
    tmp_path: Path, pairs: PairDataset, change: dict[str, object], message: str
) -> None:
    with (
        Session(tmp_path / "no checkpoint", poolings=["native"]) as session,
        pytest.raises(DatasetError, match=message) as caught,
    ):
        session.evaluate(bad(pairs, **change), pooling="native")
    assert "tiny.parquet" in str(caught.value)


def test_constant_similarities_are_an_error_and_not_a_zero(
    checkpoint: Path, pairs: PairDataset
) -> None:
    with Session(checkpoint, poolings=["native"]) as session, pytest.raises(ScoreError):
        session.evaluate(bad(pairs, second=pairs.first), pooling="native")


def test_constant_gold_in_a_subset_is_an_error_that_names_it(
    checkpoint: Path, pairs: PairDataset
) -> None:
    gold = pairs.gold.copy()
    gold[[name == "images" for name in pairs.subsets or ()]] = 2
    with (
        Session(checkpoint, poolings=["native"]) as session,
        pytest.raises(ScoreError, match="subset 'images' of Tiny"),
    ):
        session.evaluate(replace(pairs, gold=gold), pooling="native")


def test_weights_with_nan_are_an_error_and_not_a_score(
    make_checkpoint: Callable[..., Path], pairs: PairDataset
) -> None:
    from safetensors.torch import load_file, save_file

    folder = make_checkpoint()
    state = load_file(folder / "model.safetensors")
    state["encoder.layer.1.output.dense.bias"][3] = float("nan")
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with (
        Session(folder, poolings=["cls"]) as session,
        pytest.raises(ScoreError, match="NaN or infinite"),
    ):
        session.evaluate(pairs, pooling="cls")


def test_evaluate_gives_the_grid(checkpoint: Path, pairs: PairDataset) -> None:
    grid = evaluate(checkpoint, [pairs], poolings=POOLINGS, whitenings=("none", "scored"))
    assert len(grid) == 2 * len(POOLINGS)
    with Session(checkpoint, poolings=["cls"]) as session:
        alone = session.evaluate(pairs, pooling="cls", whitening="scored", fit=[pairs])
    found = [score.value for score in grid["Tiny", "cls", "scored"].scores]
    assert found == pytest.approx([score.value for score in alone.scores], abs=1e-5)
    with pytest.raises(ValueError, match="use Session"):
        evaluate(checkpoint, [pairs], whitenings=("target",))


def test_leaving_a_session_gives_the_memory_back(checkpoint: Path, pairs: PairDataset) -> None:
    with Session(checkpoint, poolings=["native"]) as session:
        session.evaluate(pairs, pooling="native")
    assert session._encoder is None
    assert len(session._store) == 0
