"""Every page as a careful visitor sees it: both themes, on a screen and on a phone.

What axe-core finds against WCAG 2 A and AA, and what the browser complains of.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner

from db import open_store
from flows.cli import cli
from flows.judging.claims import judge_claims
from tests.dashboard.experiments import keep_experiments
from tests.dashboard.look import SCREENS, SHOWN
from tests.dashboard.served import BROWSER, served, settled
from tests.dashboard.vectors import keep_vectors
from tests.dashboard.watched import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "rules": {"heading-order": {"enabled": True}},
    "resultTypes": ["violations"],
}
BOARD = "leaderboards?board=superglue&view="
TABS = (
    *(page for page in SHOWN if page not in SCREENS),
    *(
        BOARD + view
        for view in (
            "Heat map",
            "Which task decides",
            "Does it add up",
            "Size",
            "Snapshots",
            "All means",
        )
    ),
)
OF_ONE = (
    "model?model=MiniLM",
    "model?model=T5",
    "claims?claim=humans",
    "claims?claim=law",
    "claims?claims-view=Changes&since=always",
    "nights?night=night-2",
    "runs?run=whitened",
    *(f"compare?what={what}" for what in ("checkpoints", "models", "nights")),
    *(
        f"{page}lang=zh"
        for page in ("?", "claims?", "claims?claim=law&", "lab?", "model?model=T5&")
    ),
)
"""Pages of one thing, and some in Chinese, whose letters have other widths."""


@pytest.fixture(scope="module")
def address(
    full: str, warm_words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A dashboard with something on every page."""
    folder = tmp_path_factory.mktemp("accessible")
    url = f"duckdb:///{shutil.copy(full.removeprefix('duckdb:///'), folder)}"
    store = open_store(url)
    keep_experiments(store)
    keep_vectors(store)
    with served(url, folder / "log", warm_words) as here:
        yield here
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture(scope="module")
def page(chromium: Any) -> Any:
    return chromium.new_page()


def objections(page: Any, address: str, path: str, looks: list[tuple[str, int]]) -> list[str]:
    """What axe says of a page in each theme at each width, and whether it scrolls sideways."""
    found = []
    for scheme, width in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        if (scheme, width) == looks[0]:
            page.goto(f"{address}/{'' if path == 'home' else path}")
        settled(page)
        coloured(page, scheme)
        main = "document.querySelector('[data-testid=stMain]')"
        page.wait_for_function(f"{main}.scrollWidth - {main}.clientWidth <= 0", timeout=5_000)
        page.wait_for_timeout(250)  # colours fade into the other theme
        found += [f"{path} {scheme} {width}: {said}" for said in violations(page)]
    return found


def coloured(page: Any, scheme: str) -> None:
    """Wait until a page has the ground of a theme."""
    ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    colour = "rgb(16, 24, 29)" if scheme == "dark" else "rgb(255, 255, 255)"
    page.wait_for_function(f"{ground} === '{colour}'")


def violations(page: Any) -> list[str]:
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in Axe().run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("path", SCREENS)
def test_every_page_opens_on_a_screen_without_an_objection(watched: Watched, path: str) -> None:
    page = watched.page
    watched.open("" if path == "home" else path)
    assert page.title()
    coloured(page, "light")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    coloured(page, "dark")


@pytest.mark.parametrize("path", SCREENS)
def test_every_page_fits_a_phone_without_an_objection(watched: Watched, path: str) -> None:
    page = watched.page
    watched.take_phone()
    watched.open("" if path == "home" else path)
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth - {main}.clientWidth") <= 0
    coloured(page, "dark")
    assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", OF_ONE)
def test_axe_finds_nothing_on_the_page_of_one_thing(page: Any, address: str, path: str) -> None:
    looks = [("light", 1280), ("dark", 1280), ("dark", 390)]
    assert objections(page, address, path, looks) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["superglue", "averaging-c3", "8783", "night-2"])
def test_axe_finds_nothing_on_a_page_to_share(
    page: Any, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    url = f"duckdb:///{shutil.copy(full.removeprefix('duckdb:///'), tmp_path)}"
    judge_claims(open_store(url))
    monkeypatch.setenv("RANKCHECK_STORE", url)
    done = CliRunner().invoke(cli, ["report", name, "--to", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    page.goto((tmp_path / "page" / "index.html").as_uri())
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(250)
            root = "document.documentElement"
            assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0
            assert violations(page) == [], (scheme, width)


@pytest.mark.slow  # a minute: the same pages the other way round, and the tabs behind the first
@pytest.mark.parametrize("path", [*SCREENS, *TABS])
def test_axe_finds_nothing_in_any_theme_width_or_tab(page: Any, address: str, path: str) -> None:
    looks = [("dark", 1280), ("light", 390)]
    assert objections(page, address, path, looks) == []
