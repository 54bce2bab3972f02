"""Licences of everything that requirements.lock installs, read from the packages' own metadata."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"

# An Apache-2.0 program may use libraries under these. Of alternatives, one is enough.
PERMITTED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Zlib|CC0|0BSD|Artistic|BSL"
)
NAMES_NONE = {"axe-playwright-python", "atheris"}  # files say MIT and Apache, metadata nothing


def licence(package: str) -> str:
    """Return what a package says of its licence: expression, classifiers, or first line."""
    about = metadata(package)
    if expression := about.get("License-Expression"):
        return str(expression)
    classifiers = about.get_all("Classifier") or []
    found = [text.split(" :: ")[-1] for text in classifiers if text.startswith("License ::")]
    return "; ".join(found) or str(about.get("License") or "").partition("\n")[0]


def test_every_licence_is_a_known_one() -> None:
    packages = re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE)
    known = {}
    for package in packages:
        try:
            known[package] = licence(package)
        except PackageNotFoundError:  # of an extra, or of another system
            continue
    assert len(known) > 150
    unknown = {name: text for name, text in known.items() if not PERMITTED.search(text)}
    assert unknown.keys() <= NAMES_NONE, unknown
