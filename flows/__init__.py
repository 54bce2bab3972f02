"""When and where it runs: the nightly flow, pulling inputs, recording results, the command line."""
