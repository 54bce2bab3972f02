"""The audit of printed tables: every case computed by hand."""

from dataclasses import replace

import pytest

from evaluators.published_tables import (
    PublishedMean,
    PublishedScore,
    check_proportions,
    find_repeats,
    recompute_means,
)

CELL = PublishedScore(
    model="m",
    revision=None,
    weights_sha256=None,
    task="A",
    split=None,
    metric="spearman",
    pooling="cls",
    whitening="none",
    k=None,
    aggregate="all",
    printed=60.0,
    unit_max=100,
    source="a",
    notes="",
    collection="one",
)
MEAN = PublishedMean("one", "m", None, "spearman", ("A", "B"), 65.0, 2, 100, "a")


def test_a_mean_agrees_within_the_rounding_of_its_cells_and_of_its_own():
    # (60.00 + 70.03) / 2 = 65.015; the cells may be off by 0.005, and so may the mean.
    cells = [CELL, replace(CELL, task="B", printed=70.03)]
    near, far = recompute_means([replace(MEAN, printed=65.01), replace(MEAN, printed=65.03)], cells)
    assert near.recomputed == pytest.approx(65.015)
    assert near.allowed == pytest.approx(0.01)
    assert (near.outcome, far.outcome) == ("agrees", "differs")


def test_a_mean_whose_cells_are_not_kept_is_not_recomputed():
    (found,) = recompute_means([MEAN], [CELL, replace(CELL, task="B", collection="two")])
    assert (found.outcome, found.missing, found.recomputed) == ("cells missing", ("B",), None)


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [(60.0, "equal"), (60.01, "rounding"), (60.02, "differ")],
)
def test_cells_that_state_one_quantity_are_compared_within_rounding(printed, outcome):
    other = replace(CELL, printed=printed, collection="two")
    (found,) = find_repeats([CELL, other])
    assert found.outcome == outcome
    assert found.difference == pytest.approx((printed - 60) / 100)


def test_units_and_decimals_may_differ_between_tables():
    other = replace(CELL, printed=0.596, unit_max=1, decimals=3, collection="two")
    assert find_repeats([CELL, other])[0].outcome == "differ"  # 0.4 points; 0.055 allowed
    assert find_repeats([CELL, replace(other, printed=0.6)])[0].outcome == "equal"


@pytest.mark.parametrize(
    "other",
    [
        {"task": "B"},
        {"model": "n"},
        {"whitening": "target"},
        {"k": 256},
        {"aggregate": "wmean"},
        {"method": "plain"},
        {"metric": "pearson"},
        {"pooling": "pooler", "printed": 61.0},
    ],
)
def test_cells_of_different_quantities_are_not_compared(other):
    assert not find_repeats([CELL, replace(CELL, collection="two", **other)])


def test_a_stated_split_differs_only_from_another_stated_one():
    test = replace(CELL, split="test")
    assert len(find_repeats([CELL, test])) == 1
    assert not find_repeats([test, replace(CELL, split="validation")])


def test_one_model_of_two_names_is_compared_where_they_are_given():
    pair = [CELL, replace(CELL, model="m (V1)", printed=61.0)]
    assert not find_repeats(pair)
    assert find_repeats(pair, {"m (V1)": "m"})[0].outcome == "differ"


def test_a_number_under_another_pooling_in_another_list_is_found():
    other = replace(CELL, pooling="last-mean", collection="two")
    assert find_repeats([CELL, other])[0].outcome == "other pooling"
    assert not find_repeats([CELL, replace(other, collection="one")])


def accuracy(printed, **more):
    return replace(CELL, metric="accuracy", split="test", printed=printed, **more)


@pytest.mark.parametrize(
    ("printed", "n", "outcome"),
    [
        (33.33, 3, "possible"),
        (66.67, 3, "possible"),
        (66.66, 3, "cut off"),  # 2/3 = 0.66667
        (66.65, 3, "impossible"),
        (83.33, 2000, "impossible"),  # 1,666 are 83.30, 1,667 are 83.35
        (83.35, 2000, "possible"),
        (59.99, 2599, "impossible"),  # 1,559 are 59.985 (59.98), 1,560 are 60.02
        (60.02, 2599, "possible"),
        (77.77, 10_000, "not testable"),
    ],
)
def test_a_proportion_needs_a_whole_number_of_examples(printed, n, outcome):
    (found,) = check_proportions([accuracy(printed)], {("A", "test"): (n,)})
    assert found.outcome == outcome


def test_a_cell_is_impossible_only_if_no_known_size_gives_it():
    sizes = {("A", "test"): (2, 3)}
    possible, impossible = check_proportions([accuracy(33.33), accuracy(40.0)], sizes)
    assert (possible.outcome, impossible.outcome) == ("possible", "impossible")


def test_sizes_that_are_unknown_make_a_cell_not_testable_and_correlations_are_passed_over():
    (found,) = check_proportions([CELL, accuracy(33.33)], {})
    assert (found.outcome, found.examples) == ("not testable", ())


def test_the_share_of_printable_numbers_that_pass_says_what_the_test_is_worth():
    (found,) = check_proportions([accuracy(50.0)], {("A", "test"): (2000,)})
    assert found.passing == pytest.approx(0.2)  # steps of 0.05 points among those of 0.01
