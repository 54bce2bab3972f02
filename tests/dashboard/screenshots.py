"""Writes the pictures kept in docs/screenshots, from the store of RANKCHECK_STORE.

Every page in both themes, some of them as on a phone or in Chinese:

python -m tests.dashboard.screenshots
python -m tests.dashboard.screenshots claims dimension      # these pages alone
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from db.settings import settings
from tests.dashboard.served import browser, served, settled

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTH, PHONE, TALLEST = 1280, 390, 1500
COLOURS = 256  # a palette makes files three times smaller, and nobody sees the difference


class Picture(NamedTuple):
    """What is taken: a page at its address, in a theme, at a width in pixels."""

    name: str
    path: str
    scheme: str = "light"
    width: int = WIDTH


_PAGES = {
    "home": "",
    "boards": "leaderboards",
    "leaderboards": "leaderboards?board=superglue&snapshot=2021",
    "claims": "claims",
    "claim": "claims?claim=averaging-c4",
    "model": "model?model=all-MiniLM-L6-v2",
    "lab": "lab",
    "experiments": "experiments?experiment=linear_simcse&metric=spearman",
    "sts": "sts?sts-view=One+task,+every+dimension",
    "clue": "clue?task=ocnli",
    "batch-sweep": "batch_sweep",
    "dimension": "dimension?experiment=retrieval",
    "nights": "nights",
    "runs": "runs?run-evaluator=sts",
    "compare": "compare?what=checkpoints",
    "compare-models": "compare?what=models&board=mteb-classic-en",
    "compare-nights": "compare?what=nights",
    "sql": "sql",
}
_WIDTHS = {"boards": 1440}  # of a table that scrolls sideways on narrower screens
_MORE = (
    Picture(
        "leaderboards-search-dark",
        "leaderboards?board=mteb-classic-en&search=minilm&view=All+means",
        "dark",
    ),
    Picture(
        "leaderboards-tasks", "leaderboards?board=superglue&snapshot=2021&view=Which+task+decides"
    ),
    Picture("home-zh", "?lang=zh"),
    Picture("leaderboards-zh", "leaderboards?board=superglue&snapshot=2021&lang=zh"),
    Picture("claims-zh", "claims?lang=zh"),
    Picture("home-phone", "", "light", PHONE),
    Picture("claims-phone-dark", "claims", "dark", PHONE),
    Picture("experiments-phone", "experiments?experiment-view=Differences", "light", PHONE),
    Picture("dimension-phone", "dimension?experiment=retrieval", "light", PHONE),
)
PICTURES = (
    *(Picture(name, path, width=_WIDTHS.get(name, WIDTH)) for name, path in _PAGES.items()),
    *(
        Picture(f"{name}-dark", path, "dark", _WIDTHS.get(name, WIDTH))
        for name, path in _PAGES.items()
    ),
    *_MORE,
)


def main(wanted: list[str]) -> None:
    """Take every picture, or those of the pages that are wanted."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = [
        picture
        for picture in PICTURES
        if not wanted or any(picture.name.startswith(name) for name in wanted)
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        served(settings().store, Path(folder) / "log") as address,
        browser() as chromium,
    ):
        for picture in chosen:
            path = FOLDER / f"{picture.name}.png"
            path.write_bytes(_small(_taken(chromium, address, picture)))
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def _taken(chromium: Any, address: str, picture: Picture) -> bytes:
    size = {"width": picture.width, "height": 900}
    page = chromium.new_page(viewport=size, color_scheme=picture.scheme)
    page.goto(f"{address}/{picture.path}")
    settled(page)
    if picture.path == "sql":
        page.get_by_role("button", name="Run", exact=True).click()
        page.wait_for_selector(".rc-note.rc-good")
        page.mouse.move(0, 0)  # or the button's tooltip stays
    inside = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
    height = min(int(page.evaluate(inside)), TALLEST)
    page.set_viewport_size({**size, "height": height})
    page.wait_for_timeout(1500)  # fonts and canvases
    settled(page)
    taken, before = page.screenshot(), b""
    while taken != before:  # a list of boards fills in while it is seen
        page.wait_for_timeout(1000)
        before, taken = taken, page.screenshot()
    page.close()
    return bytes(taken)


def _small(png: bytes) -> bytes:
    from PIL import Image

    small = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
