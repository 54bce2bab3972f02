"""The environment that tests, and the commands that they start, run in."""

from __future__ import annotations

import os
import sys

# A worker for each core: OpenMP's threads would wait for each other in loops that eat the cores,
# at four times the time of one thread. Set before numpy and torch read it; commands inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Hundreds of commands import the same sources: the first compiles them, even in a container that
# asks Python to keep nothing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

AT_START = dict(os.environ)
"""The environment before libraries add to it, as torch does when it first saves a model.

Commands whose environments differ cannot be forks of one process (tests/warm.py).
"""
