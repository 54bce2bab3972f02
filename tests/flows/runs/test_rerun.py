from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.plans.rerun import parse_rerun, wants_again

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def again(rule: str, *, days: float = 1, same: bool = True) -> bool:
    return wants_again(
        parse_rerun(rule),
        finished_at=NOW - timedelta(days=days),
        same_environment=same,
        now=NOW,
    )


@pytest.mark.parametrize("rule", ["missing", "never"])
def test_what_is_done_stays_done(rule: str) -> None:
    assert not again(rule, days=1000, same=False)


def test_always_runs_again() -> None:
    assert again("always", days=0)


def test_changed_environment_runs_again_only_where_it_changed() -> None:
    assert again("changed-environment", same=False)
    assert not again("changed-environment", same=True, days=1000)


@pytest.mark.parametrize(("age", "expected"), [("2d", False), ("12h", True), ("90m", True)])
def test_older_than(age: str, expected: bool) -> None:
    assert again(f"older-than: {age}") is expected


def test_a_run_from_before_the_clock_was_set_back_counts_as_old() -> None:
    assert again("older-than: 2d", days=-300)
    assert not again("older-than: 2d", days=-0.01)


@pytest.mark.parametrize("text", ["alwyas", "older-than", "older-than: 3", "missing: 3d", ""])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rerun"):
        parse_rerun(text)
