from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from db.dictionary import entries
from db.migrate import HEAD, KNOWN
from db.store import Store
from db.tables import metadata
from db.views import VIEWS, View


def test_the_known_head_is_the_head_of_the_migration_scripts() -> None:
    from pathlib import Path

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


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_exactly_the_columns_it_describes(file_store: Store, view: View) -> None:
    file_store.upgrade()
    with file_store.read() as connection:
        result = connection.execute(sa.text("SELECT * FROM " + view.name))  # noqa: S608
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
