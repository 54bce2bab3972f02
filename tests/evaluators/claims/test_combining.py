"""What the verdicts on several settings come to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evaluators.claims.judging.claim import Scope, Verdict, Word, is_sure, rule_word, spoken
from evaluators.claims.judging.combining import Summary, combine, pool
from evaluators.claims.judging.evidence import Place
from evaluators.evaluator import Level
from evaluators.statistics import Interval


def _verdict(word: Word, level: Level = "published", **more: Any) -> Verdict:
    place = Place(None, None, None, f"setting={more.pop('setting', 'a')}")
    numbers = {"statistic": 1.0, "ci_low": 0.5, "ci_high": 1.5, **more}
    return Verdict("c", word, word, "as measured", place, level, **numbers)


def _come_to(
    *words: Word, scope: Scope = "setting", level: Level = "published", **more: Any
) -> Summary:
    return combine([_verdict(w, level, **more) for w in words], scope=scope, own="published")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["inconclusive"] * 100 + ["holds"], "inconclusive"),
        (["holds"] * 3 + ["refuted"] * 3, "mixed"),
        (["refuted", "holds", *["inconclusive"] * 98], "mixed"),
        (["holds"] * 3, "holds"),
        (["holds"] * 3 + ["inconclusive"] * 2, "holds"),
        (["refuted"] * 2 + ["not testable here"] * 5, "refuted"),
        (["not testable here"] * 2, "not testable here"),
    ],
)
def test_the_settings_of_a_claim_must_agree(words: list[Word], verdict: str) -> None:
    assert _come_to(*words).verdict == verdict


def test_disagreement_is_counted() -> None:
    assert _come_to("holds", "refuted", "holds", "refuted").detail == "2 hold, 2 refuted"


def test_the_number_that_stands_for_all_settings_is_of_one_that_decided() -> None:
    open_ones = [_verdict("inconclusive", statistic=v) for v in (-0.5, 0.3)]
    sure = [_verdict("holds", statistic=v) for v in (0.8, 1.0)]
    found = combine([*open_ones, *sure], scope="setting", own="published")
    assert (found.verdict, found.shown.statistic) == ("holds", 0.8)
    mixed = [_verdict("refuted", statistic=-0.9), *open_ones, sure[0]]
    assert combine(mixed, scope="setting", own="published").shown.statistic == -0.9


def test_one_counterexample_refutes_what_is_universal_if_it_is_sure_enough() -> None:
    sure = [_verdict("refuted", p_value=0.001), *[_verdict("holds", p_value=0.01)] * 9]
    assert combine(sure, scope="universal", own="published").verdict == "refuted"
    unsure = [_verdict("refuted", p_value=0.04), *[_verdict("holds", p_value=0.01)] * 9]
    assert combine(unsure, scope="universal", own="published").verdict == "inconclusive"
    assert combine(unsure[1:], scope="universal", own="published").verdict == "holds"


def test_a_counterexample_counts_at_any_level_and_support_does_not() -> None:
    both = [_verdict("holds", "small"), _verdict("refuted", "made-up", p_value=0.001)]
    found = combine(both, scope="universal", own="small")
    assert (found.verdict, found.level) == ("refuted", "made-up")
    assert combine(both, scope="setting", own="small").verdict == "holds"


def test_one_example_shows_what_is_existential() -> None:
    rows = [_verdict("holds", "made-up", p_value=0.001), _verdict("refuted", p_value=0.001)]
    assert combine(rows, scope="existential", own="published").verdict == "holds"
    assert combine(rows[1:] * 2, scope="existential", own="published").verdict == "refuted"


def test_a_made_up_world_is_never_called_the_published_setting() -> None:
    assert _come_to("holds", level="made-up").verdict == "holds in a made-up world"
    assert _come_to("refuted", "refuted", level="made-up").verdict == "fails in a made-up world"
    assert _come_to("refuted", level="small").verdict == "fails at a small scale"
    published = combine(
        [_verdict("holds", "made-up"), _verdict("refuted", "published")],
        scope="setting",
        own="published",
    )
    assert (published.verdict, published.level) == ("refuted", "published")


def test_a_smoke_run_has_no_vote() -> None:
    rows = [_verdict("refuted", cut="epochs 8 of 20", rests_on="3 seeds"), _verdict("holds")]
    assert combine(rows, scope="setting", own="published").verdict == "holds"
    alone = combine(rows[:1], scope="setting", own="published")
    assert (alone.verdict, alone.rests_on) == ("not testable here", "smoke run: 3 seeds")
    assert "epochs 8 of 20" in alone.detail


def test_what_was_seen_before_the_bench_was_frozen_gives_way_to_fresh_seeds() -> None:
    rows = [_verdict("holds", exploratory=True), _verdict("refuted")]
    found = combine(rows, scope="setting", own="published")
    assert (found.verdict, found.exploratory) == ("refuted", False)
    assert combine(rows[:1], scope="setting", own="published").exploratory


def test_the_number_is_that_in_the_middle_of_all_and_not_of_the_winners() -> None:
    rows = [_verdict("holds", statistic=float(i)) for i in (9, 8, 7)]
    rows += [_verdict("inconclusive", statistic=float(i)) for i in (1, 2)]
    assert combine(rows, scope="setting", own="published").shown.statistic == 7


def test_the_number_of_what_one_setting_decides_is_that_of_the_deciding_settings() -> None:
    rows = [_verdict("holds", statistic=1.0, p_value=0.001) for _ in range(4)]
    rows += [_verdict("refuted", statistic=x, p_value=p) for x, p in ((0.2, 1e-6), (0.9, 0.04))]
    assert combine(rows, scope="universal", own="small").shown.statistic == 0.2
    turned = [_verdict("refuted", statistic=1.0, p_value=0.001) for _ in range(4)]
    turned += [_verdict("holds", statistic=5.0, p_value=1e-6)]
    assert combine(turned, scope="existential", own="small").shown.statistic == 5


def test_the_p_value_of_several_settings_is_that_of_the_partial_conjunction() -> None:
    rows = [_verdict("holds", p_value=p) for p in (0.001, 0.02)]
    rows += [_verdict("inconclusive", p_value=0.4)]
    # Benjamini and Heller: u = 2 of m = 3, (m - u + 1) p_(u).
    found = combine(rows, scope="setting", own="published").p_value
    assert found == pytest.approx(2 * 0.02)


def test_every_word_of_a_rule_comes_back_from_what_it_is_called() -> None:
    levels: tuple[Level, ...] = ("made-up", "small", "published", "identity")
    words: tuple[Word, ...] = ("holds", "refuted", "inconclusive", "not testable here")
    for level in levels:
        for word in words:
            said = spoken(word, scope="setting", own="published", level=level)
            assert rule_word(said) == word


def test_pooling_is_that_of_hartung_and_knapp() -> None:
    """By hand: equal errors, so the mean is plain and q is the variance over (se² + tau²)."""
    values, error = [1.0, 2.0, 4.0], 0.1
    found = pool([Interval(v, v - 1.959964 * error, v + 1.959964 * error, 7) for v in values])
    variance = float(np.var(values, ddof=1))
    assert found.mean.estimate == pytest.approx(np.mean(values))
    assert found.tau == pytest.approx(math.sqrt(variance - error**2), rel=1e-6)
    assert found.mean.standard_error == pytest.approx(math.sqrt(variance / 3), rel=1e-6)


def test_pooled_intervals_cover() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        truths = rng.normal(1.0, 0.5, 6)
        seen = rng.normal(truths, 0.3)
        half = 1.959964 * 0.3
        low, high = pool([Interval(v, v - half, v + half, 7) for v in seen]).mean.ends
        hits += low <= 1.0 <= high
    assert hits / 1000 >= 0.94


def test_a_claim_about_the_average_is_decided_on_it() -> None:
    rows = [
        _verdict("inconclusive", statistic=v, ci_low=v - 0.2, ci_high=v + 0.2)
        for v in (1.0, 1.1, 0.9, 1.05)
    ]
    found = combine(rows, scope="setting", own="published", average=0.5)
    assert found.verdict == "holds"
    assert found.pooled is not None
    assert found.pooled.mean.estimate == pytest.approx(1.0125, abs=1e-3)


@pytest.mark.parametrize(
    ("verdict", "low", "p_value", "sure"),
    [
        ("refuted", 1.0, None, False),
        ("refuted", 1.5, None, True),
        ("refuted", 1.0, 0.01, True),
        ("refuted", None, None, True),
        ("inconclusive", 1.0, None, True),
    ],
)
def test_what_printed_numbers_decide_is_not_sure_where_another_draw_could_say_the_opposite(
    verdict: str, low: float | None, p_value: float | None, sure: bool
) -> None:
    found = is_sure(verdict, low=low, high=6.0, threshold=1.0, p_value=p_value)
    assert found is sure
