"""The cut of the text plan through the command line, where its corpus and its pairs are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.flows.home import ROOT, Home

NewHome = Callable[..., Home]
PLACES = {name: os.environ.get(name, "") for name in ("RANKCHECK_CORPORA", "RANKCHECK_DATA")}


@pytest.mark.slow
@pytest.mark.skipif(not all(PLACES.values()), reason="names no corpora, or no mirror of data")
def test_the_cut_on_text_is_kept_with_its_cost_and_compared(new_home: NewHome) -> None:
    home = new_home(**PLACES)
    done = home.run("run", str(ROOT / "plans" / "simcse-cut.yaml"))
    assert "10 evaluated" in done.stderr
    runs = home.rows(
        "SELECT spearman, before, sentences_per_second, peak_bytes, steps * batch FROM simcse_runs"
    )
    assert len(runs) == 10
    for after, before, speed, peak, seen in runs:
        assert 0.8 < before == runs[0][1]
        assert 0.5 < after < 1
        assert speed > 0
        assert peak is None or peak > 10**8
        assert seen == 128
    compared = home.rows(
        "SELECT arm, encoder, base, base_encoder, batch, seeds FROM simcse_differences"
        " WHERE base = 'infonce/float32' AND base_encoder = 'float32' ORDER BY ALL"
    )
    assert compared == [
        ("flatnce/float32", "float32", "infonce/float32", "float32", 32, 2),
        ("flatnce/float32", "float32", "infonce/float32", "float32", 128, 2),
        ("infonce/float32", "bfloat16", "infonce/float32", "float32", 32, 2),
    ]
