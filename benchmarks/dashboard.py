"""Every page of the dashboard beside an empty Streamlit page, in a real browser.

The store is made up to be large: 10 million scores, twelve boards of 400 models on 130 tasks, 1,000
runs, 1,000 claims judged a night. What counts is the time from asking for a page until something is
painted, until its title and its first table are there and until all of it is drawn, its caches
forgotten as after a commit, and the time from touching a control until the answer is drawn.

First visits of some pages alone, each beside an empty page, with the load of the machine:

python -m benchmarks.dashboard [--store FILE] [--rounds N] [home leaderboards …]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.table import Row

MOST_SECONDS_MORE = 1.0

DEEPER = {
    "a board": "leaderboards?board=wide-00&snapshot=2026",
    "a claim": "claims?claim=claim-000",
    "a model": "model?model=org-1/model-1",
    "sts": "sts",
    "clue": "clue",
    "batch_sweep": "batch_sweep",
    "dimension": "dimension",
    "experiments": "experiments",
    "runs": "runs",
}
"""Pages that have no entry in the navigation, by what they show."""

_SEEN = """
const seen = {title: '.rc-title', table: '[data-testid=stDataFrame] canvas'};
window.seen = {};
new MutationObserver(() => {
    for (const [name, where] of Object.entries(seen))
        if (!(name in window.seen) && document.querySelector(where))
            window.seen[name] = performance.now();
}).observe(document, {childList: true, subtree: true});
"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"

EMPTY = """
import streamlit as st
st.html('<h1 class="rc-title">Empty</h1>')
st.button("Again")
"""


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of every page; the ratio is to the same of an empty Streamlit page."""
    try:
        from tests.dashboard.served import BROWSER, browser
    except ImportError as error:
        print(f"left out the dashboard: {error}")
        return
    if BROWSER is None:
        print("left out the dashboard: no Chromium here (apt-get install chromium)")
        return
    from benchmarks.dashboard_store import fill

    with tempfile.TemporaryDirectory() as name:
        store = Path(name) / "store.duckdb"
        fill(f"duckdb:///{store}")
        with _serving(store, Path(name)) as (empty, ours), browser() as chromium:
            yield from _rows(chromium, store, empty, ours, rounds)


@contextmanager
def _serving(store: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Serve an empty page and the dashboard of a store; yield both addresses."""
    from tests.dashboard.served import answering, free_port, served

    (folder / "empty.py").write_text(EMPTY)
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "empty.py")]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    port = free_port()
    command += ["--server.port", str(port)]
    with (
        answering(command, port, folder / "empty.log", {}) as empty,
        served(f"duckdb:///{store}", folder / "log") as ours,
    ):
        yield empty, ours


def _rows(chromium: Any, store: Path, empty: str, ours: str, rounds: int) -> Iterator[Row]:
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    beside: dict[tuple[str, str], list[float]] = defaultdict(list)
    _visit(chromium, empty, "", store)  # the first one pays for the imports
    pages = _pages(chromium, ours)
    for _ in range(rounds):
        for name, path in pages.items():
            print(f"  {name} ...", end="\r", file=sys.stderr, flush=True)
            # Each time, since other work on the machine comes and goes within a round.
            for what, seconds in _visit(chromium, empty, "", store):
                beside[name, what].append(seconds)
            for what, seconds in _visit(chromium, ours, path, store):
                taken[name, what].append(seconds)
    for (page, what), each in taken.items():
        # The empty page has no table: those of ours count from its title.
        base_of = what if (page, what) in beside else what.replace("table", "title")
        whole, base = min(each), min(beside.get((page, base_of)) or beside[page, "Again"])
        most = (base + MOST_SECONDS_MORE) / base
        note = f"{whole - base:+.2f} s beside {base:.2f} s"
        yield Row(f"dashboard, {page}", what, whole, whole / base, -most, note)


def _pages(chromium: Any, address: str) -> dict[str, str]:
    """Return the path of every page by its name: those of the navigation, and those below them."""
    from tests.dashboard.served import settled

    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    settled(page)
    links = page.locator("[data-testid=stSidebarNavLink]").evaluate_all(
        "all => all.map(a => new URL(a.href).pathname.slice(1))"
    )
    page.close()
    return {**{path or "home": path for path in links}, **DEEPER}


def _visit(chromium: Any, address: str, path: str, store: Path) -> list[tuple[str, float]]:
    """Open a page on forgotten and on kept caches, and operate its controls."""
    from benchmarks.dashboard_widgets import Answers, answer, interactions

    os.utime(store)  # as a commit does: nothing that was read before counts
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(_SEEN)
    page = context.new_page()
    answers = Answers(page)
    taken = []
    for when in ("after a commit", "again"):
        for what, seconds in _opened(page, f"{address}/{path}").items():
            taken.append((f"{what} {when}", seconds))
    again = page.get_by_role("button", name="Again", exact=True)
    if again.count():
        taken.append(("Again", answer(page, answers, again.click)))
    else:
        taken += interactions(page, answers)
    context.close()
    return taken


def _opened(page: Any, address: str) -> dict[str, float]:
    """Open a page; return the seconds until it was painted, named, and drawn as a whole."""
    from tests.dashboard.served import settled

    begun = time.perf_counter()
    page.goto(address)
    settled(page)
    taken = time.perf_counter() - begun
    if page.locator(".rc-note.rc-error", has_text="cannot be").count():
        raise RuntimeError(f"{address} shows no store: {page.locator('.rc-note').inner_text()}")
    seen = {name: ms / 1000 for name, ms in page.evaluate("window.seen").items()}
    return {"first paint": page.evaluate(_PAINT) / 1000, **seen, "opened": taken}


def main() -> None:
    """Print the first visits of some pages, each beside one of an empty page."""
    from benchmarks.dashboard_store import fill
    from tests.dashboard.served import browser

    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("pages", nargs="*", default=["home", "leaderboards"])
    parser.add_argument("--store", type=Path, help="file of a store; made if it is not there")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = given.store or Path(name) / "store.duckdb"
        if not store.exists():
            fill(f"duckdb:///{store}")
        with _serving(store, Path(name)) as (empty, ours), browser() as chromium:
            first_visit(chromium, f"{empty}/")  # pays for the imports
            for page in given.pages * given.rounds:
                path = DEEPER.get(page, "" if page == "home" else page)
                os.utime(store)
                beside = first_visit(chromium, f"{empty}/")
                taken = first_visit(chromium, f"{ours}/{path}")
                more = {k: f"{s - beside.get(k, beside['title']):+.2f}" for k, s in taken.items()}
                print(page, more, f"beside {beside}, load {os.getloadavg()[0]:.0f}", flush=True)


def first_visit(chromium: Any, address: str) -> dict[str, float]:
    """Open a page in a fresh browser; return the seconds of `_opened`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(_SEEN)
    taken = {name: round(s, 2) for name, s in _opened(context.new_page(), address).items()}
    context.close()
    return taken


if __name__ == "__main__":
    main()
