"""Translate DuckDB's errors about an unusable store into helpful messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from db.deadline import Deadline

WAITING = (
    r"FATAL:\s+(?P<server>sorry, too many clients already|remaining connection slots[^\n]*"
    r"|too many connections[^\n]*|the database system is [^\n]*)"
)
"""Messages of conditions that pass, so that waiting may help."""

RESTORE = "restore a backup with `rankcheck db restore BACKUP`"

_CORRUPT_LOG = (
    "{place} cannot be opened, because its write-ahead log {log} is corrupt or"
    " belongs to another file{where}. Nothing was touched:"
    f" {RESTORE}, or move the .wal file away and lose what was committed last"
)

# SQLite ends a transaction by itself when a write fails; DuckDB then reports only its own ROLLBACK,
# or an error of an unspecific kind.
_SQLITE_SENTENCES = (
    (
        r"cannot rollback - no transaction is active|\": database or disk is full"
        r"|\": disk I/O error",
        "{place} could not be written, most likely because the disk is full; what was committed"
        " before is intact: make room (`rankcheck checkpoints prune` helps) and run again",
    ),
    (
        r"attempt to write a readonly database",
        "{place} was being written by a process that was killed, and what it had begun must be"
        " rolled back first: make the file and its folder writable, or run `rankcheck db check` as"
        " a user for whom they are",
    ),
)

# Patterns of DuckDB's messages and our sentences; the first match counts.
_SENTENCES: tuple[tuple[str, str], ...] = (
    (
        r"(?P<said>(?:HTTP|IO) Error: [^\n]*"
        r"(?:HTTP (?:429|50[0234])\b|partial file|Timeout was reached)[^\n]*)",
        "{place} cannot read or write its Parquet files, because the object store is overloaded or"
        " failing ({said}); what was committed before is intact: run it again later",
    ),
    (
        r"(?P<said>HTTP Error: [^\n]*|IO Error: [^\n]*\bHTTP (?:GET|PUT|POST|HEAD)\b[^\n]*)",
        "{place} cannot read or write its Parquet files in the object store ({said}): start it, or"
        " correct data_path in RANKCHECK_STORE, AWS_ENDPOINT_URL, and the keys in"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"newer version of DuckDB|database file with version number",
        "{place} was made by a newer DuckDB (2.0 or later), which DuckDB {duckdb} here cannot read:"
        " rewrite it with that DuckDB for this one (ATTACH '<new file>' AS old (STORAGE_VERSION"
        f" 'v1.5.0'); COPY FROM DATABASE … TO old), or {RESTORE}",
    ),
    (
        r"replaying WAL|Corrupt WAL|WAL file",
        _CORRUPT_LOG.replace("{log}", "{place}.wal").replace("{where}", ""),
    ),
    (
        r"not a valid DuckDB database|Failed to (?:download|load) extension \"sqlite",
        f"{{place}} is not a DuckDB file: point RANKCHECK_STORE at another path, or {RESTORE}",
    ),
    (
        r"No space left|Disk quota|File too large|Could not write all bytes",
        "{place} could not be written, the disk is full; what was committed before is intact:"
        " make room (`rankcheck checkpoints prune` helps) and run again",
    ),
    (r"Is a directory", "{place} is a folder, not a DuckDB file: set RANKCHECK_STORE to a file"),
    (
        r"Read-only file system|Permission denied",
        "{place} cannot be opened, permission is missing: make the file and its folder writable,"
        " or point RANKCHECK_STORE elsewhere",
    ),
    (
        r"Corrupt|Could not read enough bytes|invalidated because of a previous fatal"
        r"|INTERNAL Error|Failed to (?:read|deserialize)|Serialization Error|malformed",
        "{place} is corrupt or truncated ({said}): " + RESTORE,
    ),
)

_HELD = r"Conflicting lock is held in (?P<program>.*) \(PID (?P<pid>\d+)\)"
_BUSY = (
    f"Could not set lock on file|different configuration than existing|database is locked|{WAITING}"
)


def is_busy(error: Exception) -> bool:
    """Return whether an error means that the store is locked."""
    return re.search(_BUSY, str(error)) is not None


def is_unknown_name(error: Exception) -> bool:
    """Return whether a query names an unknown table, view, macro or column."""
    import duckdb

    original = getattr(error, "orig", None) or error
    return isinstance(original, (duckdb.CatalogException, duckdb.BinderException))


def busy(place: str, error: Exception, deadline: Deadline) -> StoreBusy:
    """Return the error for a timeout, with the lock's holder if it is known."""
    holder = re.search(_HELD, str(error))
    server = re.search(WAITING, str(error))
    if server:
        return StoreBusy(
            f"{place} stayed busy for {deadline.seconds:g} s ({server['server']}): try again later"
        )
    if holder:
        cause = f"process {holder['pid']} ({holder['program']}) holds it"
    elif "different configuration" in str(error):
        cause = "this process has it open with other settings"
    else:
        cause = "another process holds it"
    return StoreBusy(
        f"{place} stayed busy for {deadline.seconds:g} s: {cause}; close it, or try again later"
    )


