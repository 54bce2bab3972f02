"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# A landing must not hang on luck: the same examples each time. `make test-slow` explores new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
