"""Send messages by mail, Slack, webhooks … to the URLs of `RANKCHECK_NOTIFY`.

A message is first written to an outbox beside the store, one file each, which is removed when
every target has received it. A message that a kill or a lost network held up is sent by whichever
comes first: the next plan run, the server's caretaker, or `rankcheck watch`. A message may be sent
more than once; it is never lost within the days for which it is stored.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from db import run_files
from db.settings import Settings
from evaluators.atomic import write_json

if TYPE_CHECKING:
    import apprise

Kind = Literal["info", "success", "warning", "failure"]

PAUSES = (0.0, 2.0, 8.0)
"""Seconds before each immediate attempt; after them, a message stays in the outbox."""

KEEP = timedelta(days=3)
_MOST_CHARACTERS = 6000


@dataclass(frozen=True)
class Message:
    """A notification.

    Attributes:
        title: One line.
        body: Plain text: what happened and what to do.
        kind: Its severity.
    """

    title: str
    body: str
    kind: Kind = "warning"


@dataclass(frozen=True)
class _Pending:
    """A message in the outbox, with the digests of the URLs that have not received it."""

    message: Message
    to: tuple[str, ...]
    since: datetime


@dataclass(frozen=True)
class _Target:
    """One URL of the setting; only its `name` may be shown, because URLs hold secrets."""

    url: str
    name: str
    digest: str


def send(message: Message, settings: Settings, *, pauses: Sequence[float] = PAUSES) -> list[str]:
    """Send a message to every URL of `RANKCHECK_NOTIFY`; a failure is returned.

    Args:
        message: The message.
        settings: The settings with the URLs; without a URL, nothing happens.
        pauses: Seconds before each attempt.

    Returns:
        One sentence for each URL that has not received it; the message stays in the outbox.
    """
    if not settings.notify:
        return []
    targets = _targets(settings)
    body = message.body
    if len(body) > _MOST_CHARACTERS:
        body = body[:_MOST_CHARACTERS].rsplit("\n", 1)[0] + "\n… (truncated; see rankcheck status)"
    message = replace(message, body=body)
    pending = _Pending(message, tuple(t.digest for t in targets), datetime.now(UTC))
    path = outbox(settings) / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.json"
    try:
        _write(path, pending)
    except OSError:  # a full disk must be reported too
        return _attempts(pending, targets, pauses)[1]
    return deliver(settings, pauses=pauses)


def deliver(settings: Settings, *, pauses: Sequence[float] = (0.0,)) -> list[str]:
    """Send the messages in the outbox, oldest first, one process at a time.

    Returns:
        One sentence for each delivery that failed.
    """
    folder = outbox(settings)
    if not settings.notify or not folder.is_dir():
        return []
    problems: list[str] = []
    with _exclusive(folder) as locked:
        if not locked:  # another process is sending them
            return []
        targets = _targets(settings)
        for path in sorted(folder.glob("*.json")):
            pending = _read(path)
            if pending is None or datetime.now(UTC) - pending.since > KEEP:
                path.unlink(missing_ok=True)
                continue
            remaining, sentences = _attempts(pending, targets, pauses)
            problems += sentences
            if not remaining.to:
                path.unlink(missing_ok=True)
            elif remaining.to != pending.to:
                try:
                    _write(path, remaining)
                except OSError:
                    continue  # it may be sent twice
    return problems


def problems(settings: Settings) -> list[str]:
    """Return the problems of `RANKCHECK_NOTIFY`, one sentence each, without sending."""
    sentences = []
    for target in _targets(settings):
        if _service(target.url) is None:
            sentences.append(
                f"{target.name} is not a valid apprise URL: see"
                " https://appriseit.com/services/ for the form, and write a space in it as %20"
            )
    return sentences


def outbox(settings: Settings) -> Path:
    """Return the folder of messages that are still to be delivered."""
    file = run_files.main_file(settings.store)
    return file.parent / f"{file.name}.outbox"


def _targets(settings: Settings) -> list[_Target]:
    return [
        _Target(
            url,
            f"URL {position} of RANKCHECK_NOTIFY ({_scheme(url)})",
            hashlib.sha256(url.encode()).hexdigest(),
        )
        for position, url in enumerate(settings.notify, start=1)
    ]


def _scheme(url: str) -> str:
    """Return the scheme, which names the service; other parts may be secret."""
    match = re.match(r"([a-z][a-z0-9+.-]{0,20})://", url)
    return f"{match[1]}://…" if match else "no scheme"


def _attempts(
    pending: _Pending, targets: Sequence[_Target], pauses: Sequence[float]
) -> tuple[_Pending, list[str]]:
    """Try to deliver; return the remaining targets and the last problems."""
    # Skip a URL that has been removed from the setting since.
    targets_left = [target for target in targets if target.digest in pending.to]
    problems_by_target: dict[str, str] = {}
    for pause in pauses:
        if not targets_left:
            break
        time.sleep(pause)
        problems_by_target = {
            target.digest: _post(target, pending.message) for target in targets_left
        }
        targets_left = [target for target in targets_left if problems_by_target[target.digest]]
    remaining_problems = [problems_by_target[target.digest] for target in targets_left]
    return replace(pending, to=tuple(target.digest for target in targets_left)), remaining_problems


def _post(target: _Target, message: Message) -> str:
    """Send one message to one URL, and return the problem or an empty text."""
    from apprise import NotifyType

    service = _service(target.url)
    if service is None:
        return f"{target.name} is not a valid apprise URL"
    with _apprise_warnings() as warnings:
        try:
            delivered = service.notify(
                body=message.body, title=message.title, notify_type=NotifyType(message.kind)
            )
        except Exception as error:  # an error of a plugin must not end a plan run
            warnings.append(f"{type(error).__name__}: {error}")
            delivered = False
    if delivered:
        return ""
    reason = _without_secrets(warnings[-1], target.url) if warnings else "no reason was given"
    return f"a message to {target.name} was not delivered: {reason}"


def _service(url: str) -> apprise.NotifyBase | None:
    import apprise

    with _apprise_warnings():
        asset = apprise.AppriseAsset(app_id="rankcheck", app_desc="rankcheck", app_url="")
        return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _without_secrets(text: str, url: str) -> str:
    """Remove every part of a URL: a token may be in its host, its path or its query."""
    parts = [part for part in re.split(r"[/:@?&=,]+", url.partition("://")[2]) if len(part) > 3]
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "…")
    return text[:300]


@contextmanager
def _apprise_warnings() -> Iterator[list[str]]:
    """Collect apprise's warnings, and hide them, because they may contain secret URLs."""
    warnings: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                warnings.append(record.getMessage())

    logger = logging.getLogger("apprise")
    handler, propagate, level = Collect(), logger.propagate, logger.level
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield warnings
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        logger.setLevel(level)


def _write(path: Path, pending: _Pending) -> None:
    message = pending.message
    write_json(
        path,
        {
            "title": message.title,
            "body": message.body,
            "kind": message.kind,
            "to": list(pending.to),
            "since": pending.since.isoformat(),
        },
    )


def _read(path: Path) -> _Pending | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        message = Message(str(content["title"]), str(content["body"]), content["kind"])
        return _Pending(message, tuple(content["to"]), datetime.fromisoformat(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _exclusive(folder: Path, *, wait: float = 20.0) -> Iterator[bool]:
    """Lock the outbox, and yield whether that succeeded within the time to wait."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock", wait, 0o600, poll_interval=0.2, fallback_to_soft=False)
    with suppress(Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        lock.release()
