"""What a PostgreSQL catalog says when it cannot be used, and what we say."""

from __future__ import annotations

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
        "{place} cannot be used ({said}): make it with `createdb`, or name another in"
        " RANKCHECK_STORE",
    ),
    (
        _CONNECTING + r"\": (?P<said>[^\n]*)",
        "{place} cannot be reached ({said}): start the server, or correct RANKCHECK_STORE",
    ),
    (
        # DuckDB tells of a connection that broke by the ROLLBACK that it could not send.
        r"Failed to execute query \"ROLLBACK\"|server closed the connection"
        r"|terminating connection|could not (?:receive|send) data|connection has been closed",
        "the connection to {place} was lost, and what was being written may or may not be there:"
        " run it again when the server is back; a finished job is not recorded twice",
    ),
    (
        r"ERROR:\s+(?P<said>permission denied[^\n]*)",
        "{place} cannot be used, its user lacks a right ({said}): grant it, or name another user in"
        " RANKCHECK_STORE",
    ),
    (
        r"data_path is not set",
        "{place} has no lake yet, and RANKCHECK_STORE does not say where its Parquet files shall"
        " lie: add ?data_path=<folder or URL> to it",
    ),
    (
        r"DATA_PATH parameter [^\n]* data path in the catalog \"(?P<said>[^\"]*)\"",
        "{place} keeps its Parquet files in {said}, and RANKCHECK_STORE says another data_path:"
        " name that one, or leave it out",
    ),
)
"""Patterns and sentences; the first that matches counts, and `said` is its group of that name."""

WAITING = (
    r"FATAL:\s+(?P<server>sorry, too many clients already|remaining connection slots[^\n]*"
    r"|too many connections[^\n]*|the database system is [^\n]*)"
)
"""What passes by itself."""
