"""Links that ask for what a store does not have: said aloud, never silently replaced."""

from __future__ import annotations

import pytest

from tests.dashboard.look import everything


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("leaderboards?board=nope", "for the board &#x27;nope&#x27;, which is not here"),
        ("leaderboards?board=superglue&snapshot=1999", "for the snapshot &#x27;1999&#x27;, which"),
        ("leaderboards?board=superglue&p=99", "which must be a number from"),
        ("leaderboards?board=superglue&view=Foo", "for the tab &#x27;Foo&#x27;, which is not here"),
        ("claims?claim=of yesteryear", "for claim <strong>of yesteryear</strong>, which this"),
        ("runs?run=lost", "for run <strong>lost</strong>, which this store"),
        ("nights?night=lost", "for night <strong>lost</strong>, which this store"),
        ("leaderboards?board=<b>nope</b>", "&lt;b&gt;nope&lt;/b&gt;"),
        ("runs?run=<b>nope</b>", "<strong>&lt;b&gt;nope&lt;/b&gt;</strong>"),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said(open_page, full: str, address: str, said: str):
    app = open_page(full, address, folded=True)
    assert not app.exception
    assert said in everything(app)


@pytest.mark.parametrize(
    "address",
    ["leaderboards?board=glue&p=-1", "leaderboards?board=superglue&p=1", "runs?run-status=failed"],
)
def test_what_is_there_is_shown_without_a_word(open_page, full: str, address: str) -> None:
    assert "This link asks for" not in everything(open_page(full, address, folded=True))


def test_the_word_goes_when_the_reader_chooses(open_page, full: str) -> None:
    app = open_page(full, "leaderboards?board=nope", folded=True)
    assert "This link asks for" in everything(app.run())
    app.selectbox(key="board").set_value("glue").run()
    assert "This link asks for" not in everything(app)
