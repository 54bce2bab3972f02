"""Run rankcheck: the nightly flow, inputs, recording of results, and the command line."""
