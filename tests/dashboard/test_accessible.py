"""Every page by axe-core, against WCAG 2 A and AA: both themes, on a screen and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from db import open_store
from tests.dashboard.experiments import keep_experiments
from tests.dashboard.look import SCREENS, SHOWN
from tests.dashboard.served import BROWSER, browser, served, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "rules": {"heading-order": {"enabled": True}},
    "resultTypes": ["violations"],
}
BOARD = "leaderboards?view="
TABS = (
    *(page for page in SHOWN if page not in SCREENS),
    *(BOARD + view for view in ("Over p", "Pairs", "Tasks", "Published", "Size", "Snapshots")),
)


@pytest.fixture(scope="module")
def address(full: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with something on every page."""
    folder = tmp_path_factory.mktemp("accessible")
    url = f"duckdb:///{shutil.copy(full.removeprefix('duckdb:///'), folder)}"
    keep_experiments(open_store(url))
    with served(url, folder / "log") as here:
        yield here


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Any]:
    with browser() as chromium:
        yield chromium.new_page()


def objections(page: Any, address: str, path: str, looks: list[tuple[str, int]]) -> list[str]:
    """What axe says of a page in each theme at each width, and whether it scrolls sideways."""
    found = []
    for scheme, width in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        if (scheme, width) == looks[0]:
            page.goto(f"{address}/{'' if path == 'overview' else path}")
        settled(page)
        ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        dark = "rgb(16, 24, 29)" if scheme == "dark" else "rgb(255, 255, 255)"
        page.wait_for_function(f"{ground} === '{dark}'")
        main = "document.querySelector('[data-testid=stMain]')"
        page.wait_for_function(f"{main}.scrollWidth - {main}.clientWidth <= 0", timeout=5_000)
        page.wait_for_timeout(250)  # colours fade into the other theme
        for violation in Axe().run(page, options=RULES).response["violations"]:
            for node in violation["nodes"]:
                said = f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
                found.append(f"{path} {scheme} {width}: {said}")
    return found


@pytest.mark.parametrize("path", SCREENS)
def test_axe_finds_nothing_on_any_page(page: Any, address: str, path: str) -> None:
    looks = [("light", 1280), ("dark", 390)]
    assert objections(page, address, path, looks) == []


@pytest.mark.slow  # a minute: the same pages the other way round, and the tabs behind the first
@pytest.mark.parametrize("path", [*SCREENS, *TABS])
def test_axe_finds_nothing_in_any_theme_width_or_tab(page: Any, address: str, path: str) -> None:
    looks = [("dark", 1280), ("light", 390)]
    assert objections(page, address, path, looks) == []
