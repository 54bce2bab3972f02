"""Load DuckDB's extensions from signed wheels, without any download."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import StoreError

if TYPE_CHECKING:
    import duckdb


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its signed wheel `duckdb-extension-<name>`.

    Raises:
        StoreError: Naming the wheel to install.
    """
    import duckdb

    spec = find_spec(f"duckdb_extension_{name}")
    wheel = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
    if spec is None or spec.origin is None:
        raise StoreError(
            f"this store needs DuckDB's extension {name}: pip install 'rankcheck[lake]' or {wheel}"
        )
    folder = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}"
    try:
        connection.execute(f"LOAD {quoted(str(folder / f'{name}.duckdb_extension'))}")
    except duckdb.Error as error:
        raise StoreError(
            f"DuckDB's extension {name} cannot be loaded: pip install {wheel} ({error})"
        ) from error


def quoted(text: str) -> str:
    """Return a text as an SQL literal, for statements without parameters."""
    return "'" + text.replace("'", "''") + "'"
