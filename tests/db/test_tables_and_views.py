from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from db import open_store
from db.dictionary import entries
from db.health import health
from db.migrate import HEAD, KNOWN
from db.store import Store
from db.tables import metadata
from db.views import VIEWS, View


def test_the_known_head_is_the_head_of_the_migration_scripts() -> None:
    from alembic.script import ScriptDirectory

    import db.migrations

    scripts = ScriptDirectory(str(Path(db.migrations.__file__).parent))
    assert scripts.get_current_head() == HEAD
    assert sorted(s.revision for s in scripts.walk_revisions()) == sorted(KNOWN)


def test_migrations_and_tables_have_not_drifted_apart(file_store: Store) -> None:
    query = sa.text("""
        SELECT table_name, column_index, column_name, data_type, is_nullable FROM duckdb_columns()
        WHERE table_name IN (SELECT table_name FROM duckdb_tables()) AND NOT internal
            AND table_name <> 'alembic_version' ORDER BY ALL
    """)
    declared = sa.create_engine("duckdb:///:memory:")
    file_store.upgrade()
    with file_store.read() as ours, declared.connect() as plain:
        metadata.create_all(plain)
        assert ours.execute(query).fetchall() == plain.execute(query).fetchall()
    declared.dispose()


@pytest.fixture(scope="module")
def reading(empty_store: Path) -> Iterator[sa.Connection]:
    """The empty store that others copy, opened once for all views."""
    with open_store(f"duckdb:///{empty_store}").read() as connection:
        yield connection


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_exactly_the_columns_it_describes(reading: sa.Connection, view: View) -> None:
    result = reading.execute(sa.text("SELECT * FROM " + view.name))  # noqa: S608
    assert list(result.keys()) == list(view.columns)


def test_nothing_lacks_a_description() -> None:
    assert [entry for entry in entries() if not entry.text.strip() or entry.text == "None"] == []


def test_no_key_constraint_or_index_slips_in(file_store: Store) -> None:
    file_store.upgrade()
    with file_store.read() as connection:
        query = "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'"
        assert connection.execute(sa.text(query)).scalar_one() == 0
        indexes = connection.execute(sa.text("SELECT count(*) FROM duckdb_indexes()"))
        assert indexes.scalar_one() == 0


def test_importing_db_pulls_in_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'duckdb', 'alembic', 'pandas', 'pyarrow', 'numpy', 'torch'}"
    code = f"import sys, db, db.errors, db.settings; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_asking_what_is_done_imports_neither_pandas_nor_alembic(file_store: Store) -> None:
    """A night with nothing to do takes seconds, and each of these takes a good part of one."""
    code = f"""
import sys
from db import finished, open_store
store = open_store({file_store.url!r})
assert not store.upgrade()
assert finished(store, ["a", "it's"]) == {{}}
print({{"pandas", "numpy", "pyarrow", "alembic"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_plain_client_sees_the_same_views_macros_and_comments(file_store: Store) -> None:
    import duckdb

    with duckdb.connect(file_store.place, read_only=True) as plain:
        names = {row[0] for row in plain.execute("SHOW TABLES").fetchall()}
        assert {view.name for view in VIEWS} | set(metadata.tables) <= names
        assert plain.execute("SELECT power_mean([1, 4], 0)").fetchone() == (2.0,)
        for described, key in (
            ("duckdb_tables()", "table_name"),
            ("duckdb_views()", "view_name"),
            ("duckdb_columns()", "table_name || '.' || column_name"),
            ("duckdb_functions()", "function_name"),
        ):
            query = f"SELECT {key} FROM {described} WHERE NOT internal AND comment IS NULL"  # noqa: S608
            bare = {row[0] for row in plain.execute(query).fetchall()}
            assert bare <= {"alembic_version", "alembic_version.version_num"}
    assert health(file_store).problems == ()


def test_a_lost_view_and_a_lost_comment_come_back_with_the_upgrade(every_store: Store) -> None:
    with every_store.write() as connection:
        connection.execute(sa.text("DROP VIEW sts_curve"))
        connection.execute(sa.text("COMMENT ON TABLE runs IS NULL"))
    problems = " ".join(health(every_store).problems)
    assert "sts_curve is missing" in problems
    assert "runs has lost its comment" in problems
    assert not every_store.upgrade()
    assert every_store.upgrade(rebuild=True)
    assert health(every_store).problems == ()


def test_views_of_another_version_are_made_anew(every_store: Store) -> None:
    with every_store.write() as connection:
        connection.execute(sa.text("CREATE OR REPLACE VIEW sts_scores AS SELECT 1 AS old"))
        connection.execute(sa.text("UPDATE dictionary SET text = 'old' WHERE kind = 'digest'"))
    assert "from another version of rankcheck" in " ".join(health(every_store).problems)
    assert every_store.upgrade()
    assert health(every_store).problems == ()
    assert not every_store.upgrade()
