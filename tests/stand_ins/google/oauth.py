"""Consent and tokens: codes with PKCE (RFC 7636), refresh tokens, and service accounts' signed assertions (RFC 7523)."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SERVICE_ACCOUNT = "careslot@clinic-calendars.iam.gserviceaccount.com"
PERSON = "clinic@example.com"
CLIENT_ID = "1234-clinic.apps.googleusercontent.com"
CLIENT_SECRET = "client-secret"
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
_SKEW = timedelta(minutes=5)


class TokenRefusal(Exception):
    """An OAuth error answer (RFC 6749 5.2)."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True)
class Grant:
    """Whom an access token speaks for, until when and for what."""

    principal: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True)
class Code:
    """What a person agreed to, good once and for a short while."""

    scopes: frozenset[str]
    redirect_address: str
    challenge: str
    offline: bool
    expires_at: datetime


@lru_cache(maxsize=1)
def service_account_key() -> rsa.RSAPrivateKey:
    """One key for the whole test run: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account_info() -> dict[str, Any]:
    """The JSON key as Google's console gives it; its token_uri is Google's."""
    pem = service_account_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "clinic-calendars",
        "private_key_id": "key-1",
        "private_key": pem.decode(),
        "client_email": SERVICE_ACCOUNT,
        "client_id": "100000000000000000001",
        "token_uri": GOOGLE_AUDIENCE,
    }


@dataclass
class TokenServer:
    """Issues and checks access tokens."""

    clock: Callable[[], datetime]
    known_scopes: frozenset[str]
    lifetime: timedelta = timedelta(hours=1)
    refresh_tokens: dict[str, str] = field(default_factory=lambda: {"refresh-token": PERSON})
    service_accounts: set[str] = field(default_factory=lambda: {SERVICE_ACCOUNT})
    address: str = GOOGLE_AUDIENCE
    denies: bool = False
    withholds: frozenset[str] = frozenset()
    redirect_addresses: set[str] = field(default_factory=set)
    _codes: dict[str, Code] = field(default_factory=dict)
    _consented: dict[str, frozenset[str]] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)

    def issue(self, form: dict[str, str]) -> dict[str, Any]:
        """The answer to a token request; TokenRefusal when it is not granted."""
        match form.get("grant_type"):
            case "refresh_token":
                principal, scopes = self._by_refresh_token(form)
            case "authorization_code":
                return self._by_code(form)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                principal, scopes = self._by_assertion(form.get("assertion", ""))
            case _:
                raise TokenRefusal(400, "unsupported_grant_type", "Invalid grant_type")
        return self._token(principal, scopes)

    def consent(self, query: dict[str, str]) -> str:
        """Where the browser is sent when its person has decided (`denies`, `withholds` some scopes).

        TokenRefusal where Google would show an error page of its own, such as for an unknown redirect address.
        """
        if query.get("client_id") != CLIENT_ID or query.get("response_type") != "code":
            raise TokenRefusal(400, "invalid_request", "The OAuth client was not found.")
        if query.get("redirect_uri") not in self.redirect_addresses:
            raise TokenRefusal(400, "redirect_uri_mismatch", "The redirect URI is not registered.")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise TokenRefusal(400, "invalid_request", "A code challenge is needed.")
        scopes = frozenset(query.get("scope", "").split())
        if not scopes or not scopes <= self.known_scopes:
            raise TokenRefusal(400, "invalid_scope", "Some requested scopes were invalid.")
        state = {"state": query["state"]} if "state" in query else {}
        if self.denies:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', **state})}"
        code = f"4/{secrets.token_urlsafe(24)}"
        self._codes[code] = Code(
            scopes - self.withholds,
            query["redirect_uri"],
            query["code_challenge"],
            query.get("access_type") == "offline" and "consent" in query.get("prompt", ""),
            self.clock() + timedelta(minutes=5),
        )
        return f"{query['redirect_uri']}?{urlencode({'code': code, **state})}"

    def _token(self, principal: str, scopes: frozenset[str]) -> dict[str, Any]:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._grants[token] = Grant(principal, scopes, self.clock() + self.lifetime)
        seconds = int(self.lifetime.total_seconds())
        return {"access_token": token, "expires_in": seconds, "scope": " ".join(sorted(scopes)), "token_type": "Bearer"}

    def grant(self, authorization: str) -> Grant | None:
        """Whom a request's Authorization header speaks for, if its token is known and fresh."""
        scheme, _, token = authorization.partition(" ")
        found = self._grants.get(token)
        return found if scheme == "Bearer" and found and self.clock() < found.expires_at else None

    def expire_access_tokens(self) -> None:
        """Make every token issued so far unknown."""
        self._grants.clear()

    def revoke(self) -> None:
        """Take back the consent and the service account's right: nobody gets a token any more."""
        self.refresh_tokens.clear()
        self.service_accounts.clear()
        self.expire_access_tokens()

    def _by_code(self, form: dict[str, str]) -> dict[str, Any]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise TokenRefusal(401, "invalid_client", "The OAuth client was not found.")
        code = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if code is None or code.expires_at <= self.clock() or code.challenge != proof:
            raise TokenRefusal(400, "invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri") != code.redirect_address:
            raise TokenRefusal(400, "redirect_uri_mismatch", "Bad Request")
        told = self._token(PERSON, code.scopes)
        if not code.offline:
            return told
        refresh_token = f"1//{secrets.token_urlsafe(24)}"
        self.refresh_tokens[refresh_token] = PERSON
        self._consented[refresh_token] = code.scopes
        return told | {"refresh_token": refresh_token}

    def _by_refresh_token(self, form: dict[str, str]) -> tuple[str, frozenset[str]]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise TokenRefusal(401, "invalid_client", "The OAuth client was not found.")
        principal = self.refresh_tokens.get(form.get("refresh_token", ""))
        if principal is None:
            raise TokenRefusal(400, "invalid_grant", "Token has been expired or revoked.")
        everything = frozenset({"https://www.googleapis.com/auth/calendar"})
        consented = self._consented.get(form["refresh_token"], everything)
        asked = frozenset(form["scope"].split()) if form.get("scope") else consented
        if not asked <= consented:
            raise TokenRefusal(400, "invalid_scope", "Bad Request")
        return principal, asked

    def _by_assertion(self, assertion: str) -> tuple[str, frozenset[str]]:
        try:
            signed, signature = assertion.rsplit(".", 1)
            header, claims = (json.loads(_decode(part)) for part in signed.split("."))
            key = service_account_key().public_key()
            key.verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            issued, expires = (datetime.fromtimestamp(claims[name], self.clock().tzinfo) for name in ("iat", "exp"))
        except (ValueError, KeyError, TypeError, InvalidSignature):
            raise TokenRefusal(400, "invalid_grant", "Invalid JWT Signature.") from None
        if header.get("alg") != "RS256" or claims.get("iss") not in self.service_accounts:
            raise TokenRefusal(400, "invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in {GOOGLE_AUDIENCE, self.address}:
            raise TokenRefusal(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        now = self.clock()
        if issued > now + _SKEW or expires <= now or expires - issued > timedelta(hours=1):
            raise TokenRefusal(400, "invalid_grant", "Invalid JWT: Token must be a short-lived token.")
        scopes = frozenset(claims.get("scope", "").split())
        if not scopes or not scopes <= self.known_scopes:
            raise TokenRefusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return claims["iss"], scopes


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
