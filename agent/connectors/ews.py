"""A whole account on an Exchange server (EWS, through exchangelib): mailbox, way out and calendar over one login.

The library takes 60 MB and 0.3 s: it is imported with this module, which only the accounts that are on such a server
import.
"""

from __future__ import annotations

from agent.connectors.ews_calendar import EwsCalendar
from agent.connectors.ews_connection import Connection
from agent.connectors.ews_http import Auth, Login
from agent.connectors.ews_mail import EwsMailbox
from agent.connectors.ews_transport import EwsTransport

__all__ = ["Auth", "Connection", "EwsAccount", "EwsCalendar", "EwsMailbox", "EwsTransport", "Login"]


class EwsAccount:
    """See `ports.WholeAccount`. Closing the mailbox closes the connection; the next use of anything opens it again."""

    def __init__(self, connection: Connection) -> None:
        self.transport = EwsTransport(connection)
        self.mailbox = EwsMailbox(connection, self.transport.went)
        self.calendar = EwsCalendar(connection)
