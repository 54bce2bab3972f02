"""The checks of `rankcheck doctor`: one small function each; all of them are run.

To add a check, write a function of the settings that yields findings, and add it to `CHECKS`. An
error that it raises becomes a finding, and passwords are removed from every finding.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from db.disk import nearest_existing
from db.settings import Settings

HUB_WAIT = 5.0
"""How long the hub may take to answer, in seconds."""

_ENOUGH = 2.0  # GiB
_TRUE = ("1", "ON", "YES", "TRUE")


class Finding(NamedTuple):
    """The result of one check.

    Attributes:
        level: `ok`; `note` for information; or `BAD` for a problem that must be fixed.
        what: The subject of the check.
        found: The state of the subject.
        remedy: What to do about a problem.
    """

    level: Literal["ok", "note", "BAD"]
    what: str
    found: str
    remedy: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(chosen: Settings) -> Iterator[Finding]:
    """Run every check and yield the findings."""
    texts: set[str] = set()
    for check in CHECKS:
        try:
            for finding in check(chosen):
                yield _without_secrets(finding, chosen)
        except Exception as error:  # a check that fails is a finding too
            what = check.__name__.strip("_").replace("_", " ")
            text = f"{type(error).__name__}: {error}"
            found = f"{type(error).__name__}, as above" if text in texts else text
            texts.add(text)
            remedy = "the check failed: fix the cause of this error and run doctor again"
            yield _without_secrets(Finding("BAD", what, found, remedy), chosen)


def _python(chosen: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _judge(sys.version_info >= (3, 11), "Python", version, "install Python 3.11 or newer")


def _libraries(chosen: Settings) -> Iterator[Finding]:
    from flows.runs.environment import environment

    for library, version in environment().libraries.items():
        if library != "python":
            yield _judge(
                version != "absent",
                library,
                version,
                "install rankcheck again, in a checkout with: make run",
            )


def _gpu(chosen: Settings) -> Iterator[Finding]:
    from flows.runs.environment import environment

    gpus = "; ".join(environment().accelerators.values())
    yield Finding("ok", "GPU", gpus or "none: evaluations run on the CPU")


def _device(chosen: Settings) -> Iterator[Finding]:
    """Compute with a tiny tensor, as a device that torch knows may not work."""
    import torch

    default = "cuda" if torch.cuda.is_available() else "cpu"
    name = chosen.device or default
    try:
        works = float(torch.ones(2, device=name).sum()) == 2
        problem = "a test computation gave a wrong result"
    except Exception as error:  # each device has exceptions of its own
        works = False
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
    if works:
        yield Finding("ok", "device", name if chosen.device else f"{name} (not set)")
    else:
        remedy = f"set RANKCHECK_DEVICE to a device that works here, such as {default}, or unset it"
        yield Finding("BAD", "device", f"RANKCHECK_DEVICE is {name!r}: {problem}", remedy)


def _store(chosen: Settings) -> Iterator[Finding]:
    from db import open_store
    from db.errors import StoreError
    from db.health import health

    place = "RANKCHECK_STORE"  # not the URL itself, which may hold a password
    try:
        store = open_store(chosen.store)
        place = store.place
        if not store.exists():
            yield Finding("ok", "store", f"{place}: does not exist yet; `rankcheck run` creates it")
            return
        report = health(store)
    except StoreError as error:
        yield Finding("BAD", "store", place, str(error))
        return
    problems = "; ".join(report.problems)
    yield _judge(not problems, "store", place, f"{problems}: `rankcheck db check` lists them")


def _log(chosen: Settings) -> Iterator[Finding]:
    from db.engines.wal import copies, copy_sentence, logs_beside, validate_log
    from db.errors import StoreError
    from db.url import FileUrl, parse

    url = parse(chosen.store)
    if not isinstance(url, FileUrl):
        return
    logs = logs_beside(url.path)
    if logs and not url.path.exists():
        remedy = "put the store back beside it, or move the log away: it blocks a new store"
        yield Finding(
            "BAD", "write-ahead log", f"{logs[0]} exists, but its store is missing", remedy
        )
        return
    for copy in copies(url.path):
        yield Finding("note", "copy of a log", copy_sentence(copy))
    try:
        for log in validate_log(url.path, str(url.path)):
            yield Finding("note", "write-ahead log", log.sentence())
    except StoreError as error:
        yield Finding("BAD", "write-ahead log", str(logs[0]), str(error))
        return
    for path in logs:
        found = f"{path} will be replayed when the store is opened, and merged by the next write"
        yield Finding("note", "write-ahead log", found)
    if not logs:
        yield Finding("ok", "write-ahead log", "none")


def _leftovers(chosen: Settings) -> Iterator[Finding]:
    """Find files that a killed process left incomplete."""
    home = _home(chosen)
    paths = sorted(path for end in ("new", "restoring") for path in home.glob(f"*.{end}"))
    for path in paths:
        remedy = "delete it, unless a backup or restore is running"
        yield Finding("note", "leftover file", f"{path} is incomplete", remedy)


def _space(chosen: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(nearest_existing(_home(chosen))).free / 2**30
    yield _judge(
        free > _ENOUGH,
        "free space beside the store",
        f"{free:.1f} GiB",
        "make room, or prune checkpoints: rankcheck checkpoints prune --max-gb 10",
    )


def _data(chosen: Settings) -> Iterator[Finding]:
    yield from _folders("RANKCHECK_DATA", chosen.data, "not set: datasets come from the hub")


def _corpora(chosen: Settings) -> Iterator[Finding]:
    yield from _folders("RANKCHECK_CORPORA", chosen.corpora, "not set")


def _checkpoints(chosen: Settings) -> Iterator[Finding]:
    from flows.runs.places import places

    folder = places(chosen.store).checkpoints
    try:
        with tempfile.TemporaryFile(dir=nearest_existing(folder)) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        remedy = "make the folder writable, or make room: no checkpoint can be pulled"
        yield Finding("BAD", "checkpoints", f"{folder}: {error.strerror}", remedy)
    else:
        yield Finding("ok", "checkpoints", f"{folder} can be written")


def _hub(chosen: Settings) -> Iterator[Finding]:
    from flows.checkpoints.hub import endpoint

    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(name, "").upper() in _TRUE:
            yield Finding("note", "hub", f"{name} is set: {_HERE}")
            return
    address = endpoint()
    problem = _ask(address)
    if not problem:
        yield Finding("ok", "hub", f"{address} answers")
    elif os.environ.get("HF_ENDPOINT"):
        remedy = "correct or unset HF_ENDPOINT, or start the server at that address"
        yield Finding("BAD", "hub", f"HF_ENDPOINT is {address}: {problem}", remedy)
    else:
        yield Finding("note", "hub", f"{address}: {problem}; {_HERE}")


def _prefect(chosen: Settings) -> Iterator[Finding]:
    from flows.operations.prefect_api import PrefectUnreachable, api_url, ask

    try:
        server = ask(api_url())
    except PrefectUnreachable as error:
        if os.environ.get("PREFECT_API_URL"):
            remedy = (
                "start it (python -m flows.schedule, or its service), or correct PREFECT_API_URL"
            )
            yield Finding("BAD", "Prefect", str(error), remedy)
        else:
            yield Finding(
                "note",
                "Prefect",
                f"{error}: nothing is scheduled; start a server with python -m flows.schedule",
            )
        return
    yield Finding("ok", "Prefect", f"{server.url} answers")
    if server.workers:
        yield Finding("ok", "worker", f"online: {', '.join(server.workers)}")
    active = [each for each in server.deployments if each.scheduled and not each.paused]
    if active:
        due = [each.next_due for each in active if each.next_due]
        following = f"; the next is due at {min(due):%Y-%m-%d %H:%M} UTC" if due else ""
        yield Finding("ok", "schedules", f"{len(active)} deployments{following}")
    for problem in server.problems():
        found, _, remedy = problem.partition(": ")
        what = "schedules" if "deployment" in found else "worker"
        yield Finding("BAD", what, found, remedy)


def _last_success(chosen: Settings) -> Iterator[Finding]:
    """Find that no plan run completes; a store without any plan run is new."""
    from db import open_store
    from flows.operations.overdue import age, reports

    ended = reports(open_store(chosen.store))
    last = age(ended)
    if not ended:
        yield Finding("note", "last success", "no plan run has ended here yet")
        return
    remedy = "see what failed with: rankcheck status; run the plan again with: rankcheck run PLAN"
    yield _judge(not last.overdue, "last success", last.sentence(), remedy)


def _events(chosen: Settings) -> Iterator[Finding]:
    """Find that the log of events cannot be written, which plan runs do not tell."""
    if chosen.log is None:
        yield Finding("ok", "RANKCHECK_LOG", "not set: no events are written")
        return
    folder = chosen.log.absolute().parent
    writable = os.access(chosen.log if chosen.log.exists() else folder, os.W_OK)
    good = folder.is_dir() and writable and not chosen.log.is_dir()
    remedy = "correct it, or make the folder and let it be written: events are lost"
    yield _judge(good, "RANKCHECK_LOG", str(chosen.log), remedy)


def _messages(chosen: Settings) -> Iterator[Finding]:
    from flows.operations.notify import outbox, problems

    if not chosen.notify:
        remark = "RANKCHECK_NOTIFY is not set: no message is sent when a plan run fails"
        yield Finding("note", "messages", remark)
        return
    notify_problems = problems(chosen)
    for problem in notify_problems:
        yield Finding("BAD", "messages", problem, "correct RANKCHECK_NOTIFY")
    if not notify_problems:
        count = len(chosen.notify)
        yield Finding(
            "ok",
            "messages",
            f"RANKCHECK_NOTIFY: {count} URL{'' if count == 1 else 's'} valid; test them with"
            " rankcheck notify --test",
        )
    waiting = len(list(outbox(chosen).glob("*.json")))
    if waiting:
        yield Finding("note", "messages", f"{waiting} waiting to be delivered")


CHECKS: tuple[Check, ...] = (
    _python,
    _libraries,
    _gpu,
    _device,
    _store,
    _log,
    _leftovers,
    _space,
    _data,
    _corpora,
    _checkpoints,
    _hub,
    _prefect,
    _last_success,
    _messages,
    _events,
)

_HERE = "only local datasets and checkpoints can be used"


def _ask(address: str) -> str:
    """Return why the hub cannot be used, or an empty text if it answers."""
    from huggingface_hub.utils import get_session  # type: ignore[attr-defined]

    from flows.checkpoints.watch import within

    # Name resolution ignores the client's timeout, so the whole request has another one.
    try:
        answer = within(
            HUB_WAIT + 1, lambda: get_session().head(address, timeout=HUB_WAIT), what=address
        )
    except Exception as error:  # the client has many exceptions
        return f"cannot be reached ({type(error).__name__}: {error})"
    # A blocking proxy answers 403 or 407; a mirror may have no front page, and answer 404.
    refused = answer.status_code in (403, 407) or answer.status_code >= 500
    return f"answers with status {answer.status_code}" if refused else ""


def _judge(good: bool, what: str, found: str, remedy: str) -> Finding:
    return Finding("ok", what, found) if good else Finding("BAD", what, found, remedy)


def _folders(setting: str, folders: tuple[Path, ...], unset: str) -> Iterator[Finding]:
    for folder in folders:
        readable = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        yield _judge(readable, setting, str(folder), "no such folder, or not readable: correct it")
    if not folders:
        yield Finding("ok", setting, unset)


def _home(chosen: Settings) -> Path:
    from flows.runs.places import places

    return places(chosen.store).home


def _without_secrets(finding: Finding, chosen: Settings) -> Finding:
    """Remove secrets from a finding, because users paste findings into issues."""
    secrets = [os.environ.get(name, "") for name in ("HF_TOKEN", "PGPASSWORD")]
    secrets += [url.partition("://")[2] for url in chosen.notify]

    def clean(text: str) -> str:
        for secret in secrets:
            if len(secret) > 3:
                text = text.replace(secret, "…")
        text = re.sub(r"://[^/\s'\"]*@", "://…@", text)
        return re.sub(r"(?i)((?:password|token)\s*=\s*)('[^']*'|[^\s&'\"]+)", r"\1…", text)

    return finding._replace(found=clean(finding.found), remedy=clean(finding.remedy))
