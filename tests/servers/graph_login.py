"""The sign-in server beside the Graph stand-in: OpenID configuration, device codes, a token endpoint (RFC 8628, 6749).

It answers as Microsoft's identity platform does where msal asks, and knows which tokens it gave.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Answer = tuple[int, dict[str, Any]]


@dataclass
class Login:
    """One tenant with one app. `user`: who signs in when `signed_in` is set; before that a code is pending."""

    tenant: str
    client_id: str
    user: str
    secret: str = "app-secret"
    lifetime: int = 3600  # seconds that an access token says it is good for
    signed_in: bool = True
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    grants: list[str] = field(default_factory=list)  # the grant types asked for, in order
    refused: str | None = None  # an AADSTS text: every refresh is answered with invalid_grant
    declined: set[str] = field(default_factory=set)  # permissions that are not consented to
    device_refused: str | None = None  # an AADSTS text: nobody gets a code
    _scope: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def expire(self) -> None:
        """Access tokens are good no more, whatever they said."""
        self.access.clear()

    def revoke(self) -> None:
        """An administrator, or a changed password, ended every sign-in."""
        self.access.clear()
        self.refresh.clear()
        self.refused = "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth is needed."

    def answer(self, root: str, method: str, path: str, body: bytes) -> Answer:
        """One request below the tenant's address."""
        where = f"{root}/{self.tenant}"
        if method == "GET" and path == f"/{self.tenant}/v2.0/.well-known/openid-configuration":
            return 200, {
                "issuer": f"{where}/v2.0",
                "authorization_endpoint": f"{where}/oauth2/v2.0/authorize",
                "token_endpoint": f"{where}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{where}/oauth2/v2.0/devicecode",
            }
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if method == "POST" and path == f"/{self.tenant}/oauth2/v2.0/devicecode":
            return self._code(where, form)
        if method == "POST" and path == f"/{self.tenant}/oauth2/v2.0/token":
            return self._grant(form)
        return 404, {"error": "invalid_request", "error_description": f"AADSTS90002: nothing at {path}"}

    def _code(self, where: str, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return 400, _error("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if self.device_refused:
            return 400, _error("invalid_request", self.device_refused)
        self._scope = form.get("scope", "")
        return 200, {
            "user_code": "ABCD-EFGH",
            "device_code": "device-code",
            "verification_uri": f"{where}/device",
            "expires_in": 900,
            "interval": 1,
            "message": f"To sign in, open {where}/device and enter the code ABCD-EFGH.",
        }

    def _grant(self, form: dict[str, str]) -> Answer:
        kind = form.get("grant_type", "")
        self.grants.append(kind)
        if form.get("client_id") != self.client_id:
            return 400, _error("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if kind == "urn:ietf:params:oauth:grant-type:device_code":
            if not self.signed_in:
                return 400, _error("authorization_pending", "AADSTS70016: The user has not signed in yet.")
            return 200, self._tokens(form)
        if kind == "refresh_token":
            if self.refused or form.get("refresh_token") not in self.refresh:
                return 400, _error("invalid_grant", self.refused or "AADSTS70000: The refresh token is not valid.")
            self.refresh.discard(form["refresh_token"])  # stricter than Microsoft: a token that was used is used up
            return 200, self._tokens(form)
        if kind == "client_credentials":
            if form.get("client_secret") != self.secret:
                return 401, _error("invalid_client", "AADSTS7000215: Invalid client secret provided.")
            access = self._new("access", self.access)
            return 200, {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": access}
        return 400, _error("unsupported_grant_type", kind)

    def _tokens(self, form: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "aud": self.client_id,
            "iss": "https://login.example/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "preferred_username": self.user,
            "oid": "oid-1",
            "tid": "tid-1",
            "sub": "sub-1",
            "ver": "2.0",
        }
        return {
            "token_type": "Bearer",
            "scope": " ".join(self._consented()),
            "expires_in": self.lifetime,
            "access_token": self._new("access", self.access),
            "refresh_token": self._new("refresh", self.refresh),
            "id_token": f"{_b64({'alg': 'none'})}.{_b64(claims)}.",
            "client_info": _b64({"uid": "oid-1", "utid": "tid-1"}),
        }

    def _consented(self) -> list[str]:
        """Of what was asked for, what is the resource's and was agreed to."""
        asked = [one for one in self._scope.split() if "/" in one]
        return [one for one in asked if one.rpartition("/")[2] not in self.declined]

    def _new(self, kind: str, known: set[str]) -> str:
        token = f"{kind}-{next(self._numbers)}"
        known.add(token)
        return token


def _error(code: str, text: str) -> dict[str, Any]:
    return {"error": code, "error_description": text, "error_codes": [], "correlation_id": "none"}


def _b64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
