"""Parse the sources of checkpoints, and define the result of a pull."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl

from evaluators.checkpoint.paths import validate_inside
from evaluators.errors import CheckpointError
from evaluators.names import validate_known
from evaluators.small_bert.make import Size

Scheme = Literal["hf", "file", "package", "small-bert", "url"]

SCHEMES = ("hf", "file", "package", "small-bert")
"""The schemes that rankcheck implements; fsspec opens any other."""

_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


@dataclass(frozen=True)
class Source:
    """A parsed source.

    Attributes:
        text: The URL, without a password.
        scheme: `url` is everything that fsspec opens.
        location: Repository id, absolute path, `module/path`, what follows `small-bert://`, or the
            whole URL.
        revision: Branch, tag or commit on the hub; None elsewhere.
    """

    text: str
    scheme: Scheme
    location: str
    revision: str | None = None

    @property
    def pinned(self) -> bool:
        """Return whether the revision is a commit, which never changes."""
        return self.revision is not None and bool(_COMMIT.fullmatch(self.revision))

    @property
    def local(self) -> bool:
        """Return whether it is used in place, without a copy."""
        return self.scheme in ("file", "package")


def is_commit(text: str) -> bool:
    """Return whether a text is a full commit of 40 hexadecimal digits."""
    return bool(_COMMIT.fullmatch(text))


def parse(text: str) -> Source:
    """Parse the source of a checkpoint.

    Args:
        text: `hf://org/name@revision` (by default `main`), `file:///path`,
            `package://module/path`, `small-bert://4x256?seed=0`, or any URL that fsspec opens.

    Raises:
        CheckpointError: It is none of these, or its path leads outside the source.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or not scheme:
        raise CheckpointError(
            f"{text!r} is not a checkpoint source. Write hf://org/name@revision, file:///path, "
            "package://module/path, small-bert://4x256 or a URL that fsspec opens."
        )
    if scheme == "hf":
        return _hub(text, rest)
    if scheme == "file":
        if not Path(rest).is_absolute():
            raise CheckpointError(f"{text!r}: file:// needs an absolute path, as in file:///path")
        return Source(text, "file", rest)
    if scheme == "small-bert":
        small_bert_of(rest)
        return Source(text, "small-bert", rest)
    if scheme == "package":
        module, _, _ = validate_inside(rest, said_by=text).partition("/")
        # A dotted name would import the packages above it, which runs their code.
        if not module.isidentifier():
            raise CheckpointError(f"{text!r}: {module!r} is not the name of a top-level package")
        return Source(text, "package", rest)
    return Source(_PASSWORD.sub(r"\1:***@", text), "url", text)


def _hub(text: str, rest: str) -> Source:
    repository, _, revision = rest.partition("@")
    revision = revision or "main"
    names = f"{repository}/{revision}"
    if (
        not _REPOSITORY.fullmatch(repository)
        or not _REVISION.fullmatch(revision)
        or ".." in names
        or "--" in repository
        or rest.endswith("@")
    ):
        raise CheckpointError(
            f"{text!r}: write hf://org/name@revision; the revision is a branch, a tag or a commit "
            "of 40 digits"
        )
    return Source(text, "hf", repository, revision)


_SIZE = re.compile(r"(\d{1,2})x(\d{1,4})/?")
_NUMBERS = ("heads", "positions", "seed", "steps")
STEPS = 1000


class SmallBert(NamedTuple):
    """What a `small-bert://` source asks for.

    Attributes:
        size: Of the model.
        corpus: Corpus of its masked language modelling; empty: its weights stay random.
        steps: Steps of that.
    """

    size: Size
    corpus: str = ""
    steps: int = STEPS


def small_bert_of(location: str) -> SmallBert:
    """Parse the location of a `small-bert://` source: layers x width, options.

    Raises:
        CheckpointError: It is not a size.
        UnknownNameError: No such option; the message gives the nearest one.
    """
    shape, _, query = location.partition("?")
    match = _SIZE.fullmatch(shape)
    options = dict(parse_qsl(query, keep_blank_values=True))
    validate_known("option of small-bert", options, (*_NUMBERS, "pretrain"))
    corpus = options.pop("pretrain", None)
    numbers = {key: int(value) for key, value in options.items() if value.isdecimal()}
    if match is None or len(numbers) < len(options) or corpus == "":
        raise CheckpointError(
            f"small-bert://{location} is not a size: write <layers>x<width> in whole numbers,"
            " and a corpus after pretrain=, such as"
            " small-bert://4x256?seed=0 or small-bert://2x128?pretrain=my-corpus&steps=1000"
        )
    steps = numbers.pop("steps", None)
    if (steps is not None and corpus is None) or steps == 0:
        raise CheckpointError(
            f"small-bert://{location}: steps must be at least 1, and are those of pretrain=CORPUS"
        )
    hidden = int(match[2])
    size = Size(int(match[1]), hidden, **{"heads": max(1, hidden // 64), **numbers})
    return SmallBert(size, corpus or "", steps or STEPS)


class SourceUnreachable(CheckpointError):  # noqa: N818  # a state of the world, not of the code
    """The source of a checkpoint cannot be reached; a `fallback` may be used instead."""


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint on this machine.

    Attributes:
        name: Its name in the plan.
        source: The source that was used: the plan's source, or its fallback.
        requested_source: The plan's source.
        requested_revision: Branch, tag or commit of the source that was used; None if it has none.
        resolved_revision: The commit of 40 hexadecimal digits; None as above.
        folder: Its local folder.
        digest: Its identity; see `evaluators.checkpoint.files.checkpoint_digest`.
        weights_sha256: SHA-256 of its weights; see `evaluators.checkpoint.files`.
        bytes: Size of the files that were digested.
        fallback_used: Whether `source` is the fallback.
        note: Why its commit is not the requested one; empty if it is.
        here: Whether its files are on this machine; an estimate also plans with others.
    """

    name: str
    source: str
    requested_source: str
    requested_revision: str | None
    resolved_revision: str | None
    folder: Path
    digest: str
    weights_sha256: str
    bytes: int
    fallback_used: bool = False
    note: str = ""
    here: bool = True
