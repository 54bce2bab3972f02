"""Run every benchmark, or those named, and print one table.

python -m benchmarks [--rounds N] [sts_plain sts_grid linear_layers]
"""

from __future__ import annotations

import argparse
import logging
import warnings

from benchmarks.machine import describe
from benchmarks.table import line, missed
from evaluators import discovery


def _names() -> list[str]:
    """A benchmark is a file here with a function `run`."""
    found = discovery.files("benchmarks")
    return [name for name in found if hasattr(discovery.load("benchmarks", name), "run")]


def main() -> None:
    known = _names()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the best counts")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    warnings.simplefilter("ignore")  # the peers' own
    logging.disable(logging.WARNING)
    print(describe(), flush=True)
    rows = []
    for name in given.names or known:
        for row in discovery.load("benchmarks", name).run(given.rounds):
            rows.append(row)
            print(line(row), flush=True)
    if failures := missed(rows):
        raise SystemExit(f"{len(failures)} targets missed")


if __name__ == "__main__":
    main()
