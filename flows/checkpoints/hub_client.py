"""How the hub's own client is used: which address, which protocol, and without its bars."""

from __future__ import annotations

import os
from typing import Any


def endpoint() -> str:
    """Return the hub's address: `HF_ENDPOINT`, read now rather than when the client is imported."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def prefer_plain_http() -> None:
    """Leave Xet alone unless the user asks for it with HF_HUB_DISABLE_XET=0.

    Xet fetches from hosts of its own, so it passes a mirror named by HF_ENDPOINT by, and fails
    behind one that repeats the hub's headers. Plain HTTP gives the same bytes up to 50 GB a file.
    """
    from huggingface_hub import constants

    if "HF_HUB_DISABLE_XET" not in os.environ:
        constants.HF_HUB_DISABLE_XET = True


def quiet_tqdm() -> type[Any]:
    """Return a tqdm that shows nothing: `watched` tells of the progress."""
    from tqdm.auto import tqdm

    class Quiet(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

    return Quiet
