"""A repository as the hub keeps it: branches, commits and files, models and datasets alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["model", "dataset"]
LFS_SUFFIXES = (".safetensors", ".bin", ".pt", ".ckpt", ".h5", ".parquet", ".arrow", ".zip", ".gz")


def git_blob_id(content: bytes) -> str:
    """Return git's name of a file: SHA-1 over its length and its bytes."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def is_lfs(path: str, content: bytes) -> bool:
    """Tell whether the hub would keep this file in LFS and serve it from its CDN."""
    return path.endswith(LFS_SUFFIXES) or len(content) > 10_000_000


@dataclass
class Repo:
    """One repository.

    Attributes:
        tokens: None for a public one; otherwise the tokens that may read it.
        branches: Branch or tag to commit.
        commits: Commit to its files, by path.
        claimed: SHA-256 that the metadata claims for a path, where it is to differ from the truth.
        discussions: Discussions and pull requests, the oldest first.
    """

    kind: Kind
    repo_id: str
    tokens: frozenset[str] | None = None
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)

    def commit(self, files: Mapping[str, bytes], *, branch: str = "main") -> str:
        """Put a new commit that holds exactly `files` on a branch; return its 40 hex digits."""
        lines = [f"{self.repo_id} {branch} {len(self.commits)}"]
        lines += [f"{path} {git_blob_id(files[path])}" for path in sorted(files)]
        name = hashlib.sha1("\n".join(lines).encode(), usedforsecurity=False).hexdigest()
        self.commits[name] = dict(files)
        self.branches[branch] = name
        return name

    def pull_request(
        self, files: Mapping[str, bytes], *, title: str, author: str, status: str = "open"
    ) -> str:
        """Open a pull request that holds exactly `files`; return its commit."""
        number = len(self.discussions) + 1
        self.discussions.append(
            {
                "num": number,
                "title": title,
                "author": {"name": author, "type": "user"},
                "repo": {"name": self.repo_id, "type": self.kind},
                "status": status,
                "isPullRequest": True,
                "createdAt": "2026-01-01T00:00:00.000Z",
            }
        )
        return self.commit(files, branch=f"refs/pr/{number}")

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch, a tag or a commit names; None for none."""
        return revision if revision in self.commits else self.branches.get(revision)

    def sha256(self, path: str, content: bytes) -> str:
        """Return the SHA-256 that the hub's metadata states for an LFS file."""
        return self.claimed.get(path, hashlib.sha256(content).hexdigest())

    def tree_entry(self, path: str, content: bytes) -> dict[str, Any]:
        """Return the entry of one file in `/tree` and `/paths-info`."""
        size = len(content)
        entry: dict[str, Any] = {"type": "file", "path": path, "size": size}
        entry["oid"] = git_blob_id(content)
        if is_lfs(path, content):
            entry["lfs"] = {"oid": self.sha256(path, content), "size": size, "pointerSize": 134}
        return entry

    def info(self, commit: str, *, blobs: bool) -> dict[str, Any]:
        """Return what `/api/models/<id>` or `/api/datasets/<id>` says of a commit."""
        siblings: list[dict[str, Any]] = []
        for path, content in sorted(self.commits[commit].items()):
            sibling: dict[str, Any] = {"rfilename": path}
            if blobs:
                entry = self.tree_entry(path, content)
                sibling |= {"size": entry["size"], "blobId": entry["oid"]}
                if lfs := entry.get("lfs"):
                    rest = {"size": lfs["size"], "pointerSize": lfs["pointerSize"]}
                    sibling["lfs"] = {"sha256": lfs["oid"], **rest}
            siblings.append(sibling)
        return {
            "_id": "0" * 24,
            "id": self.repo_id,
            "sha": commit,
            "private": False,
            "gated": "manual" if self.tokens is not None else False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "siblings": siblings,
        }
