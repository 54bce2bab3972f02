"""Corpora: the docstrings of the standard library and text files, good and bad."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from db.settings import Settings
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows import inputs
from flows.inputs import InputPlace, corpus, known_digests
from flows.inputs.corpus import read_lines


def ref(name, split=None):
    return DatasetRef(name, split, "corpus")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(known_digests, "_SETTLED_NS", 0)
    folder = tmp_path / "corpora"
    folder.mkdir()
    return InputPlace(Settings(corpora=(folder,)), tmp_path / "digests.json")


@pytest.fixture
def folder(place):
    return place.settings.corpora[0]


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A small standard library, so that the real one is parsed once in these tests."""
    root = tmp_path / "lib"
    for name in ("b/c.py", "a.py", "broken.py", "site-packages/x.py", "test/y.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "a.py").write_text(
        '"""Module\n\n  text."""\ndef f():\n  "Of f \\\\d."\n  class C:\n    """Of C"""\n'
    )
    (root / "b" / "c.py").write_text('class D:\n  """Of D"""\ndef g(): pass\n""" no docstring """')
    (root / "broken.py").write_text("def (:")
    for left_out in ("site-packages/x.py", "test/y.py"):
        (root / left_out).write_text('"""left out"""')
    monkeypatch.setattr(corpus, "library", lambda: root)
    return root


def test_docstrings_are_read_by_path_and_depth_and_nothing_else(library, place):
    found = inputs.load(ref("python-docstrings"), place)
    assert found.documents == ("Module text.", "Of f \\d.", "Of C", "Of D")
    assert found.digest == hashlib.sha256(b"Module text.\nOf f \\d.\nOf C\nOf D").hexdigest()
    assert (found.language, found.licence) == ("en", "PSF-2.0")
    assert str(library) not in found.source


def test_the_real_library_holds_a_text():
    # One package of it: all of it takes seconds.
    found = corpus.docstrings(corpus.library() / "asyncio")
    assert len(found) > 300
    assert not any("\n" in line for line in found)


def test_a_library_without_docstrings_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"no docstring in .* RANKCHECK_CORPORA"):
        corpus.docstrings(tmp_path)


@pytest.mark.parametrize("name", ["abc", "abc.txt"])
def test_lines_of_a_file_are_documents(place, folder, name):
    (folder / "abc.txt").write_bytes("\ufeffone two\r\n\n  三 \u2028x\n".encode())
    found = inputs.load(ref(name), place)
    assert found.documents == ("one two", "三 \u2028x")
    assert (found.name, found.source, found.licence) == (name, "abc.txt", None)
    assert inputs.digest(ref(name), place) == found.digest


def test_a_gzipped_file_has_the_digest_of_its_text(place, folder):
    (folder / "a.txt").write_text("x y\nz\n")
    (folder / "b.txt.gz").write_bytes(gzip.compress(b"x y\nz\n"))
    assert inputs.digest(ref("a"), place) == inputs.digest(ref("b"), place)
    assert corpus.names([folder]) == ("a", "b", "python-docstrings")


def test_an_unchanged_file_is_read_once_and_a_changed_one_again(place, folder, monkeypatch):
    path = folder / "a.txt"
    path.write_text("x y\n")
    reads = []
    monkeypatch.setattr(corpus, "read_lines", lambda p: reads.append(p) or read_lines(p))
    first = inputs.digest(ref("a"), place)
    assert inputs.digest(ref("a"), place) == first
    assert inputs.row(ref("a"), first, place).row_count == 1
    assert len(reads) == 1
    path.write_text("x z\nx z\n")
    second = inputs.digest(ref("a"), place)
    assert second != first
    row = inputs.row(ref("a"), second, place)
    assert (row.row_count, row.sentence_count, row.task) == (2, 1, "a")
    assert inputs.row(ref("a"), first, place).row_count is None


def test_the_library_is_parsed_once(library, place, monkeypatch):
    first = inputs.digest(ref("python-docstrings"), place)
    monkeypatch.setattr(corpus, "docstrings", lambda: pytest.fail("parsed again"))
    assert inputs.digest(ref("python-docstrings"), place) == first
    row = inputs.row(ref("python-docstrings"), first, place)
    assert (row.row_count, row.language, row.licence) == (4, "en", "PSF-2.0")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"good\nbad \xff\n", r"a\.txt, line 2: not UTF-8"),
        ("a.txt", b"", "contains no text"),
        ("a.txt", b" \n\t\n", "contains no text"),
        ("a.txt.gz", b"plain", "truncated or not gzip"),
        ("a.txt.gz", gzip.compress(b"x" * 9999, mtime=0)[:-9], "truncated or not gzip"),
        ("a.txt.gz", b"", "contains no text"),
    ],
)
def test_a_file_that_is_no_text_is_named(place, folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        inputs.load(ref("a"), place)
    with pytest.raises(DatasetError, match=message):
        inputs.digest(ref("a"), place)


def test_what_unpacks_beyond_the_bound_is_refused_while_unpacking(tmp_path):
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(bytes(8 << 20)))
    assert path.stat().st_size < 10_000
    with pytest.raises(DatasetError, match="more than 2,097,152 bytes of text"):
        read_lines(path, most=2 << 20)


@pytest.mark.parametrize("name", ["../abc", "/etc/passwd", "", ".hidden", "a/b", "a\n"])
def test_a_name_cannot_leave_the_folder(place, name):
    with pytest.raises(DatasetError, match="is not a corpus name"):
        inputs.load(ref(name), place)


def test_an_unknown_name_is_answered_with_the_nearest(place, folder, tmp_path):
    (folder / "english.txt").write_text("x")
    with pytest.raises(DatasetError, match=r"unknown corpus 'englsh': did you mean 'english'\?"):
        inputs.digest(ref("englsh"), place)
    (folder / "folder.txt").mkdir()
    with pytest.raises(DatasetError, match="unknown corpus 'folder'"):
        inputs.load(ref("folder"), place)
    with pytest.raises(DatasetError, match="without splits, so it has no 'train'"):
        inputs.load(ref("english", "train"), place)
    gone = InputPlace(Settings(corpora=(tmp_path / "gone",)))
    with pytest.raises(DatasetError, match="correct RANKCHECK_CORPORA"):
        inputs.load(ref("english"), gone)
