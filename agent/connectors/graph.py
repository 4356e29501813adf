"""A Microsoft 365 account over Graph: what its mailbox, its way out and its calendar share."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from agent.connectors.graph_calendar import GraphCalendar
from agent.connectors.graph_http import GraphHttp, new_session
from agent.connectors.graph_mail import GraphMailbox
from agent.connectors.graph_send import GraphTransport
from agent.connectors.graph_tokens import AppTokens, DeviceTokens


@dataclass(frozen=True, slots=True)
class GraphAccount:
    """Whose account, and how it is signed in to.

    `secret` is the app's own where it acts by itself; without one, somebody signs in, and their tokens lie in `file`.
    `base` and `login` are those of the cloud: https://graph.microsoft.com/v1.0, https://login.microsoftonline.com.
    """

    address: str
    tenant: str
    client_id: str
    secret: str | None = field(repr=False)
    base: str
    login: str
    file: Path
    context: ssl.SSLContext | None = None

    def connect(self, clock: Callable[[], float] = time.monotonic, deadline: float = 120.0) -> GraphConnection:
        """Connections of its own; nothing is asked yet. `clock` and `deadline` as in `GraphHttp`."""
        return GraphConnection(self, clock, deadline)


class GraphConnection:
    """One account's three faces. They share tokens, connections and the server's wish to be left alone."""

    def __init__(self, account: GraphAccount, clock: Callable[[], float], deadline: float) -> None:
        session = new_session(account.context)
        authority = f"{account.login.rstrip('/')}/{account.tenant}"
        resource = "{0.scheme}://{0.netloc}".format(urlsplit(account.base))
        self.device: DeviceTokens | None = None
        tokens: DeviceTokens | AppTokens
        if account.secret is None:
            owner = "me"
            tokens = self.device = DeviceTokens(
                account.address, account.client_id, authority, resource, account.file, session
            )
        else:
            owner = f"users/{account.address}"
            tokens = AppTokens(account.address, account.client_id, account.secret, authority, resource, session)
        self.http = GraphHttp(account.base, owner, tokens, session, deadline=deadline, clock=clock)
        self.mailbox = GraphMailbox(self.http)
        self.transport = GraphTransport(self.http, account.file.with_suffix(".header"))
        self.calendar = GraphCalendar(self.http)
