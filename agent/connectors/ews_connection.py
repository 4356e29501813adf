"""Connecting to an Exchange server: its address, the login, whose mailbox is opened.

Nothing is talked to before it is needed. exchangelib keeps its sessions in a process-wide cache; ours stay out of it,
so that closing an account closes them, and another account never gets them.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from exchangelib import DELEGATE, IMPERSONATION, UTC, Account, Configuration, Credentials, OAuth2Credentials
from exchangelib.protocol import Protocol
from exchangelib.transport import BASIC, NTLM, OAUTH2

from agent.connectors.ews_errors import Answers, translated
from agent.connectors.ews_http import AppOnly, AutodiscoverAtUrl, EwsProtocol, Login
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError

SESSIONS = 2
"""Connections at once: one streams notifications, the other asks."""

_AUTH = {"any": None, "basic": BASIC, "ntlm": NTLM, "oauth2": OAUTH2}
_REDIRECTS = 5


class Connection:
    """One mailbox on one server. `timeout` in seconds is how long it may be silent, `patience` how long one answer
    may take in all: a server that sends a byte a second is never silent.

    `endpoint` is the URL of EWS or, with `autodiscover`, that of the server or domain that knows it (MS-OXWSADISC).
    With `impersonates` the login acts for the mailbox, otherwise by its own rights in it. `context` replaces the
    system's trust in certificates.
    """

    def __init__(
        self,
        endpoint: str,
        login: Login,
        mailbox: str,
        *,
        autodiscover: bool = False,
        impersonates: bool = False,
        context: ssl.SSLContext | None = None,
        timeout: float = 30.0,
        patience: float = 300.0,
    ) -> None:
        self._endpoint, self._login, self.mailbox = endpoint, login, mailbox
        self._autodiscover = autodiscover
        self._impersonates = impersonates or login.auth == "oauth2"  # an application has no mailbox of its own
        self._context, self._timeout, self._patience = context, timeout, patience
        self._account: Account | None = None
        self._proven = False  # the server has answered this account

    @property
    def where(self) -> str:
        """The server in words."""
        return f"the Exchange server {self._endpoint}"

    @property
    def user(self) -> str:
        """Who is logged in, in words."""
        return self._login.client_id if self._login.auth == "oauth2" else self._login.user

    @contextmanager
    def guard(self) -> Iterator[Account]:
        """The account; what breaks in its use becomes one of our errors, and its sessions are closed."""
        try:
            with translated(self.where, self.mailbox):
                yield self.account
                self._proven = True
        except RefusedLoginError as error:
            aged = self._proven and self._login.auth == "oauth2"  # it was taken before: the token grew too old
            self.close()
            if aged:
                raise TransientError(f"{self.where} wants a new token, which the next try brings") from error
            raise
        except AgentError as error:
            if isinstance(error, TransientError | TerminalError):
                self.close()
            raise

    @property
    def account(self) -> Account:
        """exchangelib's account; its own errors, unless inside `guard`."""
        if self._account is None:
            endpoint = self._discovered() if self._autodiscover else self._endpoint
            config = Configuration(
                credentials=self._credentials,
                service_endpoint=endpoint,
                auth_type=_AUTH[self._login.auth],
                retry_policy=Answers(),
                max_connections=SESSIONS,
            )
            protocol = EwsProtocol(config=config)
            try:
                protocol.trust(self._context, self._timeout, self._patience)
                access = IMPERSONATION if self._impersonates else DELEGATE
                self._account = Account(self.mailbox, config=config, access_type=access, default_timezone=UTC)
            finally:
                del Protocol[config]  # the process-wide cache
        return self._account

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, or was one that nobody has found broken."""
        return self._account is not None

    def fresh(self) -> None:
        """Close idle connections: the next request makes its own, so that a stale one is not mistaken for a broken."""
        if self._account is not None:
            self._account.protocol.close()

    def close(self) -> None:
        """Give the connections back; the next use makes new ones, and looks at everything afresh."""
        account, self._account, self._proven = self._account, None, False
        if account is not None:
            account.protocol.close()

    @cached_property
    def _credentials(self) -> Credentials | OAuth2Credentials:
        if self._login.auth == "oauth2":
            return AppOnly(self._login, self._endpoint, self.mailbox)
        return Credentials(self._login.user, self._login.secret)

    def _discovered(self) -> str:
        """The URL of EWS: asked of the domain, then of its host "autodiscover", following what they say."""
        scheme, _, rest = self._endpoint.partition("://")
        said: list[AgentError] = []
        for host in (rest.rstrip("/"), f"autodiscover.{rest.rstrip('/')}"):
            try:
                return self._follow(f"{scheme}://{host}/autodiscover/autodiscover.svc")
            except RefusedLoginError:
                raise
            except (TransientError, TerminalError) as error:  # a web site of the domain: its other host may know
                said.append(error)
        kind = TransientError if any(isinstance(error, TransientError) for error in said) else TerminalError
        raise kind("; ".join(str(error) for error in said))

    def _follow(self, url: str) -> str:
        address, scheme = self.mailbox, url.partition("://")[0]
        for _ in range(_REDIRECTS):
            answer = self._ask_autodiscover(url, address)
            if answer.redirect_url:
                url = _secure(answer.redirect_url, scheme)
            elif answer.redirect_address:
                address = answer.redirect_address
            elif found := answer.ews_url or answer.user_settings.get("internal_ews_url"):
                return str(found)
        raise TerminalError(f"{url} does not lead to a mailbox of {address}")

    def _ask_autodiscover(self, url: str, address: str) -> Any:
        config = Configuration(
            credentials=self._credentials,
            service_endpoint=url,
            auth_type=_AUTH[self._login.auth],
            retry_policy=Answers(),
        )
        protocol = AutodiscoverAtUrl(config=config)
        protocol.trust(self._context, self._timeout, self._patience)
        try:
            with translated(f"autodiscovery at {url}", address):
                answer = protocol.get_user_settings(user=address)
                answer.raise_errors()
                return answer
        finally:
            protocol.close()


def _secure(url: str, scheme: str) -> str:
    if scheme == "https" and not url.startswith("https://"):
        raise TerminalError(f"autodiscovery leads on to {url}, where a password would be sent unencrypted")
    return url
