"""Use the hub's client with our address, protocol and retries."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from evaluators.checkpoint.names import PICKLED_INDEX, is_needed
from evaluators.checkpoint.paths import validate_inside
from evaluators.checkpoint.verify import is_pickled
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints.source import Source, SourceUnreachable, is_commit
from flows.checkpoints.watch import SourceStalled, watched, within
from flows.hub_errors import OFFLINE, Asked, meaning

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo, RepoSibling
    from tqdm.auto import tqdm

Answer = TypeVar("Answer")


def endpoint() -> str:
    """Return the hub's address from `HF_ENDPOINT`, which may change after the import."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def prefer_plain_http() -> None:
    """Disable Xet unless the user enables it with HF_HUB_DISABLE_XET=0.

    Xet fetches from its own hosts, so it bypasses a mirror named by HF_ENDPOINT, and fails behind
    one that repeats the hub's headers. Plain HTTP gives the same bytes up to 50 GB per file.
    """
    from huggingface_hub import constants

    if "HF_HUB_DISABLE_XET" not in os.environ:
        constants.HF_HUB_DISABLE_XET = True


def quiet_tqdm() -> type[tqdm]:
    """Return a tqdm that shows nothing; `watched` reports the progress."""
    from tqdm.auto import tqdm

    class Quiet(tqdm):  # type: ignore[misc] # tqdm has no types
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

    return Quiet


CONNECT_TIMEOUT = 4.0  # seconds for one answer about a repository
DEADLINE = 10.0  # seconds for all attempts at that answer
PAUSES = (0.3, 1.0)  # seconds before the second and the third attempt
STALL = 600.0  # seconds without a byte; long, because the client writes in steps of 10 MB
_TRUE = ("1", "ON", "YES", "TRUE")


class RemoteFile(NamedTuple):
    """A file as the hub describes it; a hash is None if the hub states none."""

    path: str
    size: int
    sha256: str | None
    git_blob: str | None


@dataclass(frozen=True)
class Snapshot:
    """One commit of a repository.

    Attributes:
        repository: `org/name`.
        commit: The commit of 40 hexadecimal digits.
        files: The files that a checkpoint needs.
        pickled: Its pickled weights and their index, which are never pulled for a plan.
        note: Why it is another commit than the requested one; empty if it is that one.
    """

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]
    pickled: tuple[RemoteFile, ...] = ()
    note: str = ""

    @property
    def has_safetensors(self) -> bool:
        """Return whether the weights can be read without unpickling.

        Those of a module in a subfolder do not replace pickled ones of the checkpoint itself.
        """
        safe = [file.path for file in self.files if file.path.endswith(".safetensors")]
        pickled = any("/" not in file.path for file in self.pickled)
        return any("/" not in path for path in safe) or (bool(safe) and not pickled)


def describe(source: Source) -> Snapshot:
    """Ask the hub for the commit and the files of a revision.

    Raises:
        SourceUnreachable: The hub does not answer in time, or is out of order.
        CheckpointError: There is no such repository, revision or permission; or a file name leads
            outside the folder.
    """
    info = ask(source, lambda api: _model_info(api, source))
    files = tuple(_remote_file(sibling, source.text) for sibling in info.siblings or ())
    needed = tuple(sorted(file for file in files if is_needed(file.path)))
    commit = str(info.sha)
    if not is_commit(commit):
        raise CheckpointError(
            f"{source.text}: {endpoint()} must answer with a commit, got {info.sha!r}"
        )
    pickled = tuple(
        sorted(f for f in files if is_pickled(f.path) or f.path.endswith(PICKLED_INDEX))
    )
    return Snapshot(source.location, commit, needed, pickled)


def download(
    snapshot: Snapshot,
    files: Iterable[RemoteFile],
    folder: Path,
    *,
    source: Source,
    progress: Progress | None = None,
) -> None:
    """Fetch the files of a snapshot that a folder does not have yet.

    After a broken connection, the download resumes; complete files are not fetched again.

    Raises:
        SourceUnreachable: The hub stops answering.
        CheckpointError: It refuses a file, or the disk is full.
    """
    from huggingface_hub import snapshot_download

    files = list(files)

    def work() -> None:
        try:
            snapshot_download(
                snapshot.repository,
                revision=snapshot.commit,
                local_dir=folder,
                allow_patterns=[glob.escape(file.path) for file in files],
                endpoint=endpoint(),
                max_workers=4,
                tqdm_class=quiet_tqdm(),
            )
        except Exception as error:
            raise _checkpoint_error(error, source, _alternatives()) from error

    total = sum(file.size for file in snapshot.files)
    for pause in (*PAUSES, None):
        try:
            watched(work, folder, what=source.text, total=total, stall=STALL, progress=progress)
            return
        except SourceUnreachable as error:
            # The client itself resumes after a timeout or an early end, but neither after a reset
            # connection nor after an error of the CDN.
            if pause is None or isinstance(error, SourceStalled):
                raise
            time.sleep(pause)


def ask(source: Source, question: Callable[[HfApi], Answer]) -> Answer:
    """Ask the hub about a repository, in time and with retries.

    Raises:
        SourceUnreachable: The hub does not answer in time, is out of order, or must not be used.
        CheckpointError: It refuses.
    """
    if any(
        os.environ.get(v, "").upper() in _TRUE for v in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    ):
        raise SourceUnreachable(f"{source.text}: {OFFLINE}. {_alternatives()}")
    prefer_plain_http()  # imports the client, which must not count towards the deadline
    try:
        what = f"{source.text} at {endpoint()}"
        return within(DEADLINE, lambda: _answer(source, question), what=what)
    except SourceUnreachable as error:
        raise SourceUnreachable(f"{str(error).rstrip('. ')}. {_alternatives()}") from error


def _answer(source: Source, question: Callable[[HfApi], Answer]) -> Answer:
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint())
    for pause in (*PAUSES, None):
        try:
            return question(api)
        except Exception as error:
            explained = _checkpoint_error(error, source)
            if pause is None or not isinstance(explained, SourceUnreachable):
                raise explained from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _model_info(api: HfApi, source: Source) -> ModelInfo:
    return api.model_info(
        source.location, revision=source.revision, files_metadata=True, timeout=CONNECT_TIMEOUT
    )


def _checkpoint_error(error: Exception, source: Source, hint: str = "") -> CheckpointError:
    """Return the error to raise instead of one of the client's.

    Args:
        error: The error of the client.
        source: The requested source.
        hint: What to do if the hub cannot be reached.
    """
    request = Asked(endpoint(), source.location, source.revision, "beside the store")
    explanation = meaning(error, request)
    if explanation.unreachable:
        return SourceUnreachable(f"{source.text}: {explanation.text}. {hint}".strip())
    return CheckpointError(f"{source.text}: {explanation.text}")


def _remote_file(sibling: RepoSibling, said_by: str) -> RemoteFile:
    path = validate_inside(sibling.rfilename, said_by=f"the listing of {said_by}")
    lfs = sibling.lfs
    return RemoteFile(
        path,
        int((lfs.size if lfs else sibling.size) or 0),
        lfs.sha256 if lfs else None,
        None if lfs else sibling.blob_id,
    )


def _alternatives() -> str:
    return (
        "Use a local checkpoint (file:///path or package://module/path) as source or "
        "fallback, or set HF_ENDPOINT to a mirror that can be reached."
    )
