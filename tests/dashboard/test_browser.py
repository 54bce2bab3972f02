"""The dashboard as people see it: the real command, a real browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest

from db import open_store
from tests.dashboard.look import SCREENS
from tests.dashboard.served import BROWSER, served, settled
from tests.dashboard.stores import HOSTILE
from tests.dashboard.watched import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

PATHS = ("", *(screen for screen in SCREENS if screen != "home"))


@pytest.fixture(scope="module")
def address(full: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("served") / "log"
    with served(full, log) as here:
        yield here
    assert "Traceback" not in log.read_text()


def test_link_to_a_page_on_a_fresh_server_shows_our_navigation(watched: Watched) -> None:
    watched.open("leaderboards?board=superglue&p=-1")
    links = watched.page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
    assert [link.split("\n")[-1] for link in links] == [
        *("Home", "Boards", "Claims", "Compare", "Lab", "Nights", "SQL"),
    ]
    assert watched.page.locator(".rc-answer").first.is_visible()


def test_experiments_show_on_a_screen_and_on_a_phone_without_an_objection(
    tab: Watched, experiments: str, warm_words: list[str], tmp_path: Path
) -> None:
    main = "document.querySelector('[data-testid=stMain]')"
    page = tab.page
    with served(experiments, tmp_path / "log", warm_words) as tab.address:
        for path in ("claims", "claims?claim=law", "clue", "batch_sweep", "dimension", "compare"):
            tab.open(path)
            if path != "claims":
                assert page.locator("[data-testid=stVegaLiteChart]").count() > 0, path
            page.set_viewport_size({"width": 390, "height": 844})
            settled(page)
            # A chart is drawn anew for its new width some frames later.
            fits = f"{main}.scrollWidth - {main}.clientWidth <= 0"
            page.wait_for_function(fits, timeout=5_000)
            page.wait_for_timeout(300)
            assert page.evaluate(fits), path
            page.set_viewport_size({"width": 1280, "height": 900})
        tab.open("claims")
        page.get_by_role("link", name="Caching is exact.").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/claims?claim=exact")
        page.get_by_role("button", name="All claims").wait_for()
        assert tab.leave() == []
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_table_is_in_sight_and_the_answer_moves_with_the_mean(watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 1440, "height": 900})
    watched.open("leaderboards?board=superglue&snapshot=2022-01")
    table = watched.page.locator("[data-testid=stDataFrame]").first
    assert table.bounding_box()["y"] < 330
    answer = watched.page.locator(".rc-answer")
    assert "above the human row (rank 6" in answer.inner_text()
    watched.page.get_by_role("radio", name="HM").click()
    watched.page.wait_for_url("**p=-1*")
    settled(watched.page)
    answer.filter(has_text="above the human row (rank 7").wait_for()


def test_download_holds_the_rows_of_the_ranks_view(watched: Watched, full: str) -> None:
    import sqlalchemy as sa

    watched.open("leaderboards?board=glue&snapshot=2022-01&p=0")
    with watched.page.expect_download() as waiting:
        watched.page.get_by_role("button", name="CSV").first.click()
    taken = pd.read_csv(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    query = sa.text("""SELECT model, rank, score FROM ranks WHERE board = 'glue'
        AND snapshot = '2022-01' AND treatment = 'per-task' AND mean = 'geometric'""")
    with open_store(full).read() as connection:
        kept = [tuple(row) for row in connection.execute(query)]
    assert len(taken) == len(kept)
    ranked = {(m, r, round(s, 9)) for m, r, s in kept if r is not None}
    assert ranked
    assert {
        (row.model.removeprefix("'"), int(row["rank"]), round(row.score, 9))
        for _, row in taken.dropna(subset=["rank"]).iterrows()
    } == ranked


def test_click_on_a_failed_run_leads_to_its_error(watched: Watched) -> None:
    watched.open("nights")
    watched.page.get_by_role("link", name="Everything about this run").click()
    watched.page.wait_for_url("**/runs?run=broken")
    settled(watched.page)
    assert "row 17 has no score" in watched.page.locator("[role=alert]").first.inner_text()


def test_sql_page_answers(watched: Watched) -> None:
    watched.open("sql")
    watched.page.get_by_role("button", name="Run", exact=True).click()
    watched.page.wait_for_selector(".rc-note.rc-good")
    assert "4 rows in" in watched.page.locator(".rc-note").inner_text()


@pytest.mark.slow  # half a minute; test_hostile.py looks at every page without a browser
def test_hostile_names_do_nothing_in_a_real_browser(
    chromium: Any, hostile: str, tmp_path: Path
) -> None:
    with served(hostile, tmp_path / "log") as address:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        visitor = Watched(page, address)
        for path in PATHS:
            visitor.open(path)
            for box in page.locator("[data-testid=stSelectbox] input").all()[:6]:
                if box.is_visible():  # some lie in a fold
                    box.click()
                    page.wait_for_timeout(150)
                    page.keyboard.press("Escape")
            for chart in page.locator("[data-testid=stVegaLiteChart]").all():
                place = chart.bounding_box()
                for x in (0.12, 0.3, 0.5, 0.62):  # tooltips
                    for y in (0.1, 0.2, 0.3, 0.5):
                        page.mouse.move(
                            place["x"] + place["width"] * x, place["y"] + place["height"] * y
                        )
            assert page.evaluate("window.stolen") is None
            assert page.locator("img[src=x], script:has-text('stolen')").count() == 0
            links = page.locator("[data-testid=stMain] a").evaluate_all(
                "all => all.map(a => a.href)"
            )
            assert all(link.startswith(("http://", "https://")) for link in links)
            # A link of ours may name what it opens, as text of its query.
            others = [link for link in links if not link.startswith(f"{address}/")]
            assert not [link for link in others if "evil.example" in link or "javascript" in link]
            assert page.locator("[data-testid=stMain] .katex").count() == 0
        visitor.open(f"leaderboards?board={quote(HOSTILE[0])}")
        assert HOSTILE[0] in page.locator(".rc-answer bdi").all_inner_texts()
        page.close()
        assert visitor.faults == []
