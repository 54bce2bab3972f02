"""View of the articles with the claims that they make."""

from __future__ import annotations

from evaluators.articles import ARTICLES
from evaluators.sql_view import View, text_literal

_FACTS = ", ".join(
    f"({each.number}, {text_literal(each.title_zh)}, {text_literal(each.title_en)},"
    f" {text_literal(each.url)}, DATE '{each.published_on}')"
    for each in ARTICLES
)
_NUMBERS = ", ".join(f"({number}, {each.number})" for each in ARTICLES for number in each.numbers)
_PAPERS = ", ".join(
    f"({text_literal(paper)}, {each.number})" for each in ARTICLES for paper in each.papers
)

# The article of a claim is read from its source, so that the claims of a store that another
# version wrote have theirs too; a test compares it with `Claim.article`.
ARTICLES_VIEW = View(
    "articles",
    "The articles of kexue.fm that claims come from: one row for each claim of an article, and one"
    " without a claim for an article that has none.",
    {
        "article": "Number of the article, as in kexue.fm/archives/8802.",
        "title_zh": "Its title.",
        "title_en": "Translation of its title.",
        "url": "Its address.",
        "published_on": "Its date.",
        "claim": "Name of a claim that it makes, or an earlier article or paper that it is about;"
        " NULL where there is none.",
        "level": "What the evidence of the verdict can speak for; NULL before the first verdict.",
        "verdict": "The newest verdict on the claim over all its settings; NULL before the first.",
    },
    rf"""
    WITH facts(article, title_zh, title_en, url, published_on) AS (VALUES {_FACTS}),
    numbers(number, article) AS (VALUES {_NUMBERS}),
    papers(paper, article) AS (VALUES {_PAPERS}),
    worded AS (
        SELECT claim, source,
            TRY_CAST(regexp_extract(source, 'kexue\.fm/archives/([0-9]+)', 1) AS INTEGER) AS number
        FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
    ), named AS (
        SELECT w.claim, n.article FROM worded AS w JOIN numbers AS n ON n.number = w.number
        UNION ALL
        SELECT w.claim, min(p.article) FROM worded AS w
        JOIN papers AS p ON contains(w.source, p.paper)
        WHERE w.number IS NULL
        GROUP BY w.claim
    ), decided AS (
        SELECT claim, level, verdict FROM current_verdicts WHERE combined
        QUALIFY row_number() OVER (
            PARTITION BY claim ORDER BY decided_at DESC, board, snapshot, treatment, setting
        ) = 1
    )
    SELECT f.article, f.title_zh, f.title_en, f.url, f.published_on, n.claim, d.level, d.verdict
    FROM facts AS f
    LEFT JOIN named AS n ON n.article = f.article
    LEFT JOIN decided AS d ON d.claim = n.claim
    ORDER BY f.published_on, f.article, n.claim
    """,  # noqa: S608 - no input goes in
)

VIEWS = (ARTICLES_VIEW,)
