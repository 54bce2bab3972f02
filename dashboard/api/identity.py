"""Accept identity tokens of the OpenID provider through which people sign in to the dashboard.

A token counts if a key of the provider signed it, for this dashboard's client, it has not expired,
and its holder is one whom the dashboard lets in. The keys are read from the provider when the first
token comes, kept for an hour, and read again when a token names a key that is not among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from dashboard.admission import admitted, allowed_of, name_of
from db.hosts import is_loopback
from db.secret_files import read_secrets

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a private key alone: with a shared secret, whoever checks could also sign."""

LONGEST = 16 * 1024
"""Most letters of a token."""

_LEEWAY = 60
"""Seconds by which the provider's clock may differ."""

_KEPT, _LONGEST_KEPT = 3600.0, 24 * 3600.0
"""Seconds for which keys are kept, and the most while the provider does not answer."""

_SOONEST = 30.0
"""Least seconds between two questions to the provider."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Raised for a token that opens nothing.

    Attributes:
        status: 401 for a token that is not valid, 403 for a person who is not admitted.
    """

    def __init__(self, why: str, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


class ProviderError(Exception):
    """Raised when the provider's keys cannot be read."""


class _Provider(NamedTuple):
    """What the provider says of itself."""

    issuer: str
    keys: KeySet


class Identities:
    """Checks identity tokens.

    Args:
        metadata: Address of the provider's metadata, `https://…/.well-known/openid-configuration`.
        client_id: The client that tokens must be made for.
        allowed: Who is admitted, as the dashboard's `allowed`.

    Raises:
        ValueError: The address is neither https nor on this machine.
    """

    def __init__(self, metadata: str, client_id: str, allowed: Sequence[str]) -> None:
        _validate_address(metadata)
        self._metadata, self._client_id, self._allowed = metadata, client_id, allowed
        self._lock = threading.Lock()
        self._provider: _Provider | None = None
        self._read_at = self._asked_at = float("-inf")
        self._fault = ""

    def check(self, token: str) -> None:
        """Return if the token's holder is admitted.

        Raises:
            Refused: The token is not valid, or its holder not admitted.
            ProviderError: The keys cannot be read, so that nothing can be said.
        """
        if len(token) > LONGEST:
            raise Refused(f"an identity token has at most {LONGEST:,} letters, got {len(token):,}")
        provider = self._known(_KEPT)
        try:
            claims = self._claims(token, provider)
        except InvalidKeyIdError:  # the provider may have new keys
            claims = self._claims_of_new_key(token)
        if not admitted(claims, self._allowed):
            raise Refused(
                f"{name_of(claims)} is not on the list `allowed` of the secrets file, or the"
                " provider calls the address unverified",
                status=403,
            )

    def _claims_of_new_key(self, token: str) -> Mapping[str, Any]:
        try:
            return self._claims(token, self._known(_SOONEST))
        except InvalidKeyIdError:
            raise Refused("the token is not signed by a key of the provider") from None

    def _claims(self, token: str, provider: _Provider) -> Mapping[str, Any]:
        """Return what a token says, once it is known to be true.

        Raises:
            InvalidKeyIdError: It names a key that the provider does not have.
        """
        audience = self._client_id
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, _by_name(provider.keys), algorithms=ALGORITHMS).claims
            registry.validate(claims)
        except InvalidKeyIdError:
            raise
        except ExpiredTokenError:
            raise Refused("the identity token has expired: ask the provider for another") from None
        except (JoseError, ValueError, TypeError) as error:  # not well formed, in whatever way
            raise Refused(f"the identity token is not valid: {type(error).__name__}") from None
        # A token for several clients says for which of them it was made.
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != audience:
            raise Refused("the identity token was made for another client")
        return claims

    def _known(self, oldest: float) -> _Provider:
        """Return issuer and keys, read again where they are older than some seconds."""
        with self._lock:
            now = time.monotonic()
            known = self._provider if now - self._read_at <= _LONGEST_KEPT else None
            if known is not None and now - self._read_at <= oldest:
                return known
            if now - self._asked_at >= _SOONEST:
                self._asked_at = now
                try:
                    known = self._provider = _read(self._metadata)
                except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                    self._fault = str(error)
                else:
                    self._read_at = now
            if known is None:
                raise ProviderError(
                    f"the keys of the provider of sign-ins cannot be read: {self._fault}"
                )
            return known


def identities_of(path: Path) -> Identities:
    """Return who may come in by a secrets file, the same as the dashboard's.

    Raises:
        ValueError: It cannot be read, or lacks something.
    """
    content = read_secrets(path)
    auth = content.get("auth")
    needed = ("server_metadata_url", "client_id")
    missing = [key for key in needed if not isinstance(auth, Mapping) or not auth.get(key)]
    if missing or not isinstance(auth, Mapping):
        raise ValueError(f"[auth] in {path} must set {', '.join(missing)}")
    allowed = allowed_of(content)
    if allowed is None:
        raise ValueError(f"{path} must have a list `allowed` under [rankcheck]")
    return Identities(str(auth["server_metadata_url"]), str(auth["client_id"]), allowed)


def _by_name(keys: KeySet) -> Any:
    """Return what finds the key that a token names; one without a name needs the only key."""

    def find(token: Any) -> Any:
        return keys.get_by_kid(token.headers().get("kid"))

    return find


def _read(metadata: str) -> _Provider:
    with httpx.Client(timeout=5.0) as client:
        said = client.get(metadata).raise_for_status().json()
        issuer = str(said["issuer"])
        # Whoever could answer for another issuer could let anybody in.
        if f"{issuer.rstrip('/')}/.well-known/openid-configuration" != metadata:
            raise ValueError(f"{metadata} speaks for another issuer, {issuer}")
        _validate_address(str(said["jwks_uri"]))
        keys = client.get(str(said["jwks_uri"])).raise_for_status().json()
        return _Provider(issuer, KeySet.import_key_set(keys))


def _validate_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise ValueError(f"the provider's address must begin with https://, got {address}")
