"""Text from checkpoints: its n-gram model, its diversity, and its sampling."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from evaluators.errors import DatasetError
from evaluators.experiments import gibbs_text
from evaluators.small_bert.make import Size, make_small_bert
from tests.evaluators.experiments.arm_means import means


def test_an_ngram_model_adds_up_to_one_and_mixes_what_it_has_seen() -> None:
    model = gibbs_text.Ngrams.of([0, 1, 0, 1, 2], 4)
    after = [math.exp(-model.nats(np.array([[0, token]])) * 2) for token in range(4)]
    first = math.exp(-model.nats(np.array([[0]])))
    assert sum(after) / first == pytest.approx(1)
    # Token 0 is 2 of 5, with one more for each of 4 tokens.
    assert first == pytest.approx(3 / 9)
    # After 0 comes 1 always: 0.7 · 1 + 0.3 · 3/9.
    assert after[1] / first == pytest.approx(0.7 + 0.3 * 3 / 9)


def test_diversity_counts_pairs_and_shared_triples() -> None:
    texts = np.array([[0, 1, 0, 1], [0, 1, 0, 2]])
    assert gibbs_text.distinct_pairs(texts) == pytest.approx(3 / 6)
    # Triples 010, 101 and 010, 102: two of four are shared.
    assert gibbs_text.shared_triples(texts) == pytest.approx(0.5)


def test_a_checkpoint_is_sampled_beside_real_text(tmp_path: Path) -> None:
    make_small_bert(tmp_path / "bert", Size(layers=1, hidden=8, heads=1, positions=32))
    documents = ["天地玄黄宇宙洪荒日月盈昃辰宿列张"] * 20
    found = gibbs_text.compare(tmp_path / "bert", documents, 10, 6, [1], [0]).scores
    nats, pairs = means(found, "nats"), means(found, "distinct_pairs")
    assert nats["real text"] < nats["independent tokens"] < nats["Gibbs"]
    known = means(found, "masked_nats")
    assert known["independent tokens"] < known["Gibbs"], "an untrained model knows nothing"
    assert pairs["one text"] < pairs["real text"] < pairs["Gibbs"]
    with pytest.raises(DatasetError, match="must have 1200 tokens"):
        gibbs_text.compare(tmp_path / "bert", documents, 100, 6, [1], [0])
