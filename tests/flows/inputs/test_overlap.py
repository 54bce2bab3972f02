"""Counts of what training sets share with scored splits, on the real data where it is at hand."""

from __future__ import annotations

import json

import pytest

from db.settings import settings
from flows.inputs.overlap import overlaps
from flows.reports.overlap import format_overlaps

MIRRORS = settings().data


@pytest.mark.skipif(not MIRRORS, reason="RANKCHECK_DATA names no mirror")
def test_shared_examples_of_cluener_and_fewclue() -> None:
    rows = overlaps(["cluener", "fewclue-cluewsc"], mirrors=MIRRORS)
    assert [(row.n_train, row.n_scored, row.exact, row.near) for row in rows] == [
        (10_748, 1_343, 0, 25),
        (32, 976, 2, 6),
    ]
    text = format_overlaps(rows, "json", each=True)
    pairs = json.loads(text)["overlap"]
    assert len(pairs) == 33
    assert all(pair["similarity"] >= 0.7 for pair in pairs)


def test_a_set_that_is_not_here_is_named() -> None:
    (row,) = overlaps(["tnews"])
    assert "not here" in row.problem
    assert "tnews: not here" in format_overlaps([row])
