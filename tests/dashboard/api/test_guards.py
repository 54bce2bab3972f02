"""Who is let in, what is refused, and how an error is told."""

from __future__ import annotations

import json
import shutil
import threading
from io import StringIO
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.api import call
from dashboard.queries.frame import frame
from db import Store, open_store
from db.errors import QueryTimeout
from tests.dashboard.api.conftest import client_of
from tests.dashboard.stores import keep_run

TOKEN = "a-token-of-32-letters-and-digits"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1:8502", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8502", "origin": "null"},
    ],
    ids=str,
)
def test_a_foreign_host_or_origin_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/boards", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (403, 403)
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_answer_may_be_framed_or_read_by_other_sites(client: TestClient) -> None:
    for path in ("/boards", "/nope"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_only_origins_that_are_named_may_read_across(empty: str) -> None:
    site = "https://notes.example"
    client = client_of(empty, cors=[site], token=TOKEN)
    asks = {"origin": site, "access-control-request-method": "GET"}
    before = client.options("/boards", headers=asks)
    assert before.headers["access-control-allow-origin"] == site
    signed = {"origin": site, "authorization": f"Bearer {TOKEN}"}
    assert client.get("/boards", headers=signed).headers["access-control-allow-origin"] == site
    other = client.get("/boards", headers={**signed, "origin": "https://other.example"})
    assert (other.status_code, "access-control-allow-origin" in other.headers) == (403, False)


def test_a_token_is_needed_where_one_is_set_and_is_never_logged(
    empty: str, logged: StringIO
) -> None:
    client = client_of(empty, token=TOKEN)
    for sent in (None, "", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"):
        headers = {} if sent is None else {"authorization": sent}
        for path in ("/boards", "/sql?q=SELECT 1", "/openapi.json"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, TOKEN in answer.text) == (401, False)
            assert answer.headers["www-authenticate"] == "Bearer"
    signed = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/boards", headers=signed).status_code == 200
    assert TOKEN not in logged.getvalue()
    assert "/boards" in logged.getvalue()
    assert client.get("/health").status_code == 200


REFUSED = [
    "INSERT INTO runs SELECT * FROM runs",
    "COPY (SELECT 1) TO '{path}'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT 1; DROP TABLE runs",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_sql_that_writes_or_reads_files_is_refused(
    client: TestClient, tmp_path: Path, sql: str
) -> None:
    answer = client.post("/sql", json={"q": sql.format(path=tmp_path / "written")})
    assert (answer.status_code, "root:" in answer.text) == (400, False)
    assert answer.json()["detail"]
    assert list(tmp_path.iterdir()) == []


def test_a_greedy_query_ends_in_time(client: TestClient) -> None:
    sql = "SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b"
    answer = client.get("/sql", params={"q": sql, "deadline": 0.2})
    assert (answer.status_code, "was stopped after 0.2 s" in answer.text) == (504, True)


def test_a_question_of_ours_ends_in_time_too(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "SECONDS", 0.2)
    served = call.Served(open_store(empty), per_minute=1)
    greedy = "SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b"
    with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
        served.ask(frame, greedy)


def test_a_client_that_asks_too_often_waits(empty: str) -> None:
    client = client_of(empty, per_minute=2)
    statuses = [client.get("/sql?q=SELECT 1").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = client.get("/sql?q=SELECT 1")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert client.get("/boards").status_code == 200


def test_only_sql_takes_a_body_and_no_large_one(client: TestClient) -> None:
    for method in ("post", "put", "delete", "patch"):
        answer = client.request(method, "/boards")
        assert (answer.status_code, "only reads" in answer.json()["detail"]) == (405, True)
    large = json.dumps({"q": "SELECT 1 " + "-" * 200_000}).encode()
    assert client.post("/sql", content=large).status_code == 413
    parts = (large[i : i + 50_000] for i in range(0, len(large), 50_000))
    assert client.post("/sql", content=parts).status_code == 413  # its length is not announced


def test_an_answer_is_sent_once_until_the_store_changes(full: str, tmp_path: Path) -> None:
    copy = f"duckdb:///{shutil.copy(full.removeprefix('duckdb:///'), tmp_path / 'store.duckdb')}"
    client = client_of(copy)
    first = client.get("/runs?limit=1")
    known = {"if-none-match": f'"other", {first.headers["etag"]}'}
    again = client.get("/runs?limit=1", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/runs?limit=2", headers=known).status_code == 200
    keep_run(open_store(copy), "new")
    changed = client.get("/runs?limit=1", headers=known)
    assert changed.status_code == 200
    assert changed.json()["total"] == first.json()["total"] + 1
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.slow  # it makes a lake and its copy
def test_rows_of_a_copy_of_a_lake_are_not_kept(tmp_path: Path) -> None:
    lake = open_store(f"ducklake:sqlite:{tmp_path}/catalog.sqlite")
    keep_run(lake, "first")
    client = client_of(lake.url)
    rows = client.get("/scores/sts_scores")
    assert rows.json()["as_of"]
    assert (rows.headers["cache-control"], "etag" in rows.headers) == ("no-store", False)
    assert "etag" in client.get("/runs").headers


def test_large_answers_are_compressed_for_who_can_read_it(client: TestClient) -> None:
    packed = client.get("/boards/superglue", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = client.get("/boards/superglue", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert packed.headers["etag"] == plain.headers["etag"]


def test_a_locked_store_is_busy_and_says_when_to_come_back(store: Store) -> None:
    client = client_of(store.url, wait=0.05)
    assert client.get("/runs").status_code == 200
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.write():
            held.set()
            done.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert held.wait(30)
        answers = [client.get(path) for path in ("/claims", "/health")]
    finally:
        done.set()
        writer.join()
    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.headers["retry-after"] for answer in answers] == ["5", "5"]
    assert "is writing to it" in answers[0].json()["detail"]
    assert client.get("/claims").status_code == 200


def test_a_store_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    client = client_of(f"duckdb:///{tmp_path}/none.duckdb")
    answer = client.get("/boards")
    assert (answer.status_code, "rankcheck db upgrade" in answer.json()["detail"]) == (503, True)
    assert client.get("/health").json() == {"status": "unreadable"}


def test_bundled_boards_are_answered_where_the_store_has_none(
    empty: str, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(empty)
    before = client.get("/boards")
    assert before.json()["total"] == 0
    monkeypatch.setenv("RANKCHECK_BUNDLED_BOARDS", full.removeprefix("duckdb:///"))
    known = {"if-none-match": before.headers["etag"]}
    assert client.get("/boards", headers=known).json()["total"] > 0
    assert client.get("/ranks/superglue").status_code == 200
    assert client.get("/runs").json()["total"] == 0


WRONG = {
    "/ranks/superglu": (404, "did you mean 'superglue'"),
    "/ranks/superglue?snapshot=1999": (404, "known are"),
    "/ranks/superglue?wher=true": (400, "did you mean 'where'"),
    "/ranks/superglue?treatment=x": (400, "known are per-task"),
    "/ranks/superglue?rule=bord": (400, "did you mean 'borda'"),
    "/ranks/superglue?p=nan": (400, "not NaN"),
    "/ranks/superglue?p=1&mean=harmonic": (400, "give only one"),
    "/ranks/superglue?task=RT": (400, "did you mean 'RTE'"),
    "/ranks/superglue?limit=0": (400, "limit: "),
    "/ranks/superglue?where=1;2": (400, "without a semicolon"),
    "/scores/sts_scores?tas=x": (400, "did you mean 'task'"),
    "/scores/sts_score": (404, "did you mean 'sts_scores'"),
    "/claims?verdict=hold": (400, "did you mean 'holds'"),
    "/claims/nope": (404, "unknown claim"),
    "/sql": (400, "q: "),
    "/nope": (404, "/openapi.json"),
}


@pytest.mark.parametrize("path", WRONG)
def test_an_error_says_what_was_wrong_and_what_to_do(client: TestClient, path: str) -> None:
    status, said = WRONG[path]
    answer = client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert said in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"
