"""Write the texts of the dashboard's code into its catalogue, and keep the translations it has.

python -m tests.dashboard.catalogue      # then fill in what has no translation
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from dashboard import vocabulary
from dashboard.language import CATALOGUE, REASON
from dashboard.leaderboards.notes import sentences_of
from flows.boards.leaderboards import boards, find_board
from tests.dashboard.forms_in_code import forms

DASHBOARD = CATALOGUE.parent
KEYWORDS = {"t": None, "mark": None, "sentence": None, "nt": (1, 2)}
"""The functions whose first literal is a text, and the one with two."""

_NOT_SHOWN = ("api",)
"""Packages that answer programs, in English alone."""


def sources() -> Iterator[Path]:
    """Yield the files of the pages."""
    for path in sorted(DASHBOARD.rglob("*.py")):
        if path.relative_to(DASHBOARD).parts[0] not in _NOT_SHOWN:
            yield path


def extracted() -> Catalog:
    """Return every text that the code of the pages shows."""
    found = Catalog(locale="zh")
    for path in sources():
        for _, text, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            found.add(text)
    for word in vocabulary.fixed():
        found.add(word)
    for name, snapshots in boards().items():
        for snapshot in snapshots:
            spec, _ = find_board(name, snapshot)
            for notes in (spec.notes, spec.snapshots[snapshot].notes):
                for sentence in sentences_of(notes):
                    found.add(sentence)
    for form in (*forms(), *vocabulary.remarks()):
        found.add(form, context=REASON)
    return found


def kept() -> Catalog:
    """Return the catalogue as it stands."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def write(catalogue: Catalog) -> None:
    """Write the catalogue, sorted by its English texts."""
    with CATALOGUE.open("wb") as file:
        write_po(
            file, catalogue, width=100, sort_output=True, no_location=True, ignore_obsolete=True
        )


def renewed() -> Catalog:
    """Return the catalogue with all texts of the code and no others, and its translations."""
    catalogue = kept()
    found = extracted()
    found.creation_date = catalogue.creation_date  # else every branch would change this line
    catalogue.update(found, no_fuzzy_matching=True, update_header_comment=False)
    return catalogue


def main() -> None:
    """Add new texts, drop those that nothing shows, and list what is not translated."""
    catalogue = renewed()
    write(catalogue)
    missing = [
        str(message.id) for message in catalogue if message.id and not any(message.string or ())
    ]
    print(*missing, sep="\n")


if __name__ == "__main__":
    main()
