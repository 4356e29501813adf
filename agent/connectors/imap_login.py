"""Connecting to an IMAP server, logging in once, and finding the Sent folder."""

from __future__ import annotations

import imaplib
import socket
import ssl
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.connectors.ports import BEARER_ERROR_SEEN, AccessTokens, bearer
from agent.errors import RefusedLoginError, TerminalError, TransientError

if TYPE_CHECKING:
    from imapclient import IMAPClient

_USUAL_NAMES = (
    "Sent",
    "Sent Items",
    "Sent Messages",
    "Sent Mail",
    "Envoyés",
    "Éléments envoyés",
    "Messages envoyés",
    "Mails envoyés",
    "Courrier envoyé",
    "Courriers envoyés",
    "Objets envoyés",
)
_PASSING = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")  # RFC 5530: not about the password
_TLS_REASONS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL"}


@dataclass(frozen=True, slots=True)
class Server:
    """Where, as whom, and how long one answer may take (seconds). `tls`: from the first byte, otherwise STARTTLS."""

    host: str
    port: int
    username: str
    password: str | AccessTokens = field(repr=False)
    tls: bool
    timeout: float
    context: ssl.SSLContext | None

    @property
    def where(self) -> str:
        """In words, for errors."""
        return f"the IMAP server {self.host}:{self.port}"


def connect(server: Server) -> IMAPClient:
    """A connection, logged in. TransientError, RefusedLoginError, or TerminalError for TLS that cannot be trusted.

    An access token that is refused, though it should still hold, is renewed and tried once more.
    """
    if isinstance(server.password, str):
        return _connect(server, server.password)
    token = server.password()
    try:
        return _connect(server, token)
    except RefusedLoginError:
        return _connect(server, server.password(refused=token))


def _connect(server: Server, secret: str) -> IMAPClient:
    from imapclient import IMAPClient  # noqa: PLC0415 - 30 ms that an account without IMAP need not pay

    where, tls = server.where, server.tls
    trust = server.context or ssl.create_default_context()
    client: IMAPClient | None = None
    try:
        client = IMAPClient(server.host, server.port, ssl=tls, ssl_context=trust, timeout=server.timeout)
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # commands leave in pieces: 40 ms each
        client.normalise_times = False  # aware datetimes
        # idle_check() polls the socket first and misses what was read together with "+ idling", or lies decrypted.
        client._poll_socket = lambda sock, timeout=None: True
        if not tls and client.has_capability("STARTTLS"):
            client.starttls(trust)
        _login(client, server, secret)
    except BaseException as exc:
        if client is not None:
            with suppress(OSError, imaplib.IMAP4.error):  # it may be half closed
                client.shutdown()
        if isinstance(exc, ssl.SSLCertVerificationError):
            raise TerminalError(f"{where} shows a certificate that cannot be trusted: {exc}") from exc
        if isinstance(exc, ssl.SSLError) and exc.reason in _TLS_REASONS:
            raise TerminalError(f"{where} does not speak TLS on this port ({exc.reason})") from exc
        raise
    return client


def _login(client: IMAPClient, server: Server, secret: str) -> None:
    where, username = server.where, server.username
    said: list[str] = []  # why the server takes no token
    try:
        if not isinstance(server.password, str):
            _bear(client, server, secret, said)
        elif client.has_capability("AUTH=PLAIN"):  # takes UTF-8, which LOGIN does not
            client.plain_login(username, secret)
        else:
            client.login(username, secret)
    except imaplib.IMAP4.error as exc:
        # IMAPClient calls everything a refused login, a server that dies in the middle of it too.
        if imaplib.IMAP4.abort in (type(exc), type(exc.__context__)) or any(code in str(exc) for code in _PASSING):
            raise TransientError(f"{where} cannot check the login now: {exc}") from exc
        raise RefusedLoginError(f"{where} refuses the login of {username}: {' '.join((str(exc), *said))}") from exc
    except UnicodeError as exc:
        raise TerminalError(f"{where} takes only ASCII in user names and passwords") from exc


def _bear(client: IMAPClient, server: Server, token: str, said: list[str]) -> None:
    """Log in with an access token; a refusal's reason (JSON, RFC 7628 3.2.2) is left in `said`."""
    offered = [m for m in ("OAUTHBEARER", "XOAUTH2") if client.has_capability(f"AUTH={m}")]
    if not offered:
        raise TerminalError(f'{server.where} takes no access tokens: write auth = "password" in the settings')
    mechanism = offered[0]
    first = bearer(mechanism, server.username, token, server.host, server.port)

    def answer(challenge: bytes) -> bytes:
        if challenge:
            said.append(challenge.decode("utf-8", "replace"))
            return BEARER_ERROR_SEEN[mechanism]
        return first

    client.sasl_login(mechanism, answer)


def find_sent(client: IMAPClient, wish: str | None) -> str:
    """The name of the Sent folder: as wished, marked with \\Sent (RFC 6154), or usual. Else TerminalError."""
    folders = [(flags, delimiter, name) for flags, delimiter, name in client.list_folders() if _selectable(flags)]
    if wish is not None:
        if all(name != wish for _, _, name in folders):
            raise TerminalError(f"there is no folder {wish!r}; the folders are: {_listed(folders)}")
        return wish
    marked = [name for flags, _, name in folders if rb"\sent" in _lower(flags)]
    usual = [
        name
        for wanted in _USUAL_NAMES
        for _, delimiter, name in folders
        if _plain(name.rsplit(delimiter.decode(), 1)[-1] if delimiter else name) == _plain(wanted)
    ]
    for name in (*marked, *usual):
        return str(name)
    raise TerminalError(
        f"no folder is marked as Sent: name it in the settings (sent_folder); the folders are: {_listed(folders)}"
    )


def saves_sent(client: IMAPClient, host: str) -> bool:
    """Whether what is sent through this provider's SMTP lies in Sent without us.

    Gmail is known by its extension, whatever its host is called; Microsoft's hosts by their names.
    """
    return bool(client.has_capability("X-GM-EXT-1")) or host.lower().endswith((".office365.com", ".outlook.com"))


def _selectable(flags: tuple[bytes, ...]) -> bool:
    return not {rb"\noselect", rb"\nonexistent"} & _lower(flags)


def _lower(flags: tuple[bytes, ...]) -> set[bytes]:
    return {flag.lower() for flag in flags}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _listed(folders: list[tuple[tuple[bytes, ...], bytes, str]]) -> str:
    return ", ".join(sorted(name for _, _, name in folders)) or "none"
