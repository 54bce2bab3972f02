"""The view `articles`: every article, with the claims of the store and their newest verdicts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from db.claims import write_verdicts
from db.rows import ClaimRow, VerdictRow
from db.store import Store
from evaluators import claims
from evaluators.articles import ARTICLES
from flows.judging.claims import record_claims

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
QUERY = "SELECT article, claim, level, verdict FROM articles WHERE claim IS NOT NULL"


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_every_article_is_there_without_any_claim(any_store: Store) -> None:
    any_store.upgrade()
    rows = ask(any_store, "SELECT * FROM articles")
    assert [row[0] for row in rows] == [each.number for each in ARTICLES]
    trie = ("Seq2Seq with a prefix tree: a new way to retrieve, shown on KgCLUE",)
    trie += ("https://kexue.fm/archives/8802", date(2021, 12, 17), None, None, None)
    assert [row[2:] for row in rows if row[0] == 8802] == [trie]


def test_a_claim_stands_with_its_article_level_and_newest_verdict(file_store: Store) -> None:
    write_verdicts(
        file_store,
        [
            VerdictRow("1", "c", BEFORE, "holds", combined=True, level="small"),
            VerdictRow("2", "c", BEFORE + timedelta(1), "refuted", combined=True, level="small"),
            VerdictRow("3", "c", BEFORE + timedelta(2), "holds", setting="s", level="made-up"),
        ],
        [
            ClaimRow("c", "S.", "Su Jianlin, kexue.fm/archives/8802 (2021-12-17)", "a rule"),
            ClaimRow("unjudged", "S.", "kexue.fm/archives/8847 and 8860", "a rule"),
            ClaimRow("paper", "S.", "arXiv:2112.01342, of kexue.fm nothing", "a rule"),
            ClaimRow("elsewhere", "S.", "kexue.fm/archives/1", "a rule"),
        ],
    )
    assert ask(file_store, QUERY) == [
        (8783, "paper", None, None),
        (8802, "c", "small", "refuted"),
        (8860, "unjudged", None, None),
    ]


def test_the_view_and_the_claims_agree_on_every_article(file_store: Store) -> None:
    record_claims(file_store)
    found = {(article, claim) for article, claim, _, _ in ask(file_store, QUERY)}
    every = [claims.find(name) for name in claims.names()]
    assert found == {(claim.article, claim.name) for claim in every if claim.article}
    assert len(found) > 40


@pytest.mark.parametrize("language", ["title_zh", "title_en"])
def test_every_title_is_there(file_store: Store, language: str) -> None:
    rows = ask(file_store, f"SELECT {language} FROM articles")  # noqa: S608 - ours
    assert [row[0] for row in rows] == [getattr(each, language) for each in ARTICLES]
