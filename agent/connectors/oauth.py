"""OAuth2 for mail: an access token that holds, whenever one is needed (RFC 6749; used by RFC 7628 logins).

The refresh token is kept in a vault that several processes may share: it is read anew before every renewal, under a
lock, for a provider that rotates refresh tokens (RFC 6749 10.4) takes a second use of an old one for theft. What the
provider answers is stored before it is used. The libraries for it take 20 MB, so the daemon renews in a child process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agent.connectors import child
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError

if TYPE_CHECKING:
    import requests

TIMEOUT = 30.0  # seconds for one answer of a provider
MARGIN = 60.0  # seconds before its end at which a token counts as expired
_BUSY = ("temporarily_unavailable", "server_error")
_SIGN_IN_AGAIN = "sign in again with `mentor-agent login`"


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to a provider, and where it is. URLs are https.

    `parameters` go with the page on which the mentor signs in. `ca_file` (a path) is trusted besides the system's
    authorities. Without `device_url` there is no sign-in by code, without `authorization_url` none by browser.
    """

    client_id: str
    token_url: str
    scopes: tuple[str, ...]
    client_secret: str | None = field(default=None, repr=False)
    authorization_url: str | None = None
    device_url: str | None = None
    parameters: Mapping[str, str] | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What a sign-in or a renewal gave. `expires_at`: seconds since 1970, by our clock."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float

    def dump(self) -> str:
        """As a vault keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str | None) -> Token | None:
        """What a vault kept; None where it is nothing of ours."""
        try:
            data = json.loads(text or "")
            return cls(str(data["access"]), str(data["refresh"]), float(data["expires_at"]))
        except (ValueError, KeyError, TypeError):
            return None


class Vault(Protocol):
    """Where one account's token is kept, safe from others and from a crash."""

    def load(self) -> str | None:
        """What was saved last."""

    def save(self, text: str) -> None:
        """Replace it, at once or not at all."""

    def lock(self) -> AbstractContextManager[None]:
        """Held while a token is renewed, so that two processes do not use one refresh token."""


class Tokens:
    """The access tokens of one account: see `ports.AccessTokens`."""

    def __init__(
        self,
        client: Client,
        vault: Vault,
        renew: Callable[[Client, str, float], Token] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._vault, self._clock = client, vault, clock
        self._renew = renew or renew_in_child
        self._token: Token | None = None

    def __call__(self, refused: str | None = None) -> str:
        """See `ports.AccessTokens`."""
        if not self._holds(self._token, refused):
            with self._vault.lock():
                self._token = Token.parse(self._vault.load())
                if self._token is None:
                    raise RefusedLoginError(f"nobody has signed in yet: {_SIGN_IN_AGAIN}")
                if not self._holds(self._token, refused):
                    self._token = self._renew(self._client, self._token.refresh, self._clock())
                    self._vault.save(self._token.dump())
        assert self._token is not None  # noqa: S101 -- said for the type checker: _holds(None) is false
        return self._token.access

    def _holds(self, token: Token | None, refused: str | None) -> bool:
        return token is not None and token.access != refused and self._clock() < token.expires_at - MARGIN


def renew_in_child(client: Client, refresh: str, now: float) -> Token:
    """`renew` in a process of its own."""
    answer = child.call("oauth.renew", {"client": asdict(client), "refresh": refresh, "now": now}, TIMEOUT + 10)
    return Token(**answer)


def renew_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The child's side of `renew_in_child`."""
    client = Client(**{**arguments["client"], "scopes": tuple(arguments["client"]["scopes"])})
    return asdict(renew(client, arguments["refresh"], arguments["now"]))


def renew(client: Client, refresh: str, now: float) -> Token:
    """A new access token for a refresh token (RFC 6749 6). Errors as `ask` says; `now` in seconds since 1970."""
    from oauthlib.oauth2 import WebApplicationClient  # noqa: PLC0415 -- 20 MB with requests

    ours = WebApplicationClient(client.client_id)
    body = ours.prepare_refresh_body(refresh_token=refresh, client_id=client.client_id, **secret_of(client))
    try:
        return token_of(ask(client, client.token_url, body), now, refresh)
    except Declined as error:
        raise RefusedLoginError(f"{error}: the sign-in holds no longer; {_SIGN_IN_AGAIN}") from error


def secret_of(client: Client) -> dict[str, str]:
    """The parameter that proves who we are, where the provider gave a secret out (RFC 6749 2.3.1)."""
    return {} if client.client_secret is None else {"client_secret": client.client_secret}


def ask(client: Client, url: str, body: str) -> dict[str, Any]:
    """Post a form to the provider; its answer. An OAuth error becomes one of ours, the provider's word in it.

    RefusedLoginError: sign in again. TransientError: the provider is away or busy. TerminalError: our client is
    wrong. `Declined` for the errors that a sign-in by code must tell apart (RFC 8628 3.5).
    """
    import requests  # noqa: PLC0415 -- 20 MB

    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        with https(client.ca_file) as session:
            answer = session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        raise TerminalError(f"{url} shows a certificate that cannot be trusted: {error}") from error
    except requests.RequestException as error:
        raise TransientError(f"{url} is not reachable: {error}") from error
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and answer.status_code == requests.codes.ok and "error" not in found:
        return found
    raise _failure(url, answer.status_code, found if isinstance(found, dict) else {})


class Declined(AgentError):
    """The provider gave no token. `code` is its word for the reason (RFC 6749 5.2, RFC 8628 3.5)."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def _failure(url: str, status: int, found: Mapping[str, Any]) -> AgentError:
    code = str(found.get("error", ""))
    said = f"{url} answers {status} {code} {found.get('error_description', '')}".rstrip()
    if code in {"invalid_grant", "interaction_required", "consent_required", "login_required"}:
        return RefusedLoginError(f"{said}: the sign-in holds no longer; {_SIGN_IN_AGAIN}")
    if code in {"authorization_pending", "slow_down", "access_denied", "expired_token"}:
        return Declined(said, code)
    if code in _BUSY or status >= 500 or status == 429 or not code:
        return TransientError(said)
    return TerminalError(f"{said}: check oauth2.client_id and its secret in the settings")


def token_of(found: Mapping[str, Any], now: float, refresh: str | None = None) -> Token:
    """The token in a provider's answer; `refresh` is kept where it brings no other (RFC 6749 6)."""
    kept = found.get("refresh_token") or refresh
    if not isinstance(found.get("access_token"), str) or not isinstance(kept, str):
        raise TerminalError("the provider gave no token that can be renewed: the scopes must allow offline access")
    try:
        seconds = float(found.get("expires_in", 3600))
    except (TypeError, ValueError):
        seconds = 3600.0  # RFC 6749 5.1: recommended, not required
    return Token(found["access_token"], kept, now + seconds)


def https(ca_file: str | None) -> requests.Session:
    """A session that trusts the system's authorities and `ca_file`."""
    import ssl  # noqa: PLC0415

    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=Path(ca_file))

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
            return super().init_poolmanager(*args, **kwargs, ssl_context=context)

    session = requests.Session()
    session.mount("https://", Adapter())
    return session
