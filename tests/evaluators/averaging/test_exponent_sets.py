import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.averaging.exponent_sets import EVERYWHERE, ExponentRange, ExponentSet, depths

ends = st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 1.0, 2.0, math.inf])
LOOK = [-9.0, -1.0, -0.5, 0.0, 0.25, 0.5, 0.7, 1.0, 1.5, 2.0, 9.0]


@st.composite
def exponent_range(draw):
    low, high = sorted((draw(ends), draw(ends)))
    if low == high:
        if math.isinf(low):
            low, high = -math.inf, math.inf
        else:
            return ExponentRange(low, high, True, True)
    return ExponentRange(
        low,
        high,
        not math.isinf(low) and draw(st.booleans()),
        not math.isinf(high) and draw(st.booleans()),
    )


some = st.lists(exponent_range(), max_size=4)


@given(some, some)
def test_sets_do_what_their_members_say(left, right):
    a, b = ExponentSet.of(*left), ExponentSet.of(*right)
    for p in LOOK:
        in_a, in_b = any(p in x for x in left), any(p in x for x in right)
        assert (p in a) == in_a
        assert (p in ExponentSet.union([a, b])) == (in_a or in_b)
        assert (p in (a & b)) == (in_a and in_b)
        assert (p in (a - b)) == (in_a and not in_b)


@given(some)
def test_parts_are_in_order_and_apart_so_that_equal_sets_are_equal(parts):
    found = ExponentSet.of(*parts)
    assert found == ExponentSet.of(*reversed(parts), *parts)
    assert found == EVERYWHERE - (EVERYWHERE - found)
    for left, right in itertools.pairwise(found.parts):
        assert left.cuts[1] < right.cuts[0]


@given(st.lists(some, max_size=4))
def test_depths_cover_the_line_once_and_count(sets):
    sets = [ExponentSet.of(*parts) for parts in sets]
    pieces = depths(sets)
    assert ExponentSet.of(*(part for part, _ in pieces)) == EVERYWHERE
    for p in LOOK:
        ((_, depth),) = [(part, depth) for part, depth in pieces if p in part]
        assert depth == sum(p in found for found in sets)
    assert all(x[1] != y[1] for x, y in itertools.pairwise(pieces))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (ExponentSet(), "nowhere"),
        (EVERYWHERE, "(-inf, inf)"),
        (ExponentSet.points(1), "{1}"),
        (ExponentSet.of(ExponentRange(-2.5, 0, True, False), ExponentRange(1, math.inf)),
         "[-2.5000, 0) or (1, inf)"),
        (ExponentSet.of(ExponentRange(0, 1), ExponentRange(1, 2, True, False)), "(0, 2)"),
        (ExponentSet.of(ExponentRange(0, 1), ExponentRange(1, 2)), "(0, 1) or (1, 2)"),
    ],
)  # fmt: skip
def test_written_as_people_write_them(found, text):
    assert str(found) == text
