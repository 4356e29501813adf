"""The way out through an Exchange server: the approved message itself (MimeContent), kept in Sent by the server.

The library never sends anything twice here: what it would do again on its own ends in an error (see ews_errors), and
whether the letter may have gone is told from how far the request came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from email.parser import BytesHeaderParser

from exchangelib import Message
from exchangelib.items import SEND_AND_SAVE_COPY

from agent.connectors import ews_requests as ews
from agent.connectors import ews_writes
from agent.connectors.ews_connection import Connection
from agent.connectors.ews_errors import FOREIGN, NONSENSE, from_library, never_connected, refused
from agent.connectors.ports import KEY_HEADER
from agent.connectors.rawmail import bounded_headers, check_envelope, check_named, message_id
from agent.errors import UncertainSendError

_REMEMBERED = 200  # letters: the server files its copy within seconds


class EwsTransport:
    """Sends as the connection's mailbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sent: deque[str] = deque(maxlen=_REMEMBERED)

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`. The server takes the recipients from the header: others are a TerminalError."""
        check_envelope(sender, recipients)
        headers = bounded_headers(raw)
        parsed = BytesHeaderParser().parsebytes(headers)
        check_named(headers, recipients, "an Exchange server")
        letter = _letter(raw, message_id(headers), str(parsed.get(KEY_HEADER, "")).strip())
        with self._connection.guard() as account:  # everything that can fail before the letter leaves fails here
            account.protocol.auth_type  # noqa: B018 -- asked of the server once
            account.version  # noqa: B018 -- as above
            self._connection.fresh()
            account.protocol.release_session(account.protocol.get_session())  # with a new token, where there is one
        before_data()
        try:
            ews_writes.create(account, ews.SENT, letter, SEND_AND_SAVE_COPY)
        except (*FOREIGN, *NONSENSE) as error:
            raise self._failure(error) from error
        self._sent.append(message_id(headers))

    def went(self, message_id: str) -> bool:
        """Whether a letter with this Message-ID went through here lately."""
        return message_id in self._sent

    def check(self) -> list[str]:
        """See `Transport.check`."""
        with self._connection.guard() as account:
            ews.count(account, ews.SENT)
            return [f"{self._connection.where} sends as {account.primary_smtp_address}"]

    def _failure(self, error: Exception) -> Exception:
        """What became of the letter."""
        where = self._connection.where
        self._connection.close()
        if isinstance(error, FOREIGN) and (refused(error) or never_connected(error)):
            return from_library(error, where, self._connection.mailbox)
        return UncertainSendError(
            f"{where} broke off after the message was handed over: it may have gone ({type(error).__name__} {error})"
        )


def _letter(raw: bytes, its_id: str, key: str) -> Message:
    """The message itself; its id and our key said once more, as properties by which Sent is searched."""
    ews.register()
    properties = {name: value for name, value in (("message_id", its_id), ("mentor_key", key)) if value}
    return Message(mime_content=raw, **properties)
