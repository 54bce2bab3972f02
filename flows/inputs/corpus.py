"""Plain text: the standard library's docstrings, or a file of RANKCHECK_CORPORA."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.dataset import Corpus
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.names import UnknownNameError
from flows.corpora import docstrings
from flows.corpora.lines import read_lines
from flows.datasets.known import Summary, file_identity, remembered

if TYPE_CHECKING:
    from flows.inputs import InputPlace

SUFFIXES = (".txt", ".txt.gz")
_FORMAT = 1


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a corpus."""
    return _summary(ref, place).digest


def load(ref: DatasetRef, place: InputPlace) -> Corpus:
    """Read a corpus.

    Raises:
        DatasetError: There is none of that name, or it is no text.
    """
    _whole(ref)
    if ref.task == docstrings.NAME:
        documents = docstrings.docstrings()
        return Corpus(
            name=ref.task,
            documents=documents,
            digest=_digest(documents),
            source=docstrings.source(),
            language="en",
            licence=docstrings.LICENCE,
        )
    path = _find(ref.task, place.settings.corpora)
    documents = read_lines(path)
    return Corpus(ref.task, documents, _digest(documents), source=path.name)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a corpus; its counts are left out where it cannot be read (any more)."""
    try:
        found = _summary(ref, place)
    except DatasetError:
        found = None
    same = found is not None and found.digest == digest
    bundled = ref.task == docstrings.NAME
    return DatasetRow(
        dataset_digest=digest,
        task=ref.task,
        language="en" if bundled else None,
        source=docstrings.source() if bundled else None,
        row_count=found.rows if found is not None and same else None,
        sentence_count=found.distinct if found is not None and same else None,
        licence=docstrings.LICENCE if bundled else None,
    )


def names(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the corpora that are there, sorted."""
    found = {docstrings.NAME}
    for folder in folders:
        for suffix in SUFFIXES:
            found.update(path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    return tuple(sorted(found))


def _summary(ref: DatasetRef, place: InputPlace) -> Summary:
    _whole(ref)
    path = None if ref.task == docstrings.NAME else _find(ref.task, place.settings.corpora)

    def key() -> str | None:
        identity = docstrings.identity() if path is None else file_identity(path)
        return None if identity is None else json.dumps(["corpus", _FORMAT, *identity])

    def read() -> Summary:
        corpus = load(ref, place)
        count, distinct = len(corpus.documents), len(set(corpus.documents))
        return Summary(corpus.digest, count, distinct, count - distinct)

    return remembered(place.digests, key, read)


def _find(name: str, folders: Iterable[Path]) -> Path:
    folders = tuple(folders)
    # The name becomes part of a path, which must not leave the folder.
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise DatasetError(f"{name!r} is no name of a corpus: letters, digits, _ . -")
    for folder in folders:
        if not folder.is_dir():
            raise DatasetError(
                f"the folder {folder} is not there: correct RANKCHECK_CORPORA, which lists "
                "folders separated by ':'"
            )
        for suffix in ("", *SUFFIXES):
            path = folder / f"{name}{suffix}"
            if path.name.endswith(SUFFIXES) and path.is_file():
                return path
    unknown = UnknownNameError("corpus", name, names(folders))
    raise DatasetError(f"{unknown}; files are looked for in the folders of RANKCHECK_CORPORA")


def _whole(ref: DatasetRef) -> None:
    if ref.split is not None:
        raise DatasetError(f"{ref.task} is one text without splits, so not {ref.split!r}")


def _digest(documents: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(documents).encode()).hexdigest()
