from __future__ import annotations

import pytest

from db import StoreError, url
from db.url import LakeUrl, parse


@pytest.mark.parametrize(
    ("text", "password", "address"),
    [
        ("host=h dbname=d", None, "host='h' dbname='d'"),
        ("dbname = 'a b' password='it\\'s \\\\ x' host=h", "it's \\ x", "dbname='a b' host='h'"),
        ("password=hunter\\ 2 host=/tmp/s", "hunter 2", "host='/tmp/s'"),
        ("host=h user='o\\'neil'", None, "host='h' user='o\\'neil'"),
        ("password='' host=h", None, "host='h'"),
        ("service=lake", None, "service='lake'"),
        ("postgresql://me@h/d", None, "host='h' dbname='d' user='me'"),
        (
            "postgres://me:a%40b%20c@h:5433/d?sslmode=require",
            "a@b c",
            "host='h' port='5433' dbname='d' user='me' sslmode='require'",
        ),
        ("postgresql:///d?host=/tmp/s&password=hunter2", "hunter2", "host='/tmp/s' dbname='d'"),
    ],
)
def test_the_password_is_taken_out_of_every_form(
    text: str, password: str | None, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    found = url.read(text)
    assert found.password == password
    assert found.address == f"{address} connect_timeout='10'"
    assert password is None or password not in repr(found) + found.place


def test_a_wait_that_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "connect_timeout='3'" in url.read("host=h connect_timeout=3").address
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    assert "connect_timeout" not in url.read("host=h").address


@pytest.mark.parametrize(
    "text",
    [
        "host=h password='hunter2",
        "host=h hunter2",
        "password=hunter2'x host=h",
        "=hunter2",
        "postgresql://me:hunter2@h:port/d",
        "host=h sslkey=k sslpassword=hunter2",
    ],
)
def test_what_is_no_connection_string_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(StoreError) as error:
        url.read(text)
    assert "hunter2" not in str(error.value)
    assert "RANKCHECK_STORE" in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize("mark", ["?", "&"])
def test_an_url_of_postgres_may_have_a_query_before_the_data_path(mark: str) -> None:
    before = "?sslmode=require" if mark == "&" else ""
    where = parse(f"ducklake:postgres:postgresql://me:pw@h/d{before}{mark}data_path=s3://b/lake")
    assert isinstance(where, LakeUrl)
    assert where.data_path == "s3://b/lake"
    assert ("sslmode='require'" in where.address) == (mark == "&")
    assert "pw" not in repr(where)
    assert where.place == "the DuckLake in PostgreSQL (database d, host h)"
