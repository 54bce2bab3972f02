"""`rankcheck claims` on the boards that ship with the project."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from flows.commands.claims import command

Claims = Callable[..., Result]


@pytest.fixture(scope="module")
def claims(
    tmp_path_factory: pytest.TempPathFactory, judged_store: Path
) -> Iterator[tuple[Claims, Path]]:
    store = tmp_path_factory.mktemp("claims") / "store.duckdb"
    shutil.copyfile(judged_store, store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANKCHECK_STORE", f"duckdb:///{store}")

        def run(*arguments: str) -> Result:
            return CliRunner().invoke(command, arguments, catch_exceptions=False)

        yield run, store


def test_the_overview_judges_first_and_shows_each_claim_at_home(
    claims: tuple[Claims, Path],
) -> None:
    run, store = claims
    with duckdb.connect(str(store)) as connection:
        whole = connection.execute("SELECT count(*) FROM verdicts").fetchone()
        lost = "DELETE FROM verdicts WHERE board = 'superglue' OR combined"
        assert connection.execute(lost).fetchone() != (0,)
    document = json.loads(run("--format", "json").stdout)
    home = {claim["claim"]: claim for claim in document["claims"]}
    assert [home[f"averaging-c{i}"]["verdict"] for i in (2, 3, 4)] == [
        "not testable here",
        "refuted",
        "refuted",
    ]
    c4 = home["averaging-c4"]
    told = (c4["board"], c4["snapshot"], c4["treatment"], c4["p"], c4["n_models"], c4["statistic"])
    assert told == ("superglue", "2021", "per-task", "1/0/-1", "22/22/22", 4)
    with duckdb.connect(str(store), read_only=True) as connection:
        query = "SELECT count(*), count(DISTINCT verdict_id) FROM verdicts WHERE NOT combined"
        rows, ids = connection.execute(query).fetchall()[0]
        assert connection.execute("SELECT count(*) FROM verdicts").fetchone() == whole
    assert rows == ids
    judged = sum(c4[word] for word in ("holds", "refuted", "inconclusive", "not_testable_here"))
    assert rows == 5 * judged / 8 * 10, "8 of 10 treatments are consistent, and counted"
    table = run().stdout
    assert "printed scores; not told apart over other tasks" in table
    assert "not judged yet" in table
    assert "With preferable metrics humans are still the first." in table
    with duckdb.connect(str(store), read_only=True) as connection:
        assert connection.execute(query).fetchall()[0] == (rows, ids), "judged once"


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "csv"])
def test_one_claim_in_every_format_names_board_snapshot_treatment_p_and_n(
    claims: tuple[Claims, Path], form: str
) -> None:
    run, _ = claims
    said = run(
        "averaging-c4", "--board", "superglue", "--snapshot", "2021", "--format", form
    ).stdout
    for word in ("averaging-c4", "superglue", "2021", "per-metric", "22/20/20", "harmonic"):
        assert word in said
    assert "MIXED" in said
    assert "human rank 4/1/1" in said


def test_csv_is_flat_and_whole_and_filters_hold(claims: tuple[Claims, Path]) -> None:
    run, _ = claims
    answer = run("averaging-c3", "--board", "superglue", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert len(rows) == 21, "one for each snapshot and treatment, and that of the claim"
    assert sum(row["combined"] == "1" for row in rows) == 1
    assert {row["board"] for row in rows} == {"superglue"}
    per_task = run("--treatment", "per-task", "--board", "xtreme", "--format", "csv").stdout
    assert {row["claim"] for row in csv.DictReader(io.StringIO(per_task))} == {
        f"averaging-c{i}" for i in range(1, 6)
    }


def test_what_is_left_out_of_the_table_is_said_and_can_be_had(
    claims: tuple[Claims, Path],
) -> None:
    run, _ = claims
    short, long = run("averaging-c3").stdout, run("averaging-c3", "--all").stdout
    assert "--all shows all" in short
    assert "xglue" not in short
    assert "the claim speaks of SuperGLUE" in long
    history = run("averaging-c3", "--history", "--board", "superglue").stdout
    assert "decided" in history
    assert history.count("superglue 2021") == 11


@pytest.mark.parametrize("article", ["8783", "神论文", "how not to lie"])
def test_the_claims_of_one_article_alone_are_shown(
    claims: tuple[Claims, Path], article: str
) -> None:
    run, _ = claims
    document = json.loads(run("--article", article, "--format", "json").stdout)
    assert document["article"]["number"] == 8783
    assert [claim["claim"] for claim in document["claims"]] == [
        f"averaging-c{i}" for i in range(1, 6)
    ]
    table = run("--article", article).stdout
    assert "article: 8783 开局一段扯" in table
    assert "published: 2021-12-04, https://kexue.fm/archives/8783" in table
    assert "averaging-c4" in table
    assert "flatnce" not in table


def test_an_article_narrows_the_verdicts_too(claims: tuple[Claims, Path]) -> None:
    run, _ = claims
    every = run("--article", "8783", "--board", "superglue", "--format", "csv").stdout
    assert {row["claim"] for row in csv.DictReader(io.StringIO(every))} >= {"averaging-c4"}
    none = run("--article", "8802", "--board", "superglue", "--format", "csv").stdout
    assert list(csv.DictReader(io.StringIO(none))) == []
