"""An OpenID provider of our own on 127.0.0.1, where everybody is who they say they are."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class _Provider(ThreadingHTTPServer):
    """Speaks discovery, the authorization code flow and nothing else.

    Attributes:
        person: Who signs in next: the claims of the identity token.
        key: What it signs with.
        asked: How often its keys were asked for.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.person: dict[str, Any] = {}
        self.nonces: dict[str, str] = {}
        self.asked = 0

    def identity_token(self, **claims: Any) -> str:
        """Return an identity token for the client `rankcheck`; claims of None are left out."""
        now = int(time.time())
        usual = {"iss": self.address, "aud": "rankcheck", "sub": "person-1", "iat": now}
        said = {**usual, "exp": now + 600, **self.person, **claims}
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, kept, self.key)


class _Handler(BaseHTTPRequestHandler):
    server: _Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        here = self.server.address
        if parts.path == "/.well-known/openid-configuration":
            self._say(
                {
                    "issuer": here,
                    "authorization_endpoint": f"{here}/authorize",
                    "token_endpoint": f"{here}/token",
                    "jwks_uri": f"{here}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "code_challenge_methods_supported": ["S256"],
                }
            )
        elif parts.path == "/keys":
            self.server.asked += 1
            self._say({"keys": [self.server.key.as_dict(private=False)]})
        elif parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code = secrets.token_urlsafe(16)
            self.server.nonces[code] = asked["nonce"]
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        token = self.server.identity_token(nonce=self.server.nonces.pop(asked["code"]))
        self._say({"access_token": "none", "token_type": "Bearer", "id_token": token})

    def _say(self, what: dict[str, Any]) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[_Provider]:
    """Run the provider until the block ends."""
    server = _Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
