"""A provider of OAuth2 tokens on loopback, over TLS: device code, code with PKCE, refresh with rotation, introspection.

It is strict where the RFCs are: a wrong verifier, a code used twice and a rotated refresh token used again are refused,
the last one ends the whole sign-in (RFC 6749 10.4). What the person does on the provider's page is `consents`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from agent.connectors.oauth import Client
from tests.servers.certificates import Certificate

CLIENT, SECRET = "mentor-agent.example", "not so secret"


@dataclass
class Given:
    """One sign-in: the access tokens that hold, the refresh token, and those that were rotated away."""

    user: str
    access: set[str] = field(default_factory=set)
    refresh: str = ""
    rotated: set[str] = field(default_factory=set)


class _Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up on its certificate."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client says what was wrong."""


class OAuthServer:
    """`with OAuthServer(certificate, user) as provider`. `answers` are faults, one for each coming token request:
    (status, body). `pending` device polls are put off before the code counts as typed.
    """

    def __init__(self, certificate: Certificate, user: str, *, rotates: bool = True) -> None:
        self.user, self.rotates = user, rotates
        self.code_lives = 600  # seconds
        self.consents = True
        self.pending: deque[str] = deque()
        self.answers: deque[tuple[int, str]] = deque()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.given: list[Given] = []
        self._numbers = itertools.count(1)
        self._challenges: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()
        self._certificate = certificate
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self._server.socket = certificate.server().wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> OAuthServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def client(self, **changes: Any) -> Client:
        """Us, as this provider knows us."""
        usual: dict[str, Any] = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
            "authorization_url": f"{self.url}/authorize",
            "scopes": ("mail", "offline_access"),
            "ca_file": str(self._certificate.path),
        }
        return Client(**(usual | changes))

    def grant(self) -> Given:
        """A sign-in that came about, with fresh tokens."""
        given = Given(self.user)
        self._fresh(given)
        self.given.append(given)
        return given

    def expire(self) -> None:
        """Every access token ends now, whatever was promised."""
        for given in self.given:
            given.access.clear()

    def revoke(self) -> None:
        """The mentor takes the permission back on the provider's page."""
        self.given.clear()

    def holder(self, access: str) -> str | None:
        """Whose token it is, while it holds."""
        return next((given.user for given in self.given if access in given.access), None)

    def asked(self, grant_type: str) -> list[dict[str, str]]:
        """The token requests of one kind."""
        return [form for path, form in self.requests if path == "/token" and form.get("grant_type") == grant_type]

    def _fresh(self, given: Given) -> dict[str, Any]:
        access = f"access-{next(self._numbers)}"
        given.access.add(access)
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": 3600}
        if self.rotates or not given.refresh:
            given.rotated.add(given.refresh)
            given.refresh = answer["refresh_token"] = f"refresh-{next(self._numbers)}"
        return answer

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        self.requests.append((path, form))
        if path == "/device":
            code = {"device_code": "device-1", "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/activate"}
            return 200, code | {"expires_in": self.code_lives, "interval": 5}
        if path.startswith("/introspect"):
            whose = self.holder(form.get("token", ""))
            return 200, {"active": whose is not None, "email": whose or ""}
        if self.answers:
            status, body = self.answers.popleft()
            return status, body
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        return self._token(form)

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        kind = form.get("grant_type", "")
        if kind.endswith("device_code"):
            if self.pending:
                return 400, {"error": self.pending.popleft()}
            return self._granted() if form.get("device_code") == "device-1" else (400, {"error": "invalid_grant"})
        if kind == "authorization_code":
            challenge, redirect = self._challenges.pop(form.get("code", ""), ("", ""))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            fits = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
            ok = fits and redirect == form.get("redirect_uri")
            return self._granted() if ok else (400, {"error": "invalid_grant"})
        used = form.get("refresh_token", "")
        for given in self.given:
            if used in given.rotated:
                self.given.remove(given)  # a stolen token, or its owner: neither keeps it
                break
            if used == given.refresh:
                return 200, self._fresh(given)
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}

    def _granted(self) -> tuple[int, Any]:
        given = Given(self.user)
        answer = self._fresh(given)
        self.given.append(given)
        return 200, answer

    def _page(self, query: dict[str, str]) -> str:
        """Where the browser is sent after the person answered."""
        if not self.consents:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = f"code-{next(self._numbers)}"
        self._challenges[code] = (query["code_challenge"], query["redirect_uri"])
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path == "/authorize":
                    with owner._lock:
                        owner.requests.append((parts.path, query))
                        where = owner._page(query)
                    self.send_response(302)
                    self.send_header("Location", where)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self._say(*owner._answer(parts.path, query))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                with owner._lock:
                    answer = owner._answer(urlsplit(self.path).path, form)
                self._say(*answer)

            def _say(self, status: int, body: Any) -> None:
                text = body if isinstance(body, str) else json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        return Handler
