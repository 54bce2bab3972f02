"""The leaderboard page in a real browser: every view, its files, its link, on a phone too."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.charts.drawing import INK
from tests.dashboard.served import BROWSER, settled
from tests.dashboard.watched import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

VIEWS = (
    *("Means", "Size", "Heat map", "Which task decides", "Does it add up", "Snapshots"),
    *("All means", "Behind the table"),
)


@pytest.fixture(scope="module")
def address(address_of_full: str) -> str:
    return address_of_full


@pytest.fixture
def visitor(watched: Watched) -> Watched:
    """A phone with a dark screen."""
    watched.take_phone()
    return watched


def test_every_view_opens_by_its_tab_and_fits_a_phone(visitor: Watched) -> None:
    visitor.open("leaderboards?board=superglue&snapshot=2021&p=-1")
    page = visitor.page
    main = "document.querySelector('[data-testid=stMain]')"
    for view in VIEWS:
        page.get_by_role("tab", name=view, exact=True).click()
        panel = page.get_by_role("tabpanel").filter(visible=True)
        panel.locator("h2, summary").first.wait_for()
        settled(page)
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.evaluate(f"{main}.scrollWidth - {main}.clientWidth") <= 0
        if view != "Means":
            assert f"view={view.replace(' ', '+')}" in page.url.replace("%20", "+")


def test_chart_and_table_are_saved_as_files_of_the_view(visitor: Watched) -> None:
    visitor.open("leaderboards?board=superglue&snapshot=2021&p=-1&view=Which+task+decides")
    taken = {}
    for label in ("Save SVG", "Save PNG"):
        with visitor.page.expect_download() as waiting:
            visitor.page.get_by_role("button", name=label).click()
        taken[label] = Path(waiting.value.path()).read_bytes()
        assert waiting.value.suggested_filename.startswith("superglue-2021-per-task-harmonic")
    assert b"harmonic mean, 22 of 24 rows over 8 columns" in taken["Save SVG"]
    assert b"MultiRC" in taken["Save SVG"]
    assert taken["Save PNG"][:4] == b"\x89PNG"
    visitor.page.get_by_role("tab", name="Means", exact=True).click()
    with visitor.page.expect_download() as waiting:
        visitor.page.locator("[class*=bump] button", has_text="Save SVG").click()
    bump = Path(waiting.value.path()).read_text().lower()
    assert INK["light"].lower() in bump
    assert INK["dark"].lower() not in bump, "the page's own light ink is unreadable on white"
    for label, begins in (("LaTeX", "% needs \\usepackage{booktabs}"), ("Markdown", "**SuperGLUE")):
        with visitor.page.expect_download() as waiting:
            visitor.page.get_by_role("button", name=label).click()
        assert Path(waiting.value.path()).read_text().startswith(begins)


def test_link_to_a_view_shows_that_view_again(visitor: Watched) -> None:
    visitor.open("leaderboards?board=superglue&snapshot=2021&treatment=per-metric&pin=BERT")
    page = visitor.page
    page.get_by_role("radio", name="HM").click()
    page.wait_for_url("**p=-1*")
    page.get_by_role("tab", name="All means", exact=True).click()
    page.wait_for_url("**view=All*")
    page.get_by_role("heading", name="Overtakings among").wait_for()
    settled(page)
    page.get_by_role("button", name="Link").click()
    link = page.locator("[data-testid=stPopoverBody] code").inner_text()
    said = page.locator(".rc-note").all_inner_texts()
    for part in ("snapshot=2021", "treatment=per-metric", "p=-1", "view=All+means", "pin=BERT"):
        assert part in link
    assert any("SuperGLUE Human Baselines changes places" in note for note in said)
    page.goto(link)
    settled(page)
    assert page.locator(".rc-note").all_inner_texts() == said
    assert page.get_by_role("tab", name="All means").get_attribute("aria-selected") == "true"
