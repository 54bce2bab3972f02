"""Write a view or table of the store as a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from db.dictionary import entries
from db.errors import StoreError
from db.new_file import replacing
from evaluators.names import nearest

if TYPE_CHECKING:
    from db.store import Store

_ROWS = 65_536  # of a batch, so that a large view never stands in memory as a whole


def write_parquet(store: Store, name: str, path: Path) -> int:
    """Write all rows of a view or table, and return how many there are.

    The file says of each column what it means, as `dictionary` does.

    Args:
        store: The store.
        name: The view or table.
        path: The file, which is replaced as a whole or not at all.

    Raises:
        StoreError: There is no such view, or the store cannot be read or the file written.
    """
    texts = {(entry.object, entry.column): entry for entry in entries()}
    known = [e.object for e in texts.values() if e.kind in ("view", "table") and not e.column]
    if name not in known:
        raise StoreError(f"no view or table is called {name!r}{nearest(name, known)}")
    rows = 0
    try:
        with replacing(path) as new, store.read() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise StoreError(f"{store.place} is not open")
            batches = raw.execute(f"SELECT * FROM {name}").to_arrow_reader(_ROWS)  # noqa: S608 - a known name
            schema = batches.schema.with_metadata({"view": name, "text": texts[name, ""].text})
            for position, column in enumerate(schema):
                entry = texts.get((name, column.name))
                if entry is not None:
                    described = column.with_metadata({"text": entry.text})
                    schema = schema.set(position, described)
            with pq.ParquetWriter(new, schema, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch.cast(schema))
                    rows += batch.num_rows
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
    return rows
