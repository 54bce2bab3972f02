"""The hub's HTTP protocol: repository info, tree, resolve with its redirects, and the CDN."""

from __future__ import annotations

import json
import re
import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hub.repo import Repo, git_blob_id, is_lfs

if TYPE_CHECKING:
    from tests.hub.faults import Fault
    from tests.hub.server import HubServer

API = re.compile(
    r"^/api/(?P<kind>models|datasets)/(?P<id>[^/]+(?:/[^/]+)?)"
    r"(?:/(?P<verb>revision|tree|paths-info|refs|xet-read-token|discussions)(?:/(?P<rev>[^/]+))?(?:/(?P<path>.*))?)?$"
)
RESOLVE = re.compile(
    r"^/(?P<kind>datasets/)?(?P<id>[^/]+(?:/[^/]+)?)/resolve/(?P<rev>[^/]+)/(?P<path>.+)$"
)
CACHED = re.compile(
    r"^/api/resolve-cache/(?P<kind>models|datasets)/(?P<id>[^/]+(?:/[^/]+)?)/(?P<rev>[0-9a-f]{40})/(?P<path>.+)$"
)


class Handler(BaseHTTPRequestHandler):
    """Answers for one connection; everything it knows is in `self.hub`."""

    hub: HubServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every body waits 40 ms for the acknowledged headers

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: tests read `HubServer.requests`."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.housekeeping = False
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        self.fault: Fault | None = self.hub.faults.strike(f"{self.command} {url.path}")
        if self.fault and self.fault.silent:
            self.hub.wait(self.fault.silent)
            return self._drop()
        if self.fault and self.fault.status:
            return self._send(self.fault.status, b"as the fault says", self.fault.headers)
        if url.path.startswith("/cdn/"):
            return self._cdn(url.path.removeprefix("/cdn/"))
        for pattern, answer in ((CACHED, self._cached), (API, self._api), (RESOLVE, self._resolve)):
            if match := pattern.match(url.path):
                return answer({k: unquote(v) for k, v in match.groupdict(default="").items()})
        # The client's own housekeeping (telemetry, version checks) is no request of a test.
        self.housekeeping = True
        return self._send(404, b"")

    # -- who may read what ---------------------------------------------------------------------
    def _repo(self, kind: str, repo_id: str) -> Repo | None:
        """Return the repository, or answer as the hub does when it is missing or gated."""
        repo = self.hub.repos.get(("dataset" if "dataset" in kind else "model", repo_id))
        if repo is None:
            # The real hub says 401, not 404, of what an anonymous visitor cannot see.
            self._error(401, "RepoNotFound", "Invalid username or password.")
            return None
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if repo.tokens is not None and token not in repo.tokens:
            self._error(403 if token else 401, "GatedRepo", f"Access to {repo_id} is restricted.")
            return None
        return repo

    def _commit(self, repo: Repo, revision: str) -> str | None:
        commit = repo.resolve(revision)
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    # -- /api ----------------------------------------------------------------------------------
    def _api(self, part: dict[str, str]) -> None:
        repo = self._repo(part["kind"], part["id"])
        if repo is None:
            return None
        if part["verb"] == "refs":
            branches = [
                {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit}
                for name, commit in repo.branches.items()
            ]
            return self._json({"branches": branches, "tags": [], "converts": []})
        if part["verb"] == "discussions":
            return self._discussions(repo)
        if part["verb"] == "xet-read-token":
            return self._send(404, b"no such route")
        commit = self._commit(repo, part["rev"] or "main")
        if commit is None:
            return None
        files = repo.commits[commit]
        if part["verb"] == "tree":
            return self._tree(repo, files, part["path"])
        if part["verb"] == "paths-info":
            wanted = parse_qs(self.body.decode()).get("paths", [])
            if self.headers.get("Content-Type", "").startswith("application/json"):
                wanted = json.loads(self.body)["paths"]
            return self._json(
                [repo.tree_entry(path, files[path]) for path in wanted if path in files]
                + [_folder(path) for path in wanted if _is_folder(path, files)]
            )
        return self._json(repo.info(commit, blobs="blobs" in self.query))

    def _discussions(self, repo: Repo) -> None:
        wanted = {key: self.query.get(key, ["all"])[0] for key in ("type", "status", "author")}
        listed = [
            discussion
            for discussion in reversed(repo.discussions)
            if wanted["status"] in ("all", discussion["status"])
            and wanted["author"] in ("all", discussion["author"]["name"])
            and wanted["type"]
            in ("all", "pull_request" if discussion["isPullRequest"] else "discussion")
        ]
        start = int(self.query.get("p", ["0"])[0]) * self.hub.page_size
        page = listed[start : start + self.hub.page_size]
        self._json({"discussions": page, "count": len(listed), "start": start})

    def _tree(self, repo: Repo, files: dict[str, bytes], under: str) -> None:
        prefix = f"{under.strip('/')}/" if under else ""
        inside = {p: c for p, c in sorted(files.items()) if p.startswith(prefix)}
        if prefix and not inside:
            return self._error(404, "EntryNotFound", f"{under} does not exist")
        recursive = self.query.get("recursive", ["false"])[0].lower() == "true"
        entries: dict[str, dict[str, Any]] = {}
        for path, content in inside.items():
            steps = path.removeprefix(prefix).split("/")
            for depth in range(1, len(steps) if recursive else min(len(steps), 2)):
                folder = prefix + "/".join(steps[:depth])
                entries.setdefault(folder, _folder(folder))
            if recursive or len(steps) == 1:
                entries[path] = repo.tree_entry(path, content)
        listing = list(entries.values())
        start = int(self.query.get("cursor", ["0"])[0])
        end = start + self.hub.page_size
        headers = {}
        if end < len(listing):
            path = urlsplit(self.path).path
            link = f"{self.hub.endpoint}{path}?recursive={str(recursive).lower()}&cursor={end}"
            headers["Link"] = f'<{link}>; rel="next"'
        return self._json(listing[start:end], headers)

    # -- files ---------------------------------------------------------------------------------
    def _resolve(self, part: dict[str, str]) -> None:
        repo = self._repo(part["kind"] or "models", part["id"])
        commit = self._commit(repo, part["rev"]) if repo else None
        if repo is None or commit is None:
            return None
        content = repo.commits[commit].get(part["path"])
        if content is None:
            return self._error(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if is_lfs(part["path"], content):
            sha = repo.sha256(part["path"], content)
            if self.hub.announce_xet:
                route = (
                    f"{self.hub.endpoint}/api/{repo.kind}s/{repo.repo_id}/xet-read-token/{commit}"
                )
                headers |= {"X-Xet-Hash": sha, "X-Xet-Refresh-Route": route}
            headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{sha}"'}
            self.hub.blobs[sha] = content
            headers["Location"] = f"{self.hub.cdn}/cdn/{sha}?signature=valid"
            return self._send(302, b"", headers)
        headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": _etag(content)}
        place = f"{repo.kind}s/{repo.repo_id}/{commit}/{quote(part['path'])}"
        headers["Location"] = f"/api/resolve-cache/{place}"
        return self._send(307, b"", headers)

    def _cached(self, part: dict[str, str]) -> None:
        repo = self._repo(part["kind"], part["id"])
        if repo is None:
            return
        content = repo.commits[part["rev"]][part["path"]]
        self._file(content, {"X-Repo-Commit": part["rev"], "ETag": _etag(content)})

    def _cdn(self, sha: str) -> None:
        if sha not in self.hub.blobs or self.query.get("signature") != ["valid"]:
            return self._send(403, b"bad signature")
        return self._file(self.hub.blobs[sha], {"ETag": f'"{sha}"'})

    def _file(self, content: bytes, headers: dict[str, str]) -> None:
        fault = self.fault
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        start, status = 0, 200
        if asked and not (fault and fault.ignore_range):
            start, status = int(asked[1]), 206
            end = min(int(asked[2] or len(content) - 1), len(content) - 1)
            if start >= len(content):
                return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
            content = content[start : end + 1]
        if fault and fault.corrupt_at is not None and start <= fault.corrupt_at:
            spoiled = bytearray(content)
            spoiled[fault.corrupt_at - start] ^= 0xFF
            content = bytes(spoiled)
        return self._send(status, content, {"Accept-Ranges": "bytes", **headers})

    # -- wire ----------------------------------------------------------------------------------
    def _error(
        self, status: int, code: str, text: str, headers: dict[str, str] | None = None
    ) -> None:
        named = {"X-Error-Code": code, "X-Error-Message": text, **(headers or {})}
        self._send(status, json.dumps({"error": text}).encode(), named)

    def _json(self, value: Any, headers: dict[str, str] | None = None) -> None:
        kind = {"Content-Type": "application/json; charset=utf-8"}
        self._send(200, json.dumps(value).encode(), {**kind, **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        extra = self.fault.wrong_length if self.fault else 0
        cut = self.fault.cut_after if self.fault else None
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + extra))
        self.end_headers()
        sent = b"" if self.command == "HEAD" else body[:cut]
        if not self.housekeeping:
            self.hub.log(self, status, len(sent))
        self.wfile.write(sent)
        if self.command != "HEAD" and (extra or (cut is not None and cut < len(body))):
            self._drop()

    def _drop(self) -> None:
        self.wfile.flush()
        # What was sent is read before the connection goes.
        self.hub.wait(max(0.05, self.fault.hold if self.fault else 0.0))
        self.close_connection = True
        if self.fault and self.fault.reset:
            no_linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        for end in (self.rfile, self.wfile, self.connection):  # the last one closes the socket
            end.close()


def _etag(content: bytes) -> str:
    return f'"{git_blob_id(content)}"'


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": git_blob_id(path.encode())}


def _is_folder(path: str, files: dict[str, bytes]) -> bool:
    return any(name.startswith(path.rstrip("/") + "/") for name in files)
