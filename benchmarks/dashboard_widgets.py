"""Operating whatever controls a page has, as a visitor would, and timing each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.dashboard.served import settled

_PAINTED = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
_MOST = 3
"""Controls of one kind that are tried on a page."""


class Answers:
    """Counts how often the page's script has ended: each answer of Streamlit's server ends so."""

    def __init__(self, page: Any) -> None:
        self.ended = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framereceived", self._read)

    def _read(self, frame: Any) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        if isinstance(frame, bytes):
            self.ended += ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished"


def answer(page: Any, answers: Answers, act: Callable[[], object]) -> float:
    """Do something and return the seconds until the page has answered it and drawn the answer."""
    before = answers.ended
    begun = time.perf_counter()
    act()
    while answers.ended == before:
        page.wait_for_timeout(4)
        if time.perf_counter() - begun > 30:
            raise TimeoutError("the page gave no answer in 30 s")
    page.evaluate(_PAINTED)
    settled(page)
    return time.perf_counter() - begun


def interactions(page: Any, answers: Answers) -> Iterator[tuple[str, float]]:
    """Operate the page's controls, some of each kind, and every tab with those in it.

    Yields:
        Each with its seconds.
    """
    yield from _operated(page, answers, "[data-testid=stMain]")
    tabs = page.locator("[data-testid=stMain] [role=tab]")
    for i in range(tabs.count()):
        tab = tabs.nth(i)
        if tab.get_attribute("aria-selected") == "true":
            continue
        name = " ".join(tab.inner_text().split())
        yield f"tab {name}", _clicked(page, answers, tab)
        for label, seconds in _operated(page, answers, "[role=tabpanel]"):
            yield f"{name}: {label}", seconds


def _operated(page: Any, answers: Answers, where: str) -> Iterator[tuple[str, float]]:
    """Operate some controls of each kind in a part of the page; yield each with its seconds."""

    def some(kind: str) -> Iterator[Any]:
        found = page.locator(f"{where} [data-testid={kind}]")
        for i in range(min(_MOST, found.count())):
            if found.nth(i).is_visible() and not found.nth(i).locator(":disabled").count():
                yield found.nth(i)

    for box in some("stSelectbox"):
        label = _label(box)
        if not _opened(page, box):
            print(f"  {label} does not open")
            continue
        other = page.locator("[role=option][aria-selected=false]")
        if other.count():
            yield label, answer(page, answers, other.first.click)
        else:
            page.keyboard.press("Escape")
    for group in some("stButtonGroup"):
        yield _label(group), _clicked(page, answers, group.locator("button").last)
    for group in some("stRadio"):
        yield _label(group), _clicked(page, answers, group.locator("label").last)
    for slider in some("stSlider"):
        slider.get_by_role("slider").first.focus()
        yield _label(slider), answer(page, answers, lambda: page.keyboard.press("ArrowLeft"))
    for field in some("stTextInput"):
        field.locator("input").fill("model-7")
        yield _label(field), answer(page, answers, lambda: page.keyboard.press("Enter"))
    for button in some("stFormSubmitButton"):
        yield "Run", _clicked(page, answers, button.locator("button").first)
    for fold in some("stExpander"):
        label = " ".join(fold.locator("summary p").first.inner_text().split())
        yield f"open {label}", _clicked(page, answers, fold.locator("summary"))


def _clicked(page: Any, answers: Answers, what: Any) -> float:
    """Click something that lies still, and return the seconds to its answer.

    The fold above it may still be sliding open. Playwright clicks nothing that moves and looks
    again after up to half a second; no visitor's clock runs before the click.
    """
    what.click(trial=True)
    return answer(page, answers, what.click)


def _opened(page: Any, box: Any) -> bool:
    """Open a list of choices; the page may just have been drawn anew, and the click been lost."""
    for _ in range(3):
        box.locator("input").click()
        for _ in range(40):
            if page.get_by_role("option").count():
                return True
            page.wait_for_timeout(25)
        page.keyboard.press("Escape")
    return False


def _label(widget: Any) -> str:
    found = widget.locator("[data-testid=stWidgetLabel]")
    text = found.first.inner_text() if found.count() else ""
    return " ".join(text.split()) or "a control"
