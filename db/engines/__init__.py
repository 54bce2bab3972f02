"""What does a store live on: a DuckDB file, or DuckLake?"""

from __future__ import annotations

from db.engines.engine import Engine


def engine_for(url: str) -> Engine:
    """Return the engine of a store's URL.

    Raises:
        StoreError: If the URL has none of the known forms.
    """
    from db.url import FileUrl, parse

    location = parse(url)
    if isinstance(location, FileUrl):
        from db.engines.file import FileEngine

        return FileEngine(location.path)
    from db.engines.lake import LakeEngine

    return LakeEngine(location)


__all__ = ["Engine", "engine_for"]
