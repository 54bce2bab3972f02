"""Small experiments: one file each, found by its name.

To add one, copy `threshold_search.py` to `<name>.py`: a plan then knows `evaluator: <name>`. The
file holds the `Request` (the keys of the plan entry), one class of `Evaluator` (the jobs, and how
one is measured) and the experiment itself. Write the report `docs/reports/<name>.md`, add a small
request to `SMALL` in `tests/evaluators/test_registry.py`, and run
`python -m tests.evaluators.test_versions`.
Code that several experiments share is in files whose names begin with `_`.
"""
