"""Run by the Python of an environment with `rliable`: models × tasks on standard input."""

import json
import sys
import time

import numpy as np


def main() -> None:
    from rliable import library

    values = np.loadtxt(sys.stdin, ndmin=2)
    # One run a task, as a leaderboard has: what is drawn anew is the tasks.
    scores = {str(i): row[None, :] for i, row in enumerate(values)}
    started = time.perf_counter()
    library.get_interval_estimates(
        scores, lambda x: np.array([np.mean(x)]), task_bootstrap=True, reps=int(sys.argv[1])
    )
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
