"""The articles that claims come from: complete, found by number or title, agreeing with claims."""

from __future__ import annotations

import re

import pytest

from evaluators import articles, claims
from evaluators.articles import ARTICLES, find, of
from evaluators.names import UnknownNameError

CITED = re.compile(r"kexue\.fm/archives/(\d+)")


def test_there_are_34_articles_from_december_2020_to_june_2022_in_order() -> None:
    assert len(ARTICLES) == 34
    assert [each.published_on for each in ARTICLES] == sorted(e.published_on for e in ARTICLES)
    assert str(ARTICLES[0].published_on) == "2020-12-11"
    assert str(ARTICLES[-1].published_on) == "2022-06-13"


def test_numbers_rise_with_dates_and_nothing_is_listed_twice() -> None:
    own = [each.number for each in ARTICLES]
    assert own == sorted(own)
    every = [number for each in ARTICLES for number in each.numbers]
    assert len(set(every)) == len(every)
    assert len({each.name for each in ARTICLES}) == len(ARTICLES)


@pytest.mark.parametrize("name", claims.names())
def test_a_claim_that_cites_an_article_names_the_first_that_it_cites(name: str) -> None:
    claim = claims.find(name)
    cited = CITED.search(claim.source)
    if cited is None:
        papers = [each.number for each in ARTICLES if any(p in claim.source for p in each.papers)]
        assert claim.article == (papers[0] if papers else None)
    else:
        assert claim.article is not None
        assert int(cited[1]) in getattr(of(claim.article), "numbers", ())
        assert of(claim.article) is of(int(cited[1]))


@pytest.mark.parametrize("name", claims.names())
def test_a_claim_names_the_number_of_an_article_and_not_of_an_earlier_one(name: str) -> None:
    number = claims.find(name).article
    assert number is None or number in {each.number for each in ARTICLES}


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("8802", 8802),
        ("8847", 8860),  # the first part, whose claims are the second's
        ("kgclue-trie", 8802),
        ("PREFIX TREE", 8802),
        ("前缀树", 8802),
        ("被一篇", 8783),
        (" ddpm ", 9119),
    ],
)
def test_an_article_is_found_by_number_name_or_part_of_a_title(words: str, number: int) -> None:
    assert find(words).number == number


def test_a_part_of_several_titles_lists_them() -> None:
    with pytest.raises(UnknownNameError, match="8870 multi-task-losses, 8896 multi-task-gradients"):
        find("多任务")


@pytest.mark.parametrize("words", ["", "1234", "nothing of the kind"])
def test_an_unknown_article_is_an_error(words: str) -> None:
    with pytest.raises(UnknownNameError):
        find(words)


def test_an_address_is_made_of_the_number() -> None:
    assert articles.find("8802").url == "https://kexue.fm/archives/8802"
