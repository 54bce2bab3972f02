"""A plan run sends a message when something happened, one, and none when nothing did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from db import Store
from db.claims import write_verdicts
from flows.operations.news import message_of
from flows.runs.outcomes import RunReport
from tests.dashboard.stores import keep_everything
from tests.db.test_changes import verdict
from tests.flows.home import Home
from tests.flows.receivers import Webhook

pytestmark = pytest.mark.waits

NewHome = Callable[..., Home]
NOTHING = RunReport("nightly", [], kept=4)
BROKEN = """\
name: broken
checkpoints:
  - name: gone
    source: file:///path/that/is/not/there
evaluations:
  - evaluator: sts
    tasks: [SampleEN]
"""


def test_a_quiet_night_sends_nothing(store: Store) -> None:
    assert message_of(store, NOTHING, "night-1", {}, plan_path="plans/nightly.yaml") is None


def test_a_score_beyond_its_interval_a_changed_verdict_and_a_new_first_are_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_everything(store)
    write_verdicts(store, [verdict(1, "holds"), verdict(2, "refuted")], [])
    now = {"measured-sts": ("new",), "measured-clue": ("first",)}
    monkeypatch.setattr("flows.operations.news.first_places", lambda _store: now)
    message = message_of(
        store, NOTHING, "night-2", {"measured-sts": ("old", "tied")}, plan_path="p.yaml"
    )
    assert message is not None
    assert message.kind == "info"
    assert (
        message.title == "rankcheck: nightly: 1 verdict changed, 1 score moved, 1 new first place"
    )
    assert "c: holds → refuted" in message.body
    assert "MiniLM SampleEN native none: spearman 0.6727 → 0.7727" in message.body
    assert "(changed: environment)" in message.body
    assert "measured-sts: old = tied → new" in message.body
    assert "measured-clue" not in message.body


def test_a_long_list_is_cut_and_says_so(store: Store) -> None:
    drifts = [verdict(1, "holds", claim=f"c{i}") for i in range(14)]
    drifts += [verdict(2, "refuted", claim=f"c{i}") for i in range(14)]
    write_verdicts(store, drifts, [])
    message = message_of(store, NOTHING, "night-2", {}, plan_path="p.yaml")
    assert message is not None
    assert message.body.count("holds → refuted") == 10
    assert "and 4 more" in message.body


def test_a_failed_input_sends_one_message_with_what_to_do(new_home: NewHome, hook: Webhook) -> None:
    home = new_home(plan=BROKEN, RANKCHECK_NOTIFY=hook.url)
    home.run("run", str(home.plan), status=1)
    (message,) = hook.got
    assert message["title"] == "rankcheck: broken: 1 failed"
    assert message["type"] == "failure"
    assert "gone: CheckpointError" in message["message"]
    assert f"rankcheck run {home.plan}" in message["message"]


def test_a_failure_inside_the_flow_and_a_good_run_send_one_message_and_none(
    new_home: NewHome, hook: Webhook
) -> None:
    good = """\
name: good
checkpoints:
  - name: mini
    source: file:///small
evaluations:
  - evaluator: sts
    tasks: [SampleEN]
"""
    home = new_home(plan=good, RANKCHECK_NOTIFY=hook.url)
    home.run("run", str(home.plan))
    assert hook.got == []
    assert list((home.folder / "store.duckdb.running").iterdir()) == []
    with_a_bad_one = "  - name: gone\n    source: file:///path/that/is/not/there\nevaluations:"
    plan = home.plan.read_text().replace("evaluations:", with_a_bad_one)
    home.plan.write_text(plan.replace("SampleEN", "SampleZH"))
    home.run("run", str(home.plan), status=1)
    assert hook.titles == ["rankcheck: good: 1 failed"]


def test_a_plan_that_cannot_be_read_is_told_where_nobody_looks(
    new_home: NewHome, hook: Webhook
) -> None:
    home = new_home(plan="name: [", RANKCHECK_NOTIFY=hook.url)
    home.run("run", str(home.plan), status=2)
    (title,) = hook.titles
    assert title == f"rankcheck: {home.plan}: the plan run failed"


def test_a_webhook_that_is_down_does_not_end_the_plan_run(new_home: NewHome, hook: Webhook) -> None:
    hook.answer["status"] = 500
    home = new_home(plan=BROKEN, RANKCHECK_NOTIFY=hook.url)
    said = home.run("run", str(home.plan), status=1).stderr
    assert "was not delivered" in said
    assert "s3cret" not in said
    hook.answer["status"] = 200
    assert home.run("watch", status=1).stderr
    assert "rankcheck: broken: 1 failed" in hook.titles
