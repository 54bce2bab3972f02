"""The real command line, with a foreign program that takes the store's file at the first job.

`python -m tests.flows.impatient STORE -- run plan.yaml`. The waits for the store are cut to a
second from outside; nothing of the product knows of it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

HOLD = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def main(store: str, arguments: list[str]) -> None:
    import flows.nightly
    from db.store import Store

    for method in (Store.read, Store.write, Store.transact):
        inner: Any = getattr(method, "__wrapped__", method)
        inner.__kwdefaults__["wait"] = 1.0
    holders: list[subprocess.Popen[str]] = []
    evaluate = flows.nightly.evaluate_and_record

    def hold_and_evaluate(*args: Any) -> Any:
        if not holders:
            pipe = subprocess.PIPE
            holder = subprocess.Popen(
                [sys.executable, "-c", HOLD, store], stdin=pipe, stdout=pipe, text=True
            )
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            holders.append(holder)
        return evaluate(*args)

    flows.nightly.evaluate_and_record = hold_and_evaluate
    sys.argv = ["rankcheck", *arguments]
    from flows.cli import main as rankcheck

    try:
        rankcheck()
    finally:
        for holder in holders:
            holder.communicate()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:])