def corrupt_log(place: str, log: Path, commits: int | None = None, intact: int = 0) -> StoreError:
    """Return the error of a store whose write-ahead log is damaged.

    Args:
        place: The store.
        log: The log.
        commits: Commits before the damage, if they are known.
        intact: Bytes up to the end of the last of them.
    """
    where = "" if commits is None else f" ({commits} commits are intact, up to byte {intact})"
    return StoreError(_CORRUPT_LOG.format(place=place, log=log, where=where))


def explained(place: str, error: Exception) -> StoreError | None:
    """Return the error that explains a problem of the store, or None for other errors."""
    import duckdb

    # A user's SQL may contain Corrupt or WAL in a literal; these kinds never quote SQL.
    original = getattr(error, "orig", None) or error
    kinds = (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.InternalException,
        duckdb.SerializationException,
        duckdb.HTTPException,
        duckdb.TransactionException,
    )
    sentences = _SQLITE_SENTENCES + SENTENCES
    if isinstance(original, kinds):
        sentences += _SENTENCES
    message = str(original)
    for pattern, sentence in sentences:
        if match := re.search(pattern, message):
            line = match.groupdict().get("said") or message.splitlines()[0]
            return StoreError(
                sentence.format(place=place, said=line[:200], duckdb=duckdb.__version__)
            )
    return None


@contextmanager
def explaining(place: str) -> Iterator[None]:
    """Raise a StoreError if the block fails because of the store."""
    import duckdb
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (duckdb.Error, DBAPIError) as error:
        better = explained(place, error)
        if better is None:
            raise
        raise better from error


_CONNECTING = r"Unable to connect to Postgres at [^\n]*"

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        _CONNECTING
        + r"(?:FATAL|fe_sendauth):\s+(?P<said>no password supplied|\w+ authentication failed"
        r"[^\n]*|role \"[^\n]*|no pg_hba\.conf entry[^\n]*)",
        "{place} refuses the login ({said}): correct user and password in RANKCHECK_STORE, or in"
        " PostgreSQL's password file ~/.pgpass",
    ),
    (
        _CONNECTING + r"(?P<said>database \"[^\n]*\" does not exist)",
        "{place} cannot be used ({said}): create it with `createdb`, or set"
        " RANKCHECK_STORE to another",
    ),
    (
        _CONNECTING + r"\": (?P<said>[^\n]*)",
        "{place} cannot be reached ({said}): start the server, or correct RANKCHECK_STORE",
    ),
    (
        # For a broken connection, DuckDB reports the ROLLBACK that it could not send.
        r"Failed to execute query \"ROLLBACK\"|server closed the connection"
        r"|terminating connection|could not (?:receive|send) data|connection has been closed",
        "the connection to {place} was lost, and the last write may or may not be stored:"
        " run it again when the server is back; a finished job is not recorded twice",
    ),
    (
        r"ERROR:\s+(?P<said>permission denied[^\n]*)",
        "{place} cannot be used, its user lacks a right ({said}): grant it, or name another user in"
        " RANKCHECK_STORE",
    ),
    (
        r"data_path is not set",
        "{place} has no lake yet, and RANKCHECK_STORE does not say where to store its"
        " Parquet files: add ?data_path=<folder or URL> to it",
    ),
    (
        r"DATA_PATH parameter [^\n]* data path in the catalog \"(?P<said>[^\"]*)\"",
        "{place} keeps its Parquet files in {said}, and RANKCHECK_STORE says another data_path:"
        " name that one, or leave it out",
    ),
)
"""Patterns and sentences; the first match counts, and its group `said` is inserted."""
