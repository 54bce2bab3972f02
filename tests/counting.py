"""A program that counts: `python -m tests.counting 3`. Given 1000, it takes its time."""

import sys
import time

count = int(sys.argv[1])
for number in range(count):
    print(number, flush=True)
    if count >= 1000:
        time.sleep(1)
