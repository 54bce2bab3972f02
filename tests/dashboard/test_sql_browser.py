"""The SQL page in a real browser: a query that is cancelled, and two people at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.dashboard.served import BROWSER, browser, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

FOR_EVER = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t"


@pytest.fixture(scope="module")
def address(address_of_full: str) -> str:
    return address_of_full


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


def visitor(chromium: Any, address: str) -> Any:
    """A person of their own: no cookie, no session shared with the next."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}/sql")
    settled(page)
    return page


def start(page: Any, sql: str, seconds: int = 60) -> None:
    """Allow a query some time, write it and run it by keyboard."""
    page.get_by_label("Time limit").first.click()
    page.get_by_role("option", name=f"{seconds} seconds", exact=True).click()
    settled(page)
    page.get_by_label("Query").fill(sql)
    page.keyboard.press("Control+Enter")


def children() -> list[psutil.Process]:
    """Queries that run now."""
    mine = psutil.Process().children(recursive=True)
    return [child for child in mine if "sandboxed" in " ".join(child.cmdline())]


def test_cancel_kills_the_process_and_not_the_neighbours(chromium: Any, address: str) -> None:
    one, other = visitor(chromium, address), visitor(chromium, address)
    start(one, FOR_EVER)
    one.get_by_role("button", name="Cancel").wait_for()
    start(other, FOR_EVER)
    other.get_by_role("button", name="Cancel").wait_for()
    assert len(children()) == 2
    one.get_by_role("button", name="Cancel").click()
    one.get_by_text("The query was cancelled.").wait_for()
    settled(one)
    assert one.get_by_role("button", name="Cancel").count() == 0
    assert len(children()) == 1, "the neighbour's query runs on"
    start(one, "SELECT 42 AS answer", 5)
    one.get_by_text("1 row in").wait_for()
    assert other.get_by_role("button", name="Cancel").is_visible()
    # Leaving the page ends its query as well.
    other.get_by_role("link", name="Nights").click()
    other.wait_for_url("**/nights")
    settled(other)
    assert children() == []
    for page in (one, other):
        page.context.close()


def test_address_holds_the_query_and_a_chart_is_drawn(chromium: Any, address: str) -> None:
    page = visitor(chromium, address)
    start(page, "SELECT 'a' || range AS name, range * 2 AS height FROM range(5)", 5)
    page.get_by_text("5 rows in").wait_for()
    assert "height" in page.evaluate("decodeURIComponent(location.search)")
    page.get_by_role("radio", name="Chart").click()
    page.wait_for_selector("[data-testid=stVegaLiteChart] :is(svg, canvas)")
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0
    page.context.close()


def test_answer_stands_on_the_screen_of_the_query(chromium: Any, address: str) -> None:
    page = visitor(chromium, address)
    page.set_viewport_size({"width": 1440, "height": 900})
    start(page, "SELECT 42 AS answer", 5)
    said = page.get_by_text("1 row in")
    said.wait_for()
    settled(page)
    button = page.get_by_role("button", name="Run").bounding_box()
    below = said.bounding_box()["y"] - button["y"] - button["height"]
    assert 0 < below < 60
    page.context.close()
