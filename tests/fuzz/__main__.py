"""Look for bytes that a target does not answer: `python -m tests.fuzz TARGET [SECONDS]`.

Inputs that reach new code are kept in the folder `build/fuzz/TARGET`; one that fails is written
to `build/fuzz/crash-…`, and belongs into `tests/fuzz/corpus/TARGET` with its mend.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flows", "evaluators", "dashboard", "yaml", "json"]):
    from tests.fuzz.targets import CORPUS, TARGETS, one

LONGEST = 1 << 14
"""Bytes of an input at most."""


def main() -> None:
    """Run one target for some seconds."""
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    if name not in TARGETS:
        raise SystemExit(f"TARGET must be one of {', '.join(TARGETS)}, got {name!r}")
    found = Path("build/fuzz") / name
    found.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-artifact_prefix=build/fuzz/",
        "-timeout=20",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup(
        [sys.argv[0], *options, str(found), str(CORPUS / name)], lambda data: one(name, data)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
