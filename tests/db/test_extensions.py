from __future__ import annotations

import importlib.util
import shutil
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from db.engines import extensions, lake
from db.errors import StoreError
from tests.frugal_duckdb import usual_connect


@pytest.mark.parametrize("spoiled", [False, True])
def test_an_extension_somebody_changed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoiled: bool
) -> None:
    pytest.importorskip("duckdb_extension_sqlite_scanner")
    real = importlib.util.find_spec("duckdb_extension_sqlite_scanner")
    assert real is not None
    assert real.origin is not None
    copy = tmp_path / "wheel"
    shutil.copytree(Path(real.origin).parent, copy)
    if spoiled:
        (library,) = copy.rglob("*.duckdb_extension")
        with library.open("r+b") as file:
            file.seek(library.stat().st_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))
    moved = ModuleSpec("duckdb_extension_sqlite_scanner", None, origin=str(copy / "__init__.py"))
    monkeypatch.setattr(extensions, "find_spec", lambda name: moved)
    with usual_connect(config=lake.CONFIG) as connection:
        if spoiled:
            with pytest.raises(StoreError, match="sqlite_scanner cannot be loaded"):
                extensions.load(connection, "sqlite_scanner")
        else:
            extensions.load(connection, "sqlite_scanner")
