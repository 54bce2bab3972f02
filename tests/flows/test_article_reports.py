"""Reports on articles: what the store has, in Markdown, the same each time."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import open_store
from db.claims import write_verdicts
from db.rows import ScoreRow, VerdictRow
from db.store import Store
from evaluators import claims
from evaluators.articles import ARTICLES, Article
from flows.commands.claims import command
from flows.judging.verdicts import asserted
from flows.reports import articles
from flows.reports.articles import article_list, file_name, write_reports
from flows.reports.measured import plans_with
from tests.dashboard.experiments import keep

WHEN = datetime(2026, 11, 29, 12, tzinfo=UTC)
COMMIT = "0123456789abcdef"
SETTING = "evaluator=threshold_search, setting=200 cases"


@pytest.fixture(scope="module")
def store(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with one experiment and verdicts on one claim of 8860 and one of 8783."""
    made = open_store(f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('articles'))}")
    scores = [
        ScoreRow("accuracy", 0.7 + 0.1 * i, 50, {"arm": arm, "setting": "200 cases", "seed": seed})
        for i, arm in enumerate(("powell", "scan"))
        for seed in (1000, 1001, 1002)
    ]
    keep(made, "threshold_search", {"cases": 200}, scores, task="random cases")
    number = {"statistic": 0.25, "ci_low": 0.125, "ci_high": 0.375, "threshold": 0.1}
    said = {**number, "rests_on": "200 cases", "level": "small"}
    write_verdicts(
        made,
        [
            VerdictRow("a", "threshold-search", WHEN, "refuted", combined=True, detail="A | B.",
                       **said),
            VerdictRow("b", "threshold-search", WHEN, "refuted", setting=SETTING, **said),
            VerdictRow("c", "averaging-c4", WHEN, "refuted", combined=True, level="published",
                       statistic=4.0, ci_low=1.0, ci_high=6.0, threshold=1.0),
        ],
    )  # fmt: skip
    return made


def written(store: Store, folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in write_reports(store, folder, COMMIT)}


def test_only_articles_with_a_verdict_have_a_report(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "8802-kgclue-trie.md").write_text("older, of another store")
    found = written(store, folder)
    assert list(found) == ["8783-benchmark-means.md", "8860-cosent.md", "index.md"]
    assert {path.name for path in folder.iterdir()} == set(found)


def test_a_report_has_question_experiment_verdict_scope_and_commands(
    store: Store, tmp_path: Path
) -> None:
    text = written(store, tmp_path)["8860-cosent.md"]
    assert text.startswith("# CoSENT (2)")
    assert "Judged 2026-11-29, commit `0123456`." in text
    assert "[kexue.fm/archives/8860](https://kexue.fm/archives/8860), 2022-01-12" in text
    question = text.partition("## Question")[2].partition("## What was done")[0]
    for name in ("threshold-search", "cosent-beats-sbert"):
        assert " ".join(claims.find(name).sentence.split()[:4]) in question
    done = text.partition("## What was done")[2].partition("## Result")[0]
    assert "### threshold_search\n" in done
    assert "| random cases | 200 cases | powell, scan | 3: 1000 to 1002 |" in done
    assert "`evaluators/experiments/threshold_search.py`" in done
    result = text.partition("## Result")[2]
    assert "| refuted | small | 0.25 | 0.125 … 0.375 | 0.1 | 200 cases |" in result
    assert "**Refuted.** A \\| B." in result
    assert "one honest counterexample refutes it" in result
    assert f"| {SETTING.replace('_', chr(92) + '_')} | refuted | small | 0.25 |" in result
    assert "Not judged yet." in result  # the other claims of the article
    assert "rankcheck claims --article 8860\n" in text


def test_a_report_on_leaderboards_says_that_nothing_was_measured(
    store: Store, tmp_path: Path
) -> None:
    text = written(store, tmp_path)["8783-benchmark-means.md"]
    assert "nothing was measured here" in text
    # Printed scores decide without a test; other tasks could have said the opposite.
    assert "| refuted (as printed, not sure) | published | 4 | 1 … 6 | 1 |" in text
    assert "rankcheck run" not in text


def test_the_same_store_and_commit_give_the_same_reports(store: Store, tmp_path: Path) -> None:
    assert written(store, tmp_path / "one") == written(store, tmp_path / "two")


def test_the_list_has_every_article_and_links_to_the_reports(store: Store, tmp_path: Path) -> None:
    text = written(store, tmp_path)["index.md"]
    for each in ARTICLES:
        assert f"[{each.number}](https://kexue.fm/archives/{each.number})" in text
    assert re.findall(r"\]\((\d+-[^)]+)\)", text) == ["8783-benchmark-means.md", "8860-cosent.md"]
    row = next(line for line in text.splitlines() if line.startswith("| [8860]"))
    assert row.endswith("| 4 | 1 refuted, 3 not judged yet | small |")


def test_what_an_article_printed_wrong_is_said(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(store, tmp_path)["8783-benchmark-means.md"]
    assert "Nothing that we know of." in text
    real = asserted(store)
    own = real["averaging-c4"]
    assert own.registered is not None
    wrong = replace(own, registered=replace(own.registered, misprint="Table 2 says 3, is 4."))
    monkeypatch.setattr(articles, "asserted", lambda store: {**real, "averaging-c4": wrong})
    text = written(store, tmp_path)["8783-benchmark-means.md"]
    assert "- averaging-c4: Table 2 says 3, is 4." in text
    assert "Nothing that we know of." not in text


def test_a_store_without_verdicts_lists_all_articles_as_not_judged(store: Store) -> None:
    text = article_list(asserted(store), [], COMMIT, set())
    assert "Nothing is judged yet; written at commit `0123456`" in text
    assert "not judged yet" in text
    assert "](8" not in text


def test_plans_of_an_experiment_are_those_that_have_it() -> None:
    assert plans_with(["linear_simcse"]) == ["plans/sentence-methods.yaml"]
    assert "plans/quickstart.yaml" not in plans_with(["can"])
    assert plans_with([]) == []


@pytest.mark.parametrize("article", ARTICLES, ids=lambda each: each.name)
def test_the_name_of_a_report_begins_with_the_number(article: Article) -> None:
    assert re.fullmatch(rf"{article.number}-[a-z0-9-]+\.md", file_name(article))


def test_the_command_writes_them(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    done = CliRunner().invoke(command, ["report", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0
    assert "2 reports and index.md" in done.output
    assert (tmp_path / "out" / "8860-cosent.md").exists()
