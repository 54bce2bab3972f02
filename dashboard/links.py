"""Links out of the page: only to places that we know, never to what a name asks for."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit
from uuid import UUID

_ARXIV = re.compile(r"\b(?:arXiv:)(\d{4}\.\d{4,5})\b", re.IGNORECASE)
_PLACES = re.compile(
    r"\b(?:kexue\.fm/archives/\d{1,7}|openreview\.net/forum\?id=[A-Za-z0-9_-]{6,20}"
    r"|aclanthology\.org/[A-Z0-9.-]{4,20}\d)(?![\w/?=&-])"
)


def sources(text: str) -> list[tuple[str, str]]:
    """Return the papers and articles that a source names, each a label and an address.

    Only what has the form of an arXiv number, or of an article on a site that our claims cite,
    becomes a link; any other address stays text.
    """
    found = [(m.start(), m[0], f"https://arxiv.org/abs/{m[1]}") for m in _ARXIV.finditer(text)]
    found += [(m.start(), m[0], f"https://{m[0]}") for m in _PLACES.finditer(text)]
    labelled = {address: label for _, label, address in sorted(found)}
    return [(label, address) for address, label in labelled.items()]


def prefect_run(flow_run_id: str | None) -> str | None:
    """Return the address of a flow run on Prefect's own pages.

    None where there is no such run or no lasting server: `PREFECT_UI_URL` names its pages, else
    `PREFECT_API_URL` less `/api`.
    """
    pages = os.environ.get("PREFECT_UI_URL") or os.environ.get("PREFECT_API_URL", "")
    pages = pages.rstrip("/").removesuffix("/api")
    if not flow_run_id or urlsplit(pages).scheme not in ("http", "https"):
        return None
    try:
        return f"{pages}/runs/flow-run/{UUID(flow_run_id)}"
    except ValueError:  # a name in its place is data
        return None
