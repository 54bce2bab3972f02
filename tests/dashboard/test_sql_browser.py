"""The SQL page in a real browser: a query that is cancelled, and two people at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.dashboard.served import BROWSER, settled
from tests.dashboard.watched import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

FOR_EVER = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t"


@pytest.fixture(scope="module")
def address(address_of_full: str) -> str:
    return address_of_full


def start(page: Any, sql: str, seconds: int = 60) -> None:
    """Allow a query some time, write it and run it by keyboard."""
    page.get_by_label("Time limit").first.click()
    page.get_by_role("option", name=f"{seconds} seconds", exact=True).click()
    settled(page)
    page.get_by_label("Query").fill(sql)
    page.keyboard.press("Control+Enter")


def queries(address: str) -> list[psutil.Process]:
    """Queries that a dashboard runs now."""
    port = urlsplit(address).port
    (server,) = {
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port
    }
    its = psutil.Process(server).children(recursive=True)
    return [child for child in its if "sandboxed" in " ".join(child.cmdline())]


def test_cancel_kills_the_process_and_not_the_neighbours(
    watched: Watched, chromium: Any, address: str
) -> None:
    # Two people: they share no cookie and no session.
    neighbour = Watched(chromium.new_page(), address)
    for visitor in (watched, neighbour):
        visitor.open("sql")
    one, other = watched.page, neighbour.page
    start(one, FOR_EVER)
    one.get_by_role("button", name="Cancel").wait_for()
    start(other, FOR_EVER)
    other.get_by_role("button", name="Cancel").wait_for()
    assert len(queries(address)) == 2
    one.get_by_role("button", name="Cancel").click()
    one.get_by_text("The query was cancelled.").wait_for()
    settled(one)
    assert one.get_by_role("button", name="Cancel").count() == 0
    assert len(queries(address)) == 1, "the neighbour's query runs on"
    start(one, "SELECT 42 AS answer", 5)
    one.get_by_text("1 row in").wait_for()
    assert other.get_by_role("button", name="Cancel").is_visible()
    # Leaving the page ends its query as well.
    other.get_by_role("link", name="Nights").click()
    other.wait_for_url("**/nights")
    settled(other)
    assert queries(address) == []
    other.context.close()
    assert neighbour.faults == []


def test_address_holds_the_query_and_a_chart_is_drawn(watched: Watched) -> None:
    watched.open("sql")
    page = watched.page
    start(page, "SELECT 'a' || range AS name, range * 2 AS height FROM range(5)", 5)
    page.get_by_text("5 rows in").wait_for()
    assert "height" in page.evaluate("decodeURIComponent(location.search)")
    page.get_by_role("radio", name="Chart").click()
    page.wait_for_selector("[data-testid=stVegaLiteChart] :is(svg, canvas)")
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0


def test_answer_stands_on_the_screen_of_the_query(watched: Watched) -> None:
    watched.open("sql")
    page = watched.page
    page.set_viewport_size({"width": 1440, "height": 900})
    start(page, "SELECT 42 AS answer", 5)
    said = page.get_by_text("1 row in")
    said.wait_for()
    settled(page)
    button = page.get_by_role("button", name="Run").bounding_box()
    below = said.bounding_box()["y"] - button["y"] - button["height"]
    assert 0 < below < 60
