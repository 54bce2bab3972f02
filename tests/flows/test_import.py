"""`rankcheck import` and what it makes known to the other commands."""

import json
import shutil

import pytest

TABLE = "model,is_human,A,B\nm1,0,90,50\nm2,0,80.5,70\nH,1,85,60\n"


@pytest.fixture
def home(new_home, store_with_facts):
    home = new_home()
    shutil.copyfile(store_with_facts, home.store)
    return home


def test_an_imported_board_is_ranked_by_name_and_a_bad_file_changes_nothing(home):
    file = home.folder / "a.csv"
    file.write_text(TABLE, encoding="utf-8")
    said = ("import", "csv", str(file), "--board", "mine")
    done = home.run(*said, "--snapshot", "2024-01", "--format", "json")
    assert json.loads(done.stdout)["outcome"] == "imported"
    assert "note: a perfect score is taken to be 100" in done.stderr
    assert "unchanged: nothing was written" in home.run(*said, "--snapshot", "2024-01").stdout
    ranked = json.loads(home.run("rank", "mine", "--mean", "harmonic", "--format", "json").stdout)
    assert [row["model"] for row in ranked["rows"]] == ["m2", "H", "m1"]
    assert "mine  (2024-01)" in home.run("rank").stdout

    file.write_text(TABLE + "m3,0,-,94.2/92.3\n", encoding="utf-8")
    refused = home.run(*said, "--snapshot", "2025-01", status=2)
    assert "2 problems, so nothing is imported" in refused.stderr
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr
    query = "SELECT DISTINCT snapshot FROM ranks WHERE board = 'mine'"
    assert home.rows(query) == [("2024-01",)]


def test_a_measured_board_is_ranked_by_name(home):
    from db import open_store
    from flows.boards.measured import store_measured_boards
    from tests.dashboard.stores import keep_run

    store = open_store(home.environment["RANKCHECK_STORE"])
    keep_run(store, "1", spearman=0.6)
    keep_run(store, "2", pooling="cls", spearman=0.7)
    assert store_measured_boards(store) == 1
    ranked = json.loads(home.run("rank", "measured-sts", "--p", "1", "--format", "json").stdout)
    assert [(row["rank"], row["model"]) for row in ranked["rows"]] == [
        (1, "MiniLM cls"),
        (2, "MiniLM native"),
    ]
