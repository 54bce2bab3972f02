"""One Prefect server for all workers of a test run: `python -m tests.prefect_server HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from flows.prefect_server import ensure_prefect_api
from tests.shared_process import serve

if __name__ == "__main__":
    home = Path(sys.argv[1])
    for _ in serve(home, lambda: ensure_prefect_api(home)):
        pass
