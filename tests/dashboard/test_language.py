"""The pages in Chinese: nothing is missing, nothing else changes, and the switch keeps the page."""

from __future__ import annotations

import string

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import language
from dashboard.language import CATALOGUE, nt, spoken, t
from tests.dashboard import catalogue
from tests.dashboard.look import everything

Text = str | tuple[str, ...]


def _placeholders(text: str) -> set[str]:
    return {
        "".join((name, "!" + how if how else "", ":" + spec if spec else ""))
        for _, name, spec, how in string.Formatter().parse(text)
        if name is not None
    }


def _forms(text: Text) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def test_every_text_has_a_translation_and_no_translation_is_unused() -> None:
    known = {message.id: message.string for message in catalogue.kept() if message.id}
    wanted = {message.id for message in catalogue.extracted() if message.id}
    assert wanted - set(known) == set(), "run: python -m tests.dashboard.catalogue"
    assert set(known) - wanted == set(), "run: python -m tests.dashboard.catalogue"
    empty = [text for text, chinese in known.items() if not all(_forms(chinese))]
    assert empty == []


def test_translations_have_the_placeholders_of_their_texts() -> None:
    for message in catalogue.kept():
        if message.id:
            (chinese,) = _forms(message.string)
            assert _placeholders(chinese) == _placeholders(_forms(message.id)[-1]), message.id


def test_catalogue_is_sorted_so_that_branches_merge() -> None:
    texts = [_forms(message.id)[0] for message in catalogue.kept() if message.id]
    assert texts == sorted(texts)


def test_text_outside_of_a_page_is_english() -> None:
    assert t("Boards") == "Boards"
    assert nt("{count} a", "{count} b", 1) == "1 a"
    assert nt("{count} a", "{count} b", 2) == "2 b"


def test_braces_without_values_are_text() -> None:
    assert t("{}") == "{}"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        *(("zh-CN", "zh"), ("zh", "zh"), ("zh_TW", "zh"), ("zh-Hans-CN", "zh"), ("ZH-cn", "zh")),
        *(("en-US", "en"), ("de", "en"), ("", "en"), (None, "en"), ("zhx", "en")),
    ],
)
def test_language_of_a_browser(locale: str | None, expected: str) -> None:
    assert spoken(locale) == expected


def test_address_comes_before_the_setting(
    open_page, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_LANGUAGE", "zh")
    assert "论文的论断" in _headers(open_page(full))
    assert "What papers claim" in _headers(open_page(full, lang="en"))


def test_switch_keeps_the_page_and_goes_with_the_reader(open_page, full: str) -> None:
    app = open_page(full)
    app.segmented_control(key="language").set_value("zh").run()
    assert "论文的论断" in _headers(app)
    assert app.query_params["lang"] == "zh"
    app.switch_page("screens/lab.py").run()
    assert app.query_params["lang"] == "zh"
    assert "实验室" in everything(app)
    app.segmented_control(key="language").set_value("en").run()
    assert "Lab" in everything(app)


def test_catalogue_is_part_of_the_package() -> None:
    assert CATALOGUE.name == "zh.po"
    assert CATALOGUE.is_file()
    assert set(language.LANGUAGES) == {"en", "zh"}


def _headers(app: AppTest) -> list[str]:
    return [header.value for header in app.header]
