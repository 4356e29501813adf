"""The way out through Microsoft 365: sendMail in MIME form, so that what leaves is what was approved.

Graph takes the recipients from the message's own headers: they are held against the envelope before anything leaves.

A header that a mailbox has never seen is dropped from a MIME submission until it was set once through JSON (reported to
Microsoft as microsoft-graph-docs-contrib 424). So our key header is made known with a draft that is taken away again,
once in a mailbox's life: a mark in the state directory remembers it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import requests

from agent.connectors.graph_errors import unreachable
from agent.connectors.graph_http import GraphHttp
from agent.connectors.ports import KEY_HEADER
from agent.connectors.rawmail import bounded_headers, check_envelope, check_named
from agent.errors import TerminalError, TransientError, UncertainSendError, UnreadableError

NEED = "Mail.Send"
_EOL = re.compile(rb"\r\n|\n|\r")


class GraphTransport:
    """Sends from the account's own address and keeps the copy in Sent Items, both on the server.

    `mark`: the file that says which mailbox knows our header.
    """

    def __init__(self, http: GraphHttp, mark: Path) -> None:
        self._http = http
        self._mark = mark

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`. Accepted (202) means that the server has it; it may still bounce, as any mail."""
        check_envelope(sender, recipients)
        check_named(bounded_headers(raw), recipients, "Microsoft 365")
        self._prepare()
        body = base64.b64encode(_EOL.sub(b"\r\n", raw))
        transmitting = False

        def before() -> None:
            nonlocal transmitting
            transmitting = True
            before_data()

        try:
            answer = self._http.submit("sendMail", body, before)
        except requests.RequestException as exc:
            if not transmitting or _never_connected(exc):
                raise unreachable(exc) from exc
            raise UncertainSendError(
                f"Microsoft 365 broke off after the message was handed over: it may have gone ({exc})"
            ) from exc
        self._judge(answer)

    def check(self) -> list[str]:
        """See `Transport.check`."""
        self._http.get("mailFolders/sentitems", "Mail.ReadWrite", **{"$select": "totalItemCount"})
        return [f"Microsoft 365 (Graph) sends for {self._http.who}; whether Mail.Send was granted shows with the first"]

    def _prepare(self) -> None:
        """Before anything leaves: token, connection and the header's name are all there. TransientError if not."""
        try:
            if self._mark.exists() and self._mark.read_text(encoding="utf-8") == self._http.who:
                self._http.get("mailFolders/sentitems", "Mail.ReadWrite", **{"$select": "id"})
                return
            headers = [{"name": KEY_HEADER, "value": "known"}]
            draft = {"subject": "mentor-agent", "internetMessageHeaders": headers}
            made = self._http.post("messages", draft, "Mail.ReadWrite")
            self._http.delete(f"messages/{quote(str(made.get('id')), safe='')}", "Mail.ReadWrite")
            self._mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark.write_text(self._http.who, encoding="utf-8")
        except UnreadableError as error:
            raise TransientError(f"Microsoft Graph cannot answer now: {error}") from error
        except OSError as error:
            raise TerminalError(f"{self._mark}: cannot be written: {error}") from error

    def _judge(self, answer: requests.Response) -> None:
        status = answer.status_code
        if status == 202:
            return
        busy = status == 429 or (status == 503 and "Retry-After" in answer.headers)
        if status in (408, 409) or (not 400 <= status <= 499 and not busy):
            raise UncertainSendError(f"Microsoft 365 answers nonsense to the message: {status} {answer.reason}")
        if status == 401:
            self._http.forget_token()
            raise TransientError("Microsoft Graph refuses the access token for sending: a new one is asked for")
        error = self._http.refused(answer, NEED)
        if isinstance(error, UnreadableError) or (isinstance(error, TransientError) and not busy):
            error = TerminalError(str(error))  # it says something of this message
        raise error


def _never_connected(exc: requests.RequestException) -> bool:
    """Whether it failed before anything could be sent: no connection, or no TLS."""
    if isinstance(exc, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    return "NewConnectionError" in repr(exc)
