"""The pages in Chinese: nothing is missing, nothing else changes, and the switch keeps the page."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from dashboard import language
from dashboard.language import CATALOGUE, nt, spoken, t
from db import Store
from flows.commands.dashboard import command
from tests.dashboard import catalogue
from tests.dashboard.experiments import keep_arms
from tests.dashboard.look import SHOWN, everything
from tests.dashboard.shown_texts import shown_texts
from tests.dashboard.test_leaderboards import VIEWS
from tests.dashboard.untranslated import untranslated

Text = str | tuple[str, ...]


def _english() -> re.Pattern[str]:
    """Return a pattern of every English text of several words whose translation differs."""
    patterns = []
    for message in catalogue.kept():
        for form in _forms(message.id):
            if " " in form.strip() and form not in _forms(message.string):
                parts = [re.escape(part) for part, *_ in string.Formatter().parse(form)]
                if sum(map(len, parts)) > 8:
                    patterns.append(".+".join(parts) + (".*" if form.endswith("}") else ""))
    return re.compile("|".join(patterns), re.DOTALL)


def _forms(text: Text) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


NO_PAGES = ("origin_guard.py", "leaderboards/downloads.py", "language.py", "tables.py")
"""Answers to refused requests, files, the switch in both languages, and heads by their names."""

AS_THEY_ARE = {
    "SQL",
    "rankcheck",  # names
    "8.33 ln N",  # a formula
    "on front",  # a column, whose head is translated
    "common tasks",  # names a choice in files and links
    "licence = 'apache-2.0' OR is_human",  # SQL
    "prompt: [declared, none, 'query: ']",  # a plan
    "Ocnli, TwitterURLCorpus",  # tasks
    "rule of",  # names a digest
    "not of this one",  # of a claim's reason, which is English
}


ENGLISH = _english()


def _placeholders(text: str) -> set[str]:
    return {
        "".join((name, "!" + how if how else "", ":" + spec if spec else ""))
        for _, name, spec, how in string.Formatter().parse(text)
        if name is not None
    }


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


def test_every_text_of_the_pages_goes_through_the_catalogue() -> None:
    known = {form for message in catalogue.kept() for form in _forms(message.id)}
    found = [
        f"{path.relative_to(catalogue.DASHBOARD)}:{line}: {text}"
        for path in catalogue.sources()
        if path.relative_to(catalogue.DASHBOARD).as_posix() not in NO_PAGES
        and path.parent.name != "queries"
        for line, text in untranslated(path)
        if text not in known and text.strip() not in AS_THEY_ARE
    ]
    assert found == [], "wrap these in t, nt, mark or safe_html.sentence"


def test_text_that_is_not_wrapped_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        '"""A docstring is not shown."""\n'
        'st.caption("Nothing has run yet.")\n'
        'st.caption(t("Something has run."))\n'
        'st.selectbox("Board", options, key="a key of two words")\n'
        'words = f"{count} rows are left out"\n'
    )
    assert [line for line, _ in untranslated(page)] == [2, 4, 5]


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


@pytest.mark.parametrize("screen", SHOWN)
def test_page_in_chinese_has_no_english_text_of_the_catalogue(
    open_page, full: str, screen: str
) -> None:
    """A text that was marked and not translated where it is used would show as it is."""
    app = open_page(full, screen, lang="zh")
    assert not app.exception
    pieces = list(shown_texts(app))
    assert [piece for piece in pieces if ENGLISH.fullmatch(piece)] == []
    assert [piece for piece in pieces if "。 " in piece] == []
    assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(pieces))


@pytest.mark.parametrize("view", VIEWS)
def test_tab_of_a_board_in_chinese_has_no_english_text_of_the_catalogue(
    open_page, full: str, view: str
) -> None:
    where = {"board": "superglue", "snapshot": "2021", "view": view, "lang": "zh"}
    app = open_page(full, "leaderboards", **where)
    assert not app.exception
    pieces = list(shown_texts(app))
    assert [piece for piece in pieces if ENGLISH.fullmatch(piece)] == []
    assert [piece for piece in pieces if "。 " in piece] == []
    assert app.query_params.get("view", "Means") == view or view == "Trajectory"


def test_heads_labels_and_titles_are_chinese(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021", lang="zh")
    heads = next(json.loads(d.proto.columns) for d in app.dataframe if "score" in d.value)
    assert {name: heads[name]["label"] for name in ("rank", "model", "score")} == {
        "rank": "名次",
        "model": "模型",
        "score": "得分",
    }
    assert app.selectbox(key="treatment").label == "得分的合并方式"
    assert app.slider(key="p").label == "幂平均的指数 p"


def test_choices_stay_when_the_language_changes(open_page, full: str) -> None:
    where = {"board": "superglue", "snapshot": "2021", "p": "-1", "view": "Heat map"}
    app = open_page(full, "leaderboards", **where)
    app.text_input(key="search").set_value("bert").run()
    app.segmented_control(key="language").set_value("zh").run()
    assert not app.exception
    assert app.selectbox(key="board").value == "superglue"
    assert app.selectbox(key="snapshot").value == "2021"
    assert app.slider(key="p").value == -1
    assert app.text_input(key="search").value == "bert"
    assert app.query_params["view"] == "Heat map"
    assert "离最佳有多远？" in _headers(app)
    app.segmented_control(key="language").set_value("en").run()
    assert app.slider(key="p").value == -1
    assert "How far from the best?" in _headers(app)


CLAIM = "Human level on SuperGLUE is still not reached."
IN_CHINESE = "SuperGLUE 上的人类水平至今尚未达到。"


@pytest.mark.parametrize(
    ("screen", "where"),
    [
        ("home", {}),
        ("claims", {}),
        ("claims", {"claim": "averaging-c3"}),
        ("claims", {"claims-view": "Changes", "since": "always"}),
    ],
)
def test_sentences_of_claims_are_chinese(
    open_page, judged: str, screen: str, where: dict[str, str]
) -> None:
    app = open_page(judged, screen, lang="zh", **where)
    assert not app.exception
    shown = everything(app)
    assert IN_CHINESE in shown
    assert CLAIM not in shown
    assert CLAIM in everything(open_page(judged, screen, lang="en", **where))


def test_number_and_article_of_a_claim_are_chinese(open_page, judged: str) -> None:
    shown = everything(open_page(judged, "claims", claim="averaging-c3", lang="zh"))
    assert "几何平均和调和平均下达到或超过人类的模型数" in shown
    assert "开局一段扯，数据全靠编？真被一篇“神论文”气到了" in shown
    assert "Angry at a paper" not in shown


@pytest.mark.parametrize("wanted", ["人类 水平", "human level", "averaging-c3"])
def test_claims_are_found_by_words_of_either_language(open_page, judged: str, wanted: str) -> None:
    app = open_page(judged, "claims", lang="zh")
    app.text_input(key="find").set_value(wanted).run()
    shown = everything(app)
    assert IN_CHINESE in shown
    assert "我们改用几何平均和调和平均吧" not in shown


@pytest.mark.parametrize("screen", ["experiments", "lab"])
def test_experiments_and_their_articles_are_chinese(open_page, store: Store, screen: str) -> None:
    keep_arms(store)
    app = open_page(store.url, screen, lang="zh")
    assert not app.exception
    tables = "\n".join(frame.value.to_csv() for frame in app.dataframe)
    shown = everything(app) + tables
    assert "在虚构的固定向量上，比较用 SimCSE 损失训练的线性层与白化。" in shown
    assert "中文任务还是SOTA吗？我们给SimCSE补充了一些实验" in shown
    assert "Is it the best on Chinese tasks too?" not in shown


def test_filters_of_claims_are_in_the_address_in_english(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", lang="zh")
    app.selectbox(key="verdict").set_value("refuted").run()
    assert not app.exception
    assert app.query_params["verdict"] == "refuted"
    assert "被推翻" in app.selectbox(key="verdict").options
    again = open_page(experiments, "claims", verdict="refuted", lang="en")
    assert again.selectbox(key="verdict").value == "refuted"


def test_link_of_a_view_keeps_the_language(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", view="Snapshots", lang="zh")
    link = next(code.value for code in app.code if "board=superglue" in code.value)
    assert "view=Snapshots" in link
    assert "lang=zh" in link


def test_setting_of_another_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKCHECK_LANGUAGE", "fr")
    result = CliRunner().invoke(command, ["--no-open"])
    assert result.exit_code == 1
    assert "RANKCHECK_LANGUAGE must be en or zh, got 'fr'" in result.output


def test_only_a_latin_stop_is_followed_by_a_space() -> None:
    assert language.sentences("It holds.", "", "It is known.") == "It holds. It is known."
    assert language.sentences("成立。", "It is known.", "已知。") == "成立。It is known. 已知。"


def test_catalogue_is_part_of_the_package() -> None:
    assert CATALOGUE.name == "zh.po"
    assert CATALOGUE.is_file()
    assert set(language.LANGUAGES) == {"en", "zh"}


def _headers(app: AppTest) -> list[str]:
    return [header.value for header in app.header]
