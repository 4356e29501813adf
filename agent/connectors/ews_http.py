"""How exchangelib speaks HTTP for us: which certificates count, how long an answer may take, how one logs in."""

from __future__ import annotations

import logging
import ssl
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import requests
from exchangelib import OAuth2Credentials
from exchangelib.account import Identity
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.errors import UnauthorizedError
from exchangelib.protocol import Protocol
from exchangelib.transport import BASIC, NTLM
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from agent.connectors.ews_errors import NO_WAY_IN

Auth: TypeAlias = Literal["any", "basic", "ntlm", "oauth2"]

logging.getLogger("exchangelib").setLevel(logging.CRITICAL)
"""Of a request that failed it would log everything, the letter in it included. What failed is in our errors."""

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in. For "oauth2" (an application's own access) `secret` is the client's, and `tenant` the directory's
    id or name, or the whole URL of a token endpoint of one's own (AD FS).
    """

    user: str
    secret: str
    auth: Auth = "any"
    client_id: str = ""
    tenant: str = ""


class _Trusting:
    """What both kinds of protocol get: our trust in certificates, our time-outs, our look at what a server offers."""

    service_endpoint: str
    retry_policy: Any
    dummy_xml: Any
    _context: ssl.SSLContext | None = None
    _patience = 0.0

    def trust(self, context: ssl.SSLContext | None, timeout: float, patience: float) -> None:
        self._context, self._patience = context, patience
        self.TIMEOUT = timeout

    def get_auth_type(self) -> str:
        """The safest login that the server offers. The library would ask eight times, and not say what it met."""
        with self.raw_session(self.service_endpoint) as session:
            response = session.post(
                self.service_endpoint, data=self.dummy_xml(), allow_redirects=False, timeout=self.TIMEOUT
            )
        if response.status_code != 401:
            self.retry_policy.raise_response_errors(response)
        offers = response.headers.get("WWW-Authenticate", "").lower()
        for auth, name in ((NTLM, "ntlm"), (BASIC, "basic")):
            if name in offers:
                return str(auth)
        raise UnauthorizedError(f"{NO_WAY_IN} ({offers or 'nothing'})")

    def raw_session(self, prefix: str, *args: Any, **kwargs: Any) -> requests.Session:
        session: requests.Session = super().raw_session(prefix, *args, **kwargs)  # type: ignore[misc]  # the mixed-in
        session.hooks["response"].append(partial(_whole, patience=self._patience))
        for url in (prefix, kwargs.get("oauth2_token_endpoint")):
            if url:
                session.mount(url, _Adapter(self._context or ssl.create_default_context()))
        return session


class EwsProtocol(_Trusting, Protocol):  # type: ignore[misc]  # the library ships no types
    """EWS itself."""


class AutodiscoverAtUrl(_Trusting, AutodiscoverProtocol):  # type: ignore[misc]  # as above
    """Autodiscovery at one address."""


class _Adapter(HTTPAdapter):
    """One connection a session, never tried again, with the given trust in certificates."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._trust = context
        super().__init__(pool_connections=1, pool_maxsize=1, pool_block=True, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._trust)


class AppOnly(OAuth2Credentials):  # type: ignore[misc]  # the library ships no types
    """An application's own access (RFC 6749 4.4), which has no refresh token: an old token is replaced by a new one."""

    def __init__(self, login: Login, endpoint: str, mailbox: str) -> None:
        super().__init__(
            client_id=login.client_id,
            client_secret=login.secret,
            tenant_id=login.tenant,
            identity=Identity(primary_smtp_address=mailbox),
        )
        own = login.tenant.startswith(("https://", "http://"))
        self._url = login.tenant if own else _MICROSOFT.format(tenant=login.tenant)
        self._scope = f"https://{endpoint.partition('://')[2].partition('/')[0]}/.default"

    @property
    def token_url(self) -> str:
        return self._url

    @property
    def scope(self) -> list[str]:
        return [self._scope]

    def session_params(self) -> dict[str, Any]:
        return {"token": self.access_token}

    def __hash__(self) -> int:
        return hash((self.client_id, self._url))


def _whole(response: requests.Response, *, patience: float, stream: bool = False, **_: Any) -> None:
    """Read the answer, once the login has had its look at it."""
    if stream:
        return
    end = time.monotonic() + patience
    parts = []
    try:
        while (part := response.raw.read1(1 << 16, decode_content=True)) and time.monotonic() < end:
            parts.append(part)
    except HTTPError as error:
        raise requests.ConnectionError(error) from error
    if part:
        response.close()
        raise requests.exceptions.ReadTimeout(f"the answer was not there after {patience:g} s")
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]  # what `content` looks at
