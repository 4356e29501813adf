"""What Microsoft's answers mean in our words: Graph's error objects, the sign-in server's, and no answer at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError, UnreadableError

_STATE_LOST = {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata"}
_NO_MAILBOX = {"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorNonExistentMailbox"}
_NOBODY = {"ErrorInvalidUser", "Request_ResourceNotFound", "ResourceNotFound"}
_BROKEN = {"ErrorMimeContentConversionFailed", "ErrorContentConversionFailed", "ErrorItemCorrupt", "ErrorCorruptData"}
_GONE = {"ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorObjectNotFound"}

_PASSING = {"temporarily_unavailable", "server_error", "service_unavailable"}
_ADVICE = {  # the codes that a set-up meets; advice only, for Microsoft may change them
    "AADSTS65001": "the app's permissions are not consented to: sign in again, or let the administrator consent",
    "AADSTS90094": "the administrator has to consent to the app's permissions",
    "AADSTS700016": "no such app in this directory: check client_id and tenant",
    "AADSTS7000218": 'switch on "Allow public client flows" where the app is registered',
    "AADSTS7000215": "the app's secret is wrong",
    "AADSTS7000222": "the app's secret has run out: make a new one where the app is registered",
    "AADSTS53003": "the organisation's rules (conditional access) forbid it: ask the administrator",
    "AADSTS530036": "the organisation forbids signing in with a code: ask the administrator",
}


class StateLostError(TransientError):
    """A delta token that the server no longer knows: its collection must be read anew."""


class ConflictError(TransientError):
    """An item that somebody else changed meanwhile."""


class GoneError(UnreadableError):
    """An item that is not there any more."""


@contextmanager
def understood(where: str) -> Iterator[None]:
    """JSON of another shape than Graph's becomes an outage: a proxy's page, or a server that is being changed."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise TransientError(f"{where} answers with something that is not Graph's JSON ({error!r})") from error


def refusal(answer: requests.Response, who: str, need: str, rest: float) -> AgentError:
    """The error that a 4xx or 5xx answer means. `need`: the permission; `rest`: seconds to leave the server alone."""
    code, text = _error(answer)
    said = f"{answer.status_code} {code}{': ' if text else ''}{text}".strip()
    if answer.status_code in (429, 503):
        return TransientError(f"Microsoft Graph is busy, and asks to be left alone for {rest:.0f} s ({said})")
    if answer.status_code == 410 or code.lower() in _STATE_LOST:
        return StateLostError(f"Microsoft Graph forgot where this program was ({said})")
    if error := _of_the_account(answer.status_code, code, said, who, need):
        return error
    if answer.status_code == 412 or code == "ErrorIrresolvableConflict":
        return ConflictError(f"Microsoft Graph has it changed by somebody else meanwhile ({said})")
    if answer.status_code == 404 or code in _GONE:
        return GoneError(f"Microsoft Graph no longer has it ({said})")
    if code in _BROKEN:
        return UnreadableError(f"Microsoft Graph cannot give it ({said})")
    if answer.status_code >= 500:
        return TransientError(f"Microsoft Graph cannot answer now ({said})")
    return TerminalError(f"Microsoft Graph refuses the request ({said})")


def _of_the_account(status: int, code: str, said: str, who: str, need: str) -> AgentError | None:
    """The error that says something of the whole account; None where the answer does not."""
    if code in _NO_MAILBOX:
        return TerminalError(
            f"{who} has no mailbox in Microsoft 365 that Graph can read ({said}): if it lies on an Exchange server of"
            " the company's own, use ews://"
        )
    if code in _NOBODY:
        return TerminalError(f"Microsoft Graph knows no {who} ({said}): check the graph:// address")
    if code == "ErrorSendAsDenied":
        return RefusedLoginError(
            f"{who} may not send under the address in From ({said}): mentor.address must be one of this mailbox's own"
        )
    if status == 401:
        return RefusedLoginError(f"Microsoft Graph refuses the sign-in of {who} ({said}): sign in again")
    if status == 403:
        return RefusedLoginError(
            f"Microsoft Graph does not let this app act for {who} ({said}): it needs the permission {need}; grant it to"
            " the registered app, let the administrator consent, then sign in again"
        )
    return None


def unreachable(exc: requests.RequestException) -> TransientError | TerminalError:
    """What an exchange that brought no answer means."""
    if isinstance(exc, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(exc):
        return TerminalError(f"Microsoft 365 shows a certificate that cannot be trusted (see ca_file): {exc}")
    if isinstance(exc, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return TerminalError(f"this is no address that can be reached: {exc}")
    return TransientError(f"Microsoft 365 is not reachable: {exc}")


def sign_in_refusal(answer: Mapping[str, Any], who: str) -> AgentError:
    """The error in an answer of msal's that holds no token (RFC 6749 5.2, RFC 8628 3.5)."""
    code = str(answer.get("error", ""))
    said = " ".join(str(answer.get("error_description", code or "no answer")).split())[:400]
    if code in _PASSING:
        return TransientError(f"the sign-in server cannot answer now: {said}")
    advice = next((words for name, words in _ADVICE.items() if f"{name}:" in said), None)
    if advice is not None:
        return RefusedLoginError(f"the sign-in of {who} is refused: {advice} ({said})")
    if code in ("authorization_declined", "expired_token", "code_expired", "authorization_pending"):
        return RefusedLoginError(f"nobody signed in as {who} in time ({code}): run mentor-agent login again")
    if code in ("invalid_client", "unauthorized_client"):
        return RefusedLoginError(f"the registered app is refused (client_id, or its secret): {said}")
    return RefusedLoginError(f"the sign-in of {who} no longer holds: run mentor-agent login ({said})")


def _error(answer: requests.Response) -> tuple[str, str]:
    """Code and message of Graph's error object."""
    try:
        error = answer.json()["error"]
        return str(error["code"]), " ".join(str(error.get("message", "")).split())[:300]
    except (ValueError, KeyError, TypeError):
        return "", ""
