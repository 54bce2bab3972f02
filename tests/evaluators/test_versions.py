"""An evaluator whose source changed says by its VERSION whether its numbers may have.

After a change run `python -m tests.evaluators.test_versions`: it writes the digests anew. Raise
`VERSION` first if a number can come out differently: then every job runs again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from evaluators import registry

ROOT = Path(__file__).parents[2]
DIGESTS = Path(__file__).parent / "source_digests.json"


def sources(name: str) -> Iterator[Path]:
    """Yield the files that can change an evaluator's numbers."""
    yield ROOT / "evaluators" / "registry" / f"{name}.py"
    for source in registry.find(name).SOURCES:
        path = ROOT / "evaluators" / source
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))
    yield ROOT / "evaluators" / "checkpoint" / "load.py"


def digests() -> dict[str, dict[str, str]]:
    """Return version and digest of every evaluator."""
    found = {}
    for name in registry.names():
        digest = hashlib.sha256()
        for path in sources(name):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
        found[name] = {"version": registry.find(name).VERSION, "source": digest.hexdigest()}
    return found


def test_a_changed_evaluator_was_looked_at_for_a_new_version() -> None:
    assert digests() == json.loads(DIGESTS.read_text(encoding="utf-8")), (
        "an evaluator's source changed: raise its VERSION if a number can come out differently,"
        " then run python -m tests.evaluators.test_versions"
    )


if __name__ == "__main__":
    DIGESTS.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
