"""Writes the pictures kept in docs/images, from the store of RANKCHECK_STORE.

python -m tests.dashboard.screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from db.settings import settings
from tests.dashboard.served import browser, served, settled

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PICTURES = {
    "overview": ("", "light"),
    "leaderboards": ("leaderboards?board=superglue&snapshot=2021", "light"),
    "leaderboards-dark": (
        "leaderboards?board=mteb-classic-en&search=minilm&view=Over+p",
        "dark",
    ),
    "leaderboards-tasks": ("leaderboards?board=superglue&snapshot=2021&view=Tasks", "light"),
    "sts": ("sts", "light"),
    "runs": ("runs", "light"),
    "sql": ("sql", "light"),
}
WIDTH, TALLEST = 1280, 1500


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(settings().store, Path(folder) / "log") as address,
        browser() as chromium,
    ):
        for name, (path, scheme) in PICTURES.items():
            page = chromium.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme)
            page.goto(f"{address}/{path}")
            settled(page)
            if name == "sql":
                page.get_by_role("button", name="Run", exact=True).click()
                page.wait_for_selector(".rc-note.rc-good")
            inside = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
            height = min(int(page.evaluate(inside)), TALLEST)
            page.set_viewport_size({"width": WIDTH, "height": height})
            page.wait_for_timeout(1500)  # fonts and canvases
            settled(page)
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
            print(f"{name}.png: {(IMAGES / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
