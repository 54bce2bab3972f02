"""Load training text: Python's own docstrings, or a file of RANKCHECK_CORPORA."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import platform
import re
import sys
import sysconfig
import warnings
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.names import UnknownNameError
from flows.inputs.known_digests import Summary, file_identity, remembered

if TYPE_CHECKING:
    from evaluators.dataset import Corpus
    from flows.inputs import InputPlace


NAME = "python-docstrings"
LICENCE = "PSF-2.0"
# Some installations lack the tests, and installed packages are not part of the standard library.
_LEFT_OUT = frozenset(
    {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_WITH_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def library() -> Path:
    """Return the folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def identity() -> list[str]:
    """Return the identity of the text: the interpreter's build and its location."""
    return [NAME, sys.version, str(library())]


def source() -> str:
    """Return the description of the text's source."""
    return f"docstrings of the standard library of Python {platform.python_version()}"


def docstrings(folder: Path | None = None) -> tuple[str, ...]:
    """Return every docstring as one line, ordered by module path and depth.

    The files are parsed, never imported or run. One that cannot be parsed is left out.

    Raises:
        DatasetError: There is none, for example because the library is in an archive.
    """
    folder = folder or library()
    documents = _all_docstrings(folder)
    if not documents:
        raise DatasetError(
            f"no docstring in {folder}: name a text file of RANKCHECK_CORPORA instead"
        )
    return documents


@cache  # a plan run needs them for the digest and again for the evaluation
def _all_docstrings(folder: Path) -> tuple[str, ...]:
    return tuple(_docstrings_in(folder))


def _docstrings_in(folder: Path) -> Iterator[str]:
    paths: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = set(folders) - _LEFT_OUT
        paths += [Path(place, file) for file in files if file.endswith(".py")]
    for path in sorted(paths, key=Path.as_posix):
        yield from _of_module(path)


def _of_module(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return
    for node in _statements(tree):
        if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node, clean=False)):
            line = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
            if line:
                yield line


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield a module and its statements in the order of `ast.walk`, without their expressions."""
    ahead: deque[ast.AST] = deque([tree])
    while ahead:
        node = ahead.popleft()
        ahead.extend(
            child for child in ast.iter_child_nodes(node) if isinstance(child, _WITH_STATEMENTS)
        )
        yield node


MOST_BYTES = 1 << 30
_CHUNK = 1 << 20


def read_lines(path: Path, most: int = MOST_BYTES) -> tuple[str, ...]:
    """Return the lines that are not blank, stripped of surrounding white space.

    Args:
        path: A `.txt` or a `.txt.gz` file.
        most: Largest number of bytes of text.

    Raises:
        DatasetError: The file cannot be read, is damaged, too large, not UTF-8, or blank.
    """
    try:
        raw = _bytes(path, most)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{path} is truncated or not gzip ({error}): fetch it again") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{path}, line {line}: not UTF-8; convert the file to UTF-8") from error
    lines = tuple(stripped for line in text.split("\n") if (stripped := line.strip()))
    if not lines:
        raise DatasetError(f"{path} contains no text: give a file with words in it")
    return lines


def _bytes(path: Path, most: int) -> bytes:
    chunks, size = [], 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            # A few packed kilobytes may unpack to any size, so it is bounded while unpacking.
            if size > most:
                raise DatasetError(
                    f"{path} holds more than {most:,} bytes of text: cut it into smaller files"
                )
            chunks.append(chunk)
    return b"".join(chunks)


SUFFIXES = (".txt", ".txt.gz")
_FORMAT = 1


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a corpus."""
    return _summary(ref, place).digest


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return True: a corpus is never downloaded."""
    return True


def load(ref: DatasetRef, place: InputPlace) -> Corpus:
    """Read a corpus.

    Raises:
        DatasetError: There is none of that name, or it is not text.
    """
    from evaluators.dataset import Corpus

    _validate_no_split(ref)
    if ref.task == NAME:
        documents = docstrings()
        return Corpus(
            name=ref.task,
            documents=documents,
            digest=_digest(documents),
            source=source(),
            language="en",
            licence=LICENCE,
        )
    path = _find(ref.task, place.settings.corpora)
    documents = read_lines(path)
    return Corpus(ref.task, documents, _digest(documents), source=path.name)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a corpus for the store, without counts if it can no longer be read."""
    try:
        facts = _summary(ref, place)
    except DatasetError:
        facts = None
    same = facts is not None and facts.digest == digest
    bundled = ref.task == NAME
    return DatasetRow(
        dataset_digest=digest,
        task=ref.task,
        language="en" if bundled else None,
        source=source() if bundled else None,
        row_count=facts.rows if facts is not None and same else None,
        sentence_count=facts.distinct if facts is not None and same else None,
        licence=LICENCE if bundled else None,
    )


def names(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the available corpora, sorted."""
    known = {NAME}
    for folder in folders:
        for suffix in SUFFIXES:
            known.update(path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    return tuple(sorted(known))


def _summary(ref: DatasetRef, place: InputPlace) -> Summary:
    _validate_no_split(ref)
    path = None if ref.task == NAME else _find(ref.task, place.settings.corpora)

    def key() -> str | None:
        parts = identity() if path is None else file_identity(path)
        return None if parts is None else json.dumps(["corpus", _FORMAT, *parts])

    def read() -> Summary:
        corpus = load(ref, place)
        count, distinct = len(corpus.documents), len(set(corpus.documents))
        return Summary(corpus.digest, count, distinct, count - distinct)

    return remembered(place.digests, key, read)


def _find(name: str, folders: Iterable[Path]) -> Path:
    folders = tuple(folders)
    # The name becomes part of a path, which must not leave the folder.
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise DatasetError(f"{name!r} is not a corpus name: use letters, digits, _ . -")
    for folder in folders:
        if not folder.is_dir():
            raise DatasetError(
                f"the folder {folder} does not exist: correct RANKCHECK_CORPORA, which lists "
                "folders separated by ':'"
            )
        for suffix in ("", *SUFFIXES):
            path = folder / f"{name}{suffix}"
            if path.name.endswith(SUFFIXES) and path.is_file():
                return path
    unknown = UnknownNameError("corpus", name, names(folders))
    raise DatasetError(f"{unknown}; files are looked for in the folders of RANKCHECK_CORPORA")


def _validate_no_split(ref: DatasetRef) -> None:
    if ref.split is not None:
        raise DatasetError(f"{ref.task} is one text without splits, so it has no {ref.split!r}")


def _digest(documents: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(documents).encode()).hexdigest()
