"""Find the pull request in which the hub itself converted pickled weights to safetensors.

The hub's bot opens it for a repository that has pickles only, and transformers 5 looks it up in the
same way (`transformers/safetensors_conversion.py`). The owner may never merge it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators.checkpoint.names import INDEX
from evaluators.checkpoint.verify import no_safetensors
from evaluators.errors import CheckpointError
from flows.checkpoints import hub
from flows.checkpoints.source import Source, SourceUnreachable

if TYPE_CHECKING:
    from huggingface_hub import HfApi

TITLE = "Adding `safetensors` variant of this model"
AUTHOR = "SFconvertbot"
_NEWEST = 5  # pull requests that are compared; the bot opens one for each state of a repository


def describe_safe(source: Source) -> hub.Snapshot:
    """Describe the commit to pull: the revision's own, or the hub's conversion of `main`.

    A conversion is taken only for `main`, and only if its pickles, configuration and tokenizer are
    those of `main` by the hashes that the hub states. For any other revision the error names it.

    Raises:
        SourceUnreachable: The hub does not answer.
        CheckpointError: It refuses, or there are no safetensors to pull.
    """
    snapshot = hub.describe(source)
    if snapshot.has_safetensors:
        return snapshot
    names = [file.path for file in snapshot.pickled]
    if not names:
        raise CheckpointError(no_safetensors(source.text, names))
    reasons = []
    for number in _pull_requests(source):
        reference = f"refs/pr/{number}"
        converted = hub.describe(replace(source, revision=reference))
        if difference := _difference(snapshot, converted):
            reasons.append(f"{reference} is not a conversion of this revision ({difference})")
        elif source.revision == "main":
            note = f"{reference}, the hub's own conversion, as main has pickled weights only"
            return replace(converted, note=note)
        else:
            reasons.append(
                f"{reference} is a conversion of this revision: to use it, write"
                f" hf://{source.location}@{converted.commit}"
            )
    reason = "; ".join(reasons) or f"none by {AUTHOR} is open"
    raise CheckpointError(
        f"{no_safetensors(source.text, names)} Conversion pull requests at {hub.endpoint()}:"
        f" {reason}."
    )


def _pull_requests(source: Source) -> list[int]:
    """Return the numbers of the bot's open conversions, newest first."""

    def listed(api: HfApi) -> list[int]:
        discussions = api.get_repo_discussions(
            source.location,
            author=AUTHOR,
            discussion_type="pull_request",
            discussion_status="open",
        )
        # The server filters, but a mirror may ignore that; the author is what makes it safe.
        return [
            each.num
            for each in discussions
            if (each.title, each.author, each.status) == (TITLE, AUTHOR, "open")
            and each.is_pull_request
        ]

    try:
        return sorted(hub.ask(source, listed), reverse=True)[:_NEWEST]
    except SourceUnreachable:
        raise
    except CheckpointError:  # a mirror without this part of the protocol has no pull requests
        return []


def _difference(original: hub.Snapshot, converted: hub.Snapshot) -> str:
    """Return in what a conversion differs beside its safetensors; empty if in nothing."""
    if not converted.has_safetensors:
        return "it has no safetensors"
    before, after = _compared(original), _compared(converted)
    for path in sorted({*before, *after}):
        if path not in after or path not in before:
            return f"{path} is only in one of them"
        if before[path] != after[path]:
            return f"{path} differs"
        if before[path] == (None, None):
            return f"the hub states no hash of {path}"
    return ""


def _compared(snapshot: hub.Snapshot) -> dict[str, tuple[str | None, str | None]]:
    return {
        file.path: (file.sha256, file.git_blob)
        for file in (*snapshot.files, *snapshot.pickled)
        if not file.path.endswith((".safetensors", INDEX))
    }
