"""What exchangelib raises, in our words: what waiting may mend, what it cannot, and what of a letter nobody can tell.

The library's own reading of HTTP answers blurs all three (a closed connection, a 401 on one and a 503 are "busy" to
it), so `Answers` takes its place: every status is what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import requests
from exchangelib import errors as ews
from exchangelib.protocol import FailFast
from exchangelib.util import is_xml
from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError, UnauthorizedClientError
from urllib3.exceptions import NewConnectionError

from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError

FOREIGN = (ews.EWSError, OAuth2Error, requests.RequestException, OSError)
NONSENSE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the library trips over when a web page comes instead of an answer."""

NO_WAY_IN = "lets nobody log in with a password"

_NO_ANSWER = (ews.SOAPError, ews.MalformedResponseError)

_REFUSED_CLIENT = (InvalidClientError, InvalidGrantError, UnauthorizedClientError)

_NEEDS_SOMEBODY = {
    "ErrorAccessDenied": "does not let this account into the mailbox {mailbox}: ask for full access to it",
    "ErrorAccountDisabled": "has closed the account of {mailbox}",
    "ErrorFolderNotFound": "shows no such folder in the mailbox {mailbox}: is that its address, and may you open it?",
    "ErrorImpersonateUserDenied": "does not let this account act for {mailbox} (role ApplicationImpersonation)",
    "ErrorImpersonationDenied": "does not let this account act for {mailbox} (role ApplicationImpersonation)",
    "ErrorImpersonationFailed": "does not let this account act for {mailbox} (role ApplicationImpersonation)",
    "ErrorNonExistentMailbox": "has no mailbox {mailbox}: set exchange.address to its main address",
    "ErrorMissingEmailAddress": "has no mailbox for this account: set exchange.address",
    "ErrorQuotaExceeded": "has no room left in the mailbox {mailbox}",
    "ErrorSendAsDenied": "does not let this account send as {mailbox}",
    "ErrorMessageSizeExceeded": "takes no letter of this size",
    "ErrorInvalidRecipients": "refuses the recipients",
    "ErrorInvalidRequest": "does not take the request",
    "ErrorMimeContentInvalid": "does not take the letter",
    "ErrorSchemaValidation": "does not take the request",
    "ErrorInvalidServerVersion": "is too old, or no Exchange",
    "ErrorInvalidSchemaVersionForMailboxVersion": "is too old, or no Exchange",
}
"""By response code (MS-OXWSCORE and its siblings): nothing changes until a person changes something."""

UNDECIDED = {
    "ErrorBatchProcessingStopped",
    "ErrorConnectionFailed",
    "ErrorInternalServerError",
    "ErrorInternalServerTransientError",
    "ErrorMailboxStoreUnavailable",
    "ErrorTimeoutExpired",
}
"""Response codes that do not say whether anything was done."""


class StatusError(ews.TransportError):  # type: ignore[misc]  # the library ships no types
    """An HTTP status that carries no answer. `status` is its number."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"HTTP {status} {reason}".strip())
        self.status = status


class Answers(FailFast):  # type: ignore[misc]  # the library ships no types
    """Reads HTTP answers; nothing is ever tried again."""

    def raise_response_errors(self, response: requests.Response) -> None:
        """Raise unless there is a SOAP answer to read: also 500 and 503 carry one, with how long to wait."""
        status = response.status_code
        if status == 200 or (status in (500, 503) and is_xml(response.content)):
            return
        if status == 401:
            raise ews.UnauthorizedError("HTTP 401")
        if status in (301, 302, 307, 308):
            raise ews.RedirectError(url=urljoin(response.url, response.headers.get("Location", "")))
        raise StatusError(status, response.reason or "")


@contextmanager
def translated(where: str, mailbox: str) -> Iterator[None]:
    """Every error of the library as one of ours. `where` is the server in words, `mailbox` its address."""
    try:
        yield
    except AgentError:
        raise
    except FOREIGN as error:
        raise from_library(error, where, mailbox) from error
    except NONSENSE as error:
        raise TransientError(f"{where} answered with something that is not EWS ({type(error).__name__})") from error


def from_library(error: Exception, where: str, mailbox: str) -> AgentError:
    """Our error for one of FOREIGN."""
    code = type(error).__name__
    if isinstance(error, ews.UnauthorizedError):
        return _refused_login(error, where)
    if isinstance(error, _REFUSED_CLIENT):
        return RefusedLoginError(f"no token for {where}: the client id or its secret was refused ({error})")
    broken = next((one for one in causes(error) if isinstance(one, requests.RequestException)), None)
    if broken is not None:
        return _broken(broken, where)
    if isinstance(error, ews.ErrorServerBusy) and error.back_off:
        return TransientError(f"{where} is busy and asks to be left alone for {error.back_off:g} s")
    if code in _NEEDS_SOMEBODY:
        return TerminalError(f"{where} {_NEEDS_SOMEBODY[code].format(mailbox=mailbox)} ({code})")
    if isinstance(error, ews.RedirectError):
        return TerminalError(f"{where} leads on to {error.url}: write that address, if it is the right one")
    if isinstance(error, StatusError) and 400 <= error.status < 500 and error.status not in (408, 429):
        return TerminalError(f"{where} refused the request ({error}): is it the address of EWS?")
    what = "answered with something that is not EWS" if isinstance(error, _NO_ANSWER) else "cannot answer now"
    return TransientError(f"{where} {what}: {code} {error}".rstrip())


def _refused_login(error: ews.UnauthorizedError, where: str) -> AgentError:
    if NO_WAY_IN in str(error):
        return TerminalError(f"{where} {error}")
    return RefusedLoginError(f"{where} refused the user name or the password")


def _broken(error: requests.RequestException, where: str) -> AgentError:
    """A certificate that is not to be trusted needs somebody; so does a port that speaks no TLS."""
    if not isinstance(error, requests.exceptions.SSLError):
        return TransientError(f"{where} cannot be reached: {error}")
    if _untrusted(error):
        return TerminalError(f"the TLS certificate of {where} is not to be trusted: {error}")
    if any(reason in str(error) for reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL")):
        return TerminalError(f"{where} does not speak TLS on this port: {error}")
    return TransientError(f"{where} broke off the TLS connection: {error}")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it, the library's rewording and the connection's own included."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def never_connected(error: BaseException) -> bool:
    """Whether no byte of the request can have left: there was no connection to send it over."""
    for cause in causes(error):
        if isinstance(cause, requests.exceptions.ConnectTimeout | NewConnectionError):
            return True
        if isinstance(cause, requests.exceptions.SSLError) and _untrusted(cause):
            return True
        reason = getattr(cause.args[0], "reason", None) if cause.args else None
        if isinstance(cause, requests.ConnectionError) and isinstance(reason, NewConnectionError):
            return True
    return False


def refused(error: Exception) -> bool:
    """Whether the server said itself that it did not do what it was asked."""
    if isinstance(error, ews.UnauthorizedError | ews.RedirectError):
        return True
    if isinstance(error, StatusError):
        return 400 <= error.status < 500 and error.status != 408
    if any(isinstance(cause, requests.RequestException) for cause in causes(error)):
        return False  # the library words a broken connection as a busy server
    return isinstance(error, ews.ResponseMessageError) and type(error).__name__ not in UNDECIDED


def _untrusted(error: requests.exceptions.SSLError) -> bool:
    return "certificate" in str(error).lower()
