"""An S3-compatible object store in memory, spoken to over HTTP, for lakes with `s3://` files."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET = "rankcheck-key", "rankcheck-secret"


Fault = Callable[[str, str], str]
"""Say what happens to a request by its method and key: one of the constants below, or nothing."""

BUSY, SHORT, SLOW = "busy", "short", "slow"
"""503; a body that ends before the length that was announced; an answer after two seconds."""


def well(method: str, key: str) -> str:
    """Let every request be answered as it should be."""
    return ""


class ObjectStore(ThreadingHTTPServer):
    """Objects by `bucket/key`; requests without the access key are refused.

    `fault` decides which requests go wrong, and how.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.fault: Fault = well

    @property
    def environment(self) -> dict[str, str]:
        """What a client of it needs in its environment."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    with ObjectStore() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ObjectStore
    protocol_version = "HTTP/1.1"
    fault = ""

    def log_message(self, *_: object) -> None:
        pass

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return unquote(parts.path).strip("/"), query, body

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if self.fault == SHORT else body)
            self.close_connection |= self.fault == SHORT

    def _refused(self) -> bool:
        key = unquote(urlsplit(self.path).path).strip("/")
        self.fault = self.server.fault(self.command, key)
        if self.fault == BUSY:
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return True
        if self.fault == SLOW:
            time.sleep(2)
        if f"Credential={KEY}/" in self.headers.get("Authorization", ""):
            return False
        self._answer(403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
        return True

    def do_PUT(self) -> None:
        key, query, body = self._asked()
        if self._refused():
            return
        if "uploadId" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.server.objects[key] = body
        self._answer(200, ETag='"part"')

    def do_POST(self) -> None:
        key, query, body = self._asked()
        if self._refused():
            return
        if "uploads" in query:
            number = str(len(self.server.uploads))
            self.server.uploads[number] = {}
            xml = f"<R><UploadId>{number}</UploadId></R>"
        elif "uploadId" in query:
            parts = self.server.uploads.pop(query["uploadId"])
            self.server.objects[key] = b"".join(parts[n] for n in sorted(parts))
            self.server.uploads[query["uploadId"]] = {}
            xml = "<CompleteMultipartUploadResult/>"
        else:  # ?delete
            bucket = key.split("/")[0]
            for name in re.findall(rb"<Key>(.*?)</Key>", body):
                self.server.objects.pop(f"{bucket}/{name.decode()}", None)
            xml = "<DeleteResult/>"
        self._answer(200, xml.encode())

    def do_DELETE(self) -> None:
        key, _, _ = self._asked()
        if not self._refused():
            self.server.objects.pop(key, None)
            self._answer(204)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        key, query, _ = self._asked()
        if self._refused():
            return
        if "list-type" in query:
            prefix = f"{key}/{query.get('prefix', '')}"
            names = [n.partition("/")[2] for n in self.server.objects if n.startswith(prefix)]
            rows = "".join(
                f"<Contents><Key>{escape(n)}</Key><Size>{len(content)}</Size>"
                f'<ETag>"{sha256(content).hexdigest()}"</ETag></Contents>'
                for n in sorted(names)
                for content in [self.server.objects[f"{key}/{n}"]]
            )
            self._answer(200, f"<ListBucketResult>{rows}</ListBucketResult>".encode())
            return
        content = self.server.objects.get(key)
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None or self.command == "HEAD":
            self._answer(200, content, ETag='"whole"', Accept_Ranges="bytes")
            return
        begin, end = int(wanted[1]), int(wanted[2] or len(content) - 1)
        place = f"bytes {begin}-{end}/{len(content)}"
        self._answer(206, content[begin : end + 1], Content_Range=place, ETag='"whole"')
