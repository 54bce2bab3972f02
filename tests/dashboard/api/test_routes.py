"""What each route answers, held against the functions of the command line."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from dashboard.api.answers import plain
from evaluators.averaging import TREATMENTS
from evaluators.averaging.ranked_by import RankedBy, rankings
from evaluators.averaging.stability.tiers import board_tiers
from flows.boards.leaderboards import load_board
from flows.boards.selections import select_board, selection_of
from flows.reports.rank import format_ranking
from flows.reports.tiers import format_tiers


def get(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = json.loads(answer.text, parse_constant=_no_constant)
    return content


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


RANKED: list[tuple[dict[str, Any], RankedBy, dict[str, Any]]] = [
    ({}, RankedBy(1.0), {}),
    ({"mean": "harmonic"}, RankedBy(-1.0), {}),
    ({"p": 2.5, "treatment": "per-metric"}, RankedBy(2.5, treatment="per-metric"), {}),
    ({"p": "-inf"}, RankedBy(-math.inf), {}),
    ({"rule": "borda"}, RankedBy(rule="borda"), {}),
    ({"p": 1, "reference": "human"}, RankedBy(1.0, reference="human"), {}),
    ({"p": 0, "task": ["RTE", "CB"]}, RankedBy(0.0), {"tasks": ("RTE", "CB")}),
    ({"p": 1, "without": "WSC"}, RankedBy(1.0), {"without": ("WSC",)}),
]


@pytest.mark.parametrize(("asked", "by", "selected"), RANKED, ids=[str(case[0]) for case in RANKED])
def test_ranks_are_those_of_rankcheck_rank(
    client: TestClient, asked: dict[str, Any], by: RankedBy, selected: dict[str, Any]
) -> None:
    facts, treatment = select_board(
        load_board("superglue"), by.find_treatment(), selection_of(**selected)
    )
    (ranking,) = rankings(facts, treatment, by).values()
    expected = json.loads(format_ranking(ranking, "json"))
    found = get(client, "/ranks/superglue", limit=1000, **asked)
    assert found["rows"] == expected["rows"]
    assert found["columns"] == expected["columns"]
    assert found["total"] == len(expected["rows"])
    assert (found["treatment"], found["mean"]) == (expected["treatment"], expected["mean"])


def test_weights_and_conditions_are_parts_of_the_treatment(client: TestClient) -> None:
    found = get(client, "/ranks/superglue", p=1, weights="RTE=2, CB=0")
    assert "weights RTE 2, CB 0" in found["treatment"]
    assert "CB" not in found["columns"]
    found = get(client, "/ranks/superglue", where="NOT is_human")
    assert "where NOT is_human" in found["treatment"]
    assert not any(row["is_human"] for row in found["rows"])


def test_tiers_are_those_of_rankcheck_rank_tiers(client: TestClient) -> None:
    apart = board_tiers(load_board("superglue"), TREATMENTS["per-task"], -1.0, seed=0)
    expected = json.loads(format_tiers(apart, "json", seed=0))
    found = get(client, "/tiers/superglue", p=-1)
    assert [{**row, "seed": 0} for row in found["rows"]] == [
        {name: row[name] for name in (*found["rows"][0], "seed")} for row in expected["rows"]
    ]
    assert found["headline"] == expected["headline"]
    assert found["critical"] == expected["critical"]


def test_boards_have_their_snapshots_and_scores_as_published(client: TestClient) -> None:
    listed = get(client, "/boards")["rows"]
    assert {"superglue", "glue", "mteb-classic-en"} == {row["board"] for row in listed}
    newest = next(row["snapshot"] for row in listed if row["board"] == "superglue")
    board = load_board("superglue")
    assert newest == board.snapshot
    found = get(client, "/boards/superglue")
    assert [column["name"] for column in found["columns"]] == [c.name for c in board.columns]
    scores = pd.DataFrame([row["scores"] for row in found["rows"]], dtype=float)
    np.testing.assert_array_equal(scores.to_numpy(), board.values)
    older = get(client, "/boards/superglue", snapshot="2021")
    assert older["snapshot"] == "2021"
    assert older["total"] == len(load_board("superglue", "2021").models)


def test_claims_have_their_verdicts_counts_and_rule(claimed: TestClient) -> None:
    listed = {row["claim"]: row for row in get(claimed, "/claims")["rows"]}
    assert listed["exact"]["verdict"] == "holds"
    assert listed["exact"]["counts"]["holds"] >= 1
    one = get(claimed, "/claims/exact")
    assert one["decision_rule"] == listed["exact"]["decision_rule"]
    on_settings = [row["verdict"] for row in one["rows"] if not row["combined"]]
    assert on_settings.count("holds") == one["counts"]["holds"]
    assert all(row["evidence_sql"].startswith("SELECT") for row in one["rows"])


def test_claims_are_chosen_by_verdict_words_and_board(claimed: TestClient) -> None:
    every = get(claimed, "/claims")["rows"]
    for row in every:
        found = get(claimed, "/claims", verdict=row["verdict"])["rows"]
        assert found == [each for each in every if each["verdict"] == row["verdict"]]
    assert [row["claim"] for row in get(claimed, "/claims", find="EXACT")["rows"]] == ["exact"]
    wrong = claimed.get("/claims", params={"board": "nowhere"})
    assert (wrong.status_code, "nowhere" in wrong.json()["detail"]) == (400, True)


def test_evidence_of_a_claim_is_what_its_sql_returns(claimed: TestClient) -> None:
    found = get(claimed, "/claims/exact/evidence")
    answered = get(claimed, "/sql", q=found["sql"])
    assert found["total"] == len(answered["rows"]) > 0
    assert set(found["rows"][0]) == set(answered["columns"])


def test_articles_name_their_claims(claimed: TestClient) -> None:
    listed = {row["article"]: row for row in get(claimed, "/articles")["rows"]}
    assert listed[8711]["claims"] == ["law"]
    assert listed[8711]["url"] == "https://kexue.fm/archives/8711"
    of_article = get(claimed, "/claims", article="8711")["rows"]
    assert [row["claim"] for row in of_article] == ["law"]


def test_runs_lead_to_their_scores_and_settings(client: TestClient) -> None:
    found = get(client, "/runs", status="failed")
    (failed,) = found["rows"]
    assert (failed["task"], failed["error_type"]) == ("STS12", "DatasetError")
    one = get(client, "/runs/canary-0")
    assert one["run"]["parameters"]["whitening"] == "none"
    assert one["checkpoint"]["source"] == "hf://org/name@main"
    assert max(row["value"] for row in one["rows"]) == pytest.approx(0.6827)
    assert client.get("/runs/none").status_code == 404


def test_scores_of_a_view_are_chosen_by_column(client: TestClient) -> None:
    views = {row["view"]: row for row in get(client, "/scores")["rows"]}
    assert {"sts_scores", "published_vs_measured"} <= set(views)
    assert "spearman" in [column["name"] for column in views["sts_scores"]["columns"]]
    every = get(client, "/scores/sts_scores")
    chosen = get(client, "/scores/sts_scores", task="SampleZH")
    assert chosen["rows"] == [row for row in every["rows"] if row["task"] == "SampleZH"]
    assert (chosen["total"], chosen["rows"][0]["spearman"]) == (1, pytest.approx(0.3675))
    both = get(client, "/scores/sts_scores", task=["SampleZH", "SampleEN"])
    assert both["total"] == every["total"] > 1
    assert get(client, "/scores/sts_scores", task="' OR true --")["total"] == 0
    assert client.get("/scores/runs_log;DROP").status_code == 404


@pytest.mark.parametrize("ask", ["get", "post"])
def test_sql_answers_what_a_query_returns(client: TestClient, ask: str) -> None:
    sql = "SELECT 1 AS a, 2 AS a, 'nan'::DOUBLE AS c FROM range(3)"
    asked = {"q": sql, "max_rows": 2}
    answer = client.get("/sql", params=asked) if ask == "get" else client.post("/sql", json=asked)
    found = json.loads(answer.text, parse_constant=_no_constant)
    assert (found["columns"], found["rows"]) == (
        ["a", "a_1", "c"],
        [{"a": 1, "a_1": 2, "c": None}] * 2,
    )
    assert found["truncated"] is True


def test_pages_follow_one_another_to_the_end(client: TestClient) -> None:
    whole = get(client, "/ranks/superglue", limit=1000)["rows"]
    answer, rows, pages = client.get("/ranks/superglue?limit=10&p=1"), [], 0
    while True:
        assert answer.json()["total"] == len(whole)
        rows, pages = rows + answer.json()["rows"], pages + 1
        if "next" not in answer.links:
            break
        answer = client.get(str(answer.url.join(answer.links["next"]["url"])))
    assert (rows, pages) == (whole, math.ceil(len(whole) / 10))
    assert set(answer.links) == {"first", "last", "prev"}
    assert get(client, "/runs", offset=100)["rows"] == []
    assert get(client, "/scores/sts_scores", offset=100)["total"] > 0


def test_values_are_plain_json() -> None:
    given = [math.nan, math.inf, np.float64("nan"), np.int64(3), pd.NaT, pd.Timestamp("2026-01-02")]
    assert plain(given) == [None, None, None, 3, None, "2026-01-02T00:00:00+00:00"]
    assert plain({"a": np.array([1.5, np.nan])}) == {"a": [1.5, None]}


def test_the_description_names_every_route_and_no_other_host(client: TestClient) -> None:
    answer = client.get("/openapi.json")
    operations = {(path, method) for path, of in answer.json()["paths"].items() for method in of}
    assert {path for path, _ in operations} == set(client.get("/").json()["routes"])
    assert [path for path, method in operations if method != "get"] == ["/sql"]
    page = answer.json()["paths"]["/ranks/{board}"]["get"]["responses"]["200"]
    assert page["content"]["application/json"]["schema"]["$ref"].endswith("/Page")
    assert "http" not in answer.text.replace("http://127.0.0.1", "")
    assert client.get("/docs").status_code == 404
