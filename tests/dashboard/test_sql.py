"""The SQL page: answers, cuts said aloud, refusals, charts, and the way out of a long query."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.quick import guess, quick
from dashboard.sheet import csv
from dashboard.sql_parts import EXAMPLES, as_frame
from db.errors import QueryError
from db.running import running
from db.sandbox import run_query
from tests.dashboard.look import everything

FOR_EVER = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t"


def ask(app: AppTest, sql: str) -> AppTest:
    """Write a query and press Run."""
    app.text_area(key="sql").set_value(sql)
    return next(b for b in app.button if b.label == "Run").click().run()


def test_answer_is_a_table_and_the_row_cap_is_said(open_page, full: str) -> None:
    app = ask(open_page(full, "sql"), "SELECT range AS n FROM range(5000)")
    assert not app.exception
    assert len(app.dataframe[0].value) == 1000
    assert "cut after 1,000 rows" in everything(app)


def test_cut_of_wide_rows_is_not_told_as_the_row_cap(open_page, full: str) -> None:
    app = ask(open_page(full, "sql"), "SELECT repeat('a', 9) FROM range(9000)")
    assert "cut after 1,000 rows" in everything(app)
    wide = ", ".join(f"repeat('a', 9999) AS a{i}" for i in range(20))
    app = ask(app, f"SELECT {wide} FROM range(1000)")  # noqa: S608
    assert not app.exception
    assert "cut because the rows are wide" in everything(app)


def test_every_example_runs_and_can_be_taken(open_page, full: str) -> None:
    for name, sql in EXAMPLES.items():
        assert run_query(full, sql).columns, name
    app = open_page(full, "sql")
    app.selectbox(key="example").set_value("Where humans stand under each mean").run()
    assert "WHERE is_human" in app.text_area(key="sql").value


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY runs TO 'stolen.csv'",
        "DROP TABLE runs",
        "SELEC nothing",
        "SELECT a.range FROM range(1000000000) a, range(1000000000) b ORDER BY 1",
    ],
)
def test_what_is_refused_or_wrong_is_a_sentence(open_page, full: str, sql: str) -> None:
    app = ask(open_page(full, "sql"), sql)
    assert not app.exception
    assert "rc-error" in everything(app)
    assert not app.dataframe
    assert ask(app, "SELECT 42 AS answer").dataframe[0].value.answer.tolist() == [42]


def test_refusal_does_not_show_the_answer_before_it(open_page, full: str) -> None:
    app = ask(open_page(full, "sql"), "SELECT 42 AS answer")
    assert len(app.dataframe) == 1
    assert not ask(app, "bogus").dataframe


def test_link_brings_a_query_and_does_not_run_it(open_page, full: str) -> None:
    app = open_page(full, "sql", sql="SELECT 7 AS seven")
    assert app.text_area(key="sql").value == "SELECT 7 AS seven"
    assert not app.dataframe


def test_schema_names_tables_columns_types_and_comments(open_page, full: str) -> None:
    app = open_page(full, "sql")
    shown = everything(app)
    for known in ("sts_scores", "spearman", "DOUBLE", "scores", "power_mean", "run_id"):
        assert known in shown
    app.text_input(key="find").set_value("gradient_accumulation").run()
    assert "power_mean" not in everything(app)


def test_odd_values_show_and_download(open_page, full: str) -> None:
    sql = """SELECT 170141183460469231731687303715884105727 AS huge, 18446744073709551615::UBIGINT
        AS big, NULL AS nothing, [1, NULL] AS list, {'a': 1} AS struct, 'x'::BLOB AS blob,
        1 AS same, 2 AS same, 3 AS same_2, 'nan'::DOUBLE AS nan, 1e308 * 10 AS inf, '=1+1' AS "=f",
        INTERVAL 1 DAY AS i, uuid() AS u"""
    app = ask(open_page(full, "sql"), sql)
    assert not app.exception
    table = app.dataframe[0].value
    assert table.huge.tolist() == ["170141183460469231731687303715884105727"]
    assert len({name for name in table if name.startswith("same")}) == 3
    assert b"'=1+1" in csv(table)
    assert b"'=f" in csv(table)


def test_answer_without_rows_or_numbers_is_a_table(open_page, full: str) -> None:
    app = ask(open_page(full, "sql"), "SELECT task FROM sts_scores WHERE false")
    assert "0 rows" in everything(app)
    app = ask(app, "SELECT 'a' AS a")
    assert len(app.dataframe) == 1
    assert [c.key for c in app.segmented_control] == ["language"]


def test_chart_of_an_answer_can_be_asked_for(open_page, full: str) -> None:
    sql = "SELECT task, pooling, spearman, 'x' || k AS \"a.b[c]'d\" FROM sts_scores"
    app = ask(open_page(full, "sql"), sql)
    app.segmented_control(key="shown-as").set_value("Chart").run()
    assert not app.exception
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 1
    for box in app.selectbox:
        if box.label == "Colour":
            box.set_value("a.b[c]'d")
    assert not app.run().exception


def test_hostile_names_in_an_answer_and_its_chart_are_data(open_page, hostile: str) -> None:
    sql = 'SELECT checkpoint, task AS "<script>x</script> **b** :smile:", seconds FROM named_runs'
    app = ask(open_page(hostile, "sql"), sql)
    app.segmented_control(key="shown-as").set_value("Chart").run()
    assert not app.exception
    words = [
        e.value for kind in (app.markdown, app.caption, app.header, app.subheader) for e in kind
    ]
    words += [e.label for kind in (app.selectbox, app.button, app.expander) for e in kind]
    shown = everything(app)
    assert "<script" not in shown
    assert not [word for word in words if "<script" in word or ":smile:" in word]


def test_guess_takes_a_moment_then_a_text_then_a_number() -> None:
    names = ("n", "task", "day", "score")
    assert guess(names, ("BIGINT", "VARCHAR", "DATE", "DOUBLE")) == ("day", "n", "line")
    assert guess(names, ("BIGINT", "VARCHAR", "VARCHAR", "DOUBLE")) == ("task", "n", "bars")
    assert guess(names, ("BIGINT", "HUGEINT", "BLOB", "DOUBLE")) == ("n", "score", "points")


@pytest.mark.parametrize("kind", ["bars", "line", "points"])
def test_chart_says_what_it_leaves_out(full: str, kind: str) -> None:
    result = run_query(
        full,
        "SELECT 'm' || range AS m, CASE WHEN range % 2 = 0 THEN range END AS v,"
        " 'c' || (range % 20) AS c FROM range(200)",
    )
    table, types = as_frame(result), dict(zip(result.columns, result.types, strict=True))
    chart, said = quick(table, types, "m", "v", "c", kind)
    assert "100 rows without a number" in said
    assert "first 60 values" in said
    drawn = chart.to_dict()
    assert len(next(iter(drawn["datasets"].values()))) == 60


def test_cancelled_query_ends_at_once_and_its_process_too(full: str) -> None:
    import psutil

    with running(full, FOR_EVER, deadline=60.0) as query:
        assert not query.done(0.6)
        children = [c for c in psutil.Process().children() if "sandboxed" in " ".join(c.cmdline())]
        assert len(children) == 1
        query.cancel()
        begun = time.monotonic()
        with pytest.raises(QueryError, match="cancelled"):
            query.result()
        assert time.monotonic() - begun < 30  # not a measurement: the deadline is 60
        assert not children[0].is_running()


def test_query_of_a_page_that_is_left_is_killed(full: str) -> None:
    class Left(BaseException):
        """As Streamlit leaves a page that is run again."""

    kept = []

    def page() -> None:
        with running(full, FOR_EVER, deadline=60.0) as query:
            kept.append(query)
            assert not query.done(0.5)
            raise Left

    with pytest.raises(Left):
        page()
    with pytest.raises(QueryError, match="cancelled"):
        kept[0].result()


def test_query_cancelled_before_it_starts_never_answers(full: str) -> None:
    with running(full, "SELECT 1") as query:
        query.cancel()
        with pytest.raises(QueryError, match="cancelled"):
            query.result()


def test_one_users_cancelling_leaves_the_others_query_alone(full: str) -> None:
    slow = "SELECT count(*) FROM range(60000000) a WHERE hash(a.range) % 3 = 0"
    answers: list[object] = []
    with running(full, slow, deadline=120.0) as other:
        with running(full, FOR_EVER, deadline=120.0) as query:
            assert not query.done(0.5)
        threads = [
            threading.Thread(target=lambda: answers.append(run_query(full, "SELECT 1").rows))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(other.result().rows) == 1
    assert answers == [((1,),)] * 2


def test_provenance_of_a_claim_on_a_board_opens_with_its_answer(
    open_page, experiments: str
) -> None:
    app = open_page(experiments, "claims", claim="humans")
    app.button(key="provenance-doors").click().run()
    assert not app.exception
    assert app.text_area(key="sql").value.startswith("SELECT * FROM current_boards")
    assert "rows in " in everything(app)
