"""The dashboard without a mouse: Tab reaches every control, and each shows its focus."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.look import SCREENS
from tests.dashboard.served import BROWSER, settled
from tests.dashboard.test_sql_browser import FOR_EVER
from tests.dashboard.watched import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium"),
]

STILL = "*, *::before, *::after { transition: none !important; animation: none !important }"

WALK = """
window.rc = {
  seen: [],
  // How an element looks, with the boxes around it: a select box shows its focus on its frame.
  look: el => {
    const said = [];
    for (let at = el, i = 0; at && i < 5; at = at.parentElement, i++) {
      for (const part of [null, '::before', '::after']) {
        const s = getComputedStyle(at, part);
        said.push([s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor,
                   s.backgroundColor, s.textDecorationLine].join('|'));
      }
      const thumb = at.querySelector(':scope > [role=slider], :scope > div');
      if (thumb) said.push(getComputedStyle(thumb).boxShadow);
    }
    const grid = el.closest('[data-testid=stDataFrame]');
    if (grid) said.push(getComputedStyle(grid).outline);
    return said.join('\\n');
  },
  // Controls that a Tab must reach; of a group that arrow keys move in, one is enough.
  controls: () => [...document.querySelectorAll(
      'a[href], button, input, textarea, summary, [role=slider], .rc-scroll, [role=tab]')]
    .filter(el => el.checkVisibility({visibilityProperty: true}) && !el.disabled
      && el.tabIndex >= 0 && !el.closest('[inert], [aria-hidden=true]')
      && !(el.closest('details:not([open])') && el.tagName !== 'SUMMARY')),
  beside: (el, reached) => {
    const group = el.closest('[role=radiogroup]');
    return group && reached.some(other => group.contains(other));
  },
  step: () => {
    const el = document.activeElement;
    if (!el || el === document.body) return 'end';
    if (el === rc.seen.at(-1)?.[0]) return 'on';  // a grid's Tab goes from cell to cell, then out
    if (rc.seen.some(([was]) => was === el)) return 'again';
    rc.seen.push([el, rc.look(el)]);
    return 'on';
  },
  name: el => `${el.tagName} ${el.getAttribute('aria-label') || el.innerText || ''}`.slice(0, 80)
    + ' ' + el.outerHTML.slice(0, 160),
  faults: () => {
    document.activeElement.blur();
    const reached = rc.seen.map(([el]) => el), faults = [];
    // What the walk itself opened, by coming into a table's cells, may stand behind the focus.
    const there = rc.controls().filter(el => rc.there.includes(el));
    for (const el of there)
      if (!reached.includes(el) && !rc.beside(el, reached))
        faults.push('not reached: ' + rc.name(el));
    for (const [el, focused] of rc.seen)
      if (el.isConnected && rc.look(el) === focused) faults.push('no ring: ' + rc.name(el));
    reached.filter(el => there.includes(el)).forEach((el, i, all) => {
      if (i && !(all[i - 1].compareDocumentPosition(el) & 4))
        faults.push('out of order: ' + rc.name(el));
    });
    return faults;
  },
};
rc.there = rc.controls();
"""


@pytest.fixture(scope="module")
def address(address_of_full: str) -> str:
    return address_of_full


@pytest.fixture(scope="module")
def page(tab: Watched) -> Any:
    return tab.page


def opened(page: Any, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    settled(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_tab_reaches_every_control_in_order_with_a_ring(
    page: Any, address: str, screen: str
) -> None:
    opened(page, address, "" if screen == "home" else screen)
    page.add_style_tag(content=STILL)
    page.evaluate(WALK)
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("rc.step()") != "on":
            break
    else:
        raise AssertionError("Tab never comes round")
    settled(page)  # a cell that the walk came into was shown
    assert page.evaluate("rc.seen.length") > 10
    assert page.evaluate("rc.faults()") == []


def test_arrows_switch_tabs_and_enter_opens_a_fold(page: Any, address: str) -> None:
    opened(page, address, "leaderboards?board=superglue&snapshot=2021")
    page.get_by_role("tab", name="Means", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=Size*")
    settled(page)
    page.get_by_role("button", name="Scores").focus()
    page.keyboard.press("Enter")
    page.get_by_label("A missing cell").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Behind the table").click()
    fold = page.locator("summary").filter(has_text="How this was computed")
    fold.focus()
    page.keyboard.press("Enter")
    page.get_by_text("A tier holds the first row").wait_for()


def test_arrows_move_p_and_the_address_follows(page: Any, address: str) -> None:
    opened(page, address, "leaderboards?board=superglue")
    page.get_by_role("button", name="Exponent").focus()
    page.keyboard.press("Enter")
    page.get_by_role("slider", name="Exponent p of the power mean").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**p=0.*")


def test_query_runs_and_is_cancelled_without_a_mouse(page: Any, address: str) -> None:
    opened(page, address, "sql")
    page.get_by_label("Query").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(FOR_EVER)
    page.keyboard.press("Control+Enter")
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    for _ in range(20):  # from the editor onwards
        page.keyboard.press("Tab")
        if cancel.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_text("The query was cancelled.").wait_for(timeout=4_000)


def into_table(page: Any) -> None:
    """Press Tab until the focus is in the first table's cells."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            page.wait_for_timeout(500)
            settled(page)
            return
    raise AssertionError("Tab never comes into a table")


@pytest.mark.parametrize(
    ("path", "opens"),
    [
        ("leaderboards", "**/leaderboards?board=*"),
        ("runs", "**/runs?run=*"),
        ("nights?night=night-1", "a:has-text('SampleEN')"),
    ],
)
def test_row_opens_by_its_key_or_a_click_and_not_by_focus(
    page: Any, address: str, path: str, opens: str
) -> None:
    def opened_row() -> None:
        if opens.startswith("**"):
            page.wait_for_url(opens)
        else:
            page.locator(opens).first.wait_for()

    opened(page, address, path)
    into_table(page)
    assert page.url.endswith(path)
    assert opens.startswith("**") or page.locator(opens).count() == 0
    page.keyboard.press("Shift+Space")
    opened_row()
    opened(page, address, path)
    canvas = page.locator("[data-testid=data-grid-canvas]").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    across = 18 if path == "runs" else 80  # the box of the log, whose names have no fixed place
    page.mouse.click(box["x"] + across, box["y"] + 54)  # the first row
    opened_row()


@pytest.mark.parametrize(
    ("path", "typed", "opens"),
    [
        ("leaderboards?board=superglue", "RoBERTa", "**/model?model=RoBERTa*"),
        ("leaderboards", "glue", "**/leaderboards?board=glue*"),
        ("runs", "SampleEN", "**/runs?run=*"),
        ("nights?night=night-1", "SampleEN", "a:has-text('SampleEN')"),
    ],
)
def test_row_opens_by_its_name_and_enter(
    page: Any, address: str, path: str, typed: str, opens: str
) -> None:
    opened(page, address, path)
    label = "Board" if path == "leaderboards" else "Open a row by its name"
    page.get_by_label(label).first.focus()
    page.keyboard.type(typed)
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    if opens.startswith("**"):
        page.wait_for_url(opens)
    else:
        page.locator(opens).first.wait_for()
