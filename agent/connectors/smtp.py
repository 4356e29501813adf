"""The way out over SMTP (RFC 5321, RFC 6409), phase by phase: what has gone is never confused with what has not.

smtplib's own sendmail() does not say in which phase it failed, and its login() tries one mechanism after the other,
which makes three refused logins of one wrong password.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NoReturn

from agent.connectors.ports import BEARER_ERROR_SEEN, AccessTokens, bearer
from agent.connectors.rawmail import bounded_headers, check_envelope
from agent.errors import RefusedLoginError, TerminalError, TransientError, UncertainSendError

_EOL = re.compile(rb"\r\n|\n|\r")
_QUIT_TIMEOUT = 2.0  # seconds
_TLS_REASONS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL"}


class SmtpTransport:
    """One connection a message. With a username, nothing is sent unless the login succeeded.

    `tls`: "implicit" (usually port 465), "starttls" (587; never falls back to plain text), "none" (a server on this
    machine). `timeout` in seconds applies to every answer. `context` replaces the system's trust in certificates.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | AccessTokens | None,
        *,
        tls: Literal["implicit", "starttls", "none"],
        timeout: float = 30.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._username, self._password = username, password
        self._tls, self._timeout, self._context = tls, timeout, context

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`. If any recipient is refused, the message goes to none."""
        check_envelope(sender, recipients)
        content = _EOL.sub(b"\r\n", raw)
        with self._session() as smtp:
            self._envelope(smtp, content, sender, recipients)
            self._expect(smtp, 354, "DATA")
            before_data()
            try:
                smtp.send(_dotted(content))
                code, text = smtp.getreply()
            except (OSError, smtplib.SMTPException) as exc:  # SMTPException is an OSError; said for the reader
                raise UncertainSendError(
                    f"{self._where} broke off after the message was handed over: it may have gone ({exc})"
                ) from exc
            if 400 <= code <= 599:
                self._refused("the message", code, text)
            if not 200 <= code <= 299:
                raise UncertainSendError(f"{self._where} answers nonsense to the message: {code} {_words(text)}")

    def check(self) -> list[str]:
        """See `Transport.check`."""
        with self._session():
            login = f"logged in as {self._username}" if self._username is not None else "no login"
            return [f"{self._where} answers: TLS {self._tls}, {login}"]

    @property
    def _where(self) -> str:
        return f"the SMTP server {self._host}:{self._port}"

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection, greeted, encrypted and logged in. What breaks in it before the content is not sent."""
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connect()
            self._greet(smtp)
            password = self._password or ""
            if self._username is not None and isinstance(password, str):
                self._login(smtp, self._username, password)
            elif self._username is not None and not isinstance(password, str):
                smtp = self._bear(smtp, self._username, password)
            yield smtp
            _quit(smtp)
        except ssl.SSLCertVerificationError as exc:
            raise TerminalError(f"{self._where} shows a certificate that cannot be trusted: {exc}") from exc
        except smtplib.SMTPResponseException as exc:  # 5xx too: it is about the server, and not about the letter
            raise TransientError(
                f"{self._where} refuses the connection: {exc.smtp_code} {_words(exc.smtp_error)}"
            ) from exc
        except (OSError, smtplib.SMTPException) as exc:
            if isinstance(exc, ssl.SSLError) and exc.reason in _TLS_REASONS:
                raise TerminalError(f"{self._where} does not speak TLS this way ({exc.reason})") from exc
            raise TransientError(f"{self._where} is not reachable: {exc}") from exc
        finally:
            if smtp is not None:
                smtp.close()

    def _connect(self) -> smtplib.SMTP:
        # An address literal for a name (RFC 5321 4.1.3): getfqdn() may hang in the DNS, and tells the machine's name.
        me = "[127.0.0.1]"
        if self._tls == "implicit":
            context = self._context or ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, me, timeout=self._timeout, context=context)
        return smtplib.SMTP(self._host, self._port, me, timeout=self._timeout)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._tls == "starttls":
            if not smtp.has_extn("starttls"):
                raise TerminalError(f"{self._where} offers no STARTTLS: nothing is sent unencrypted")
            smtp.starttls(context=self._context or ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()

    def _login(self, smtp: smtplib.SMTP, username: str, password: str) -> None:
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:  # RFC 4616
            code, text = smtp.docmd("AUTH", "PLAIN " + _b64(f"\0{username}\0{password}"))
        elif "LOGIN" in offered:
            code, text = smtp.docmd("AUTH", "LOGIN " + _b64(username))
            if code == 334:
                code, text = smtp.docmd(_b64(password))
        else:
            raise TerminalError(f"{self._where} offers no login with a password (AUTH: {' '.join(offered) or 'none'})")
        self._check_login(username, code, text)

    def _check_login(self, username: str, code: int, text: bytes) -> None:
        if code >= 500:
            raise RefusedLoginError(f"{self._where} refuses the login of {username}: {code} {_words(text)}")
        if code != 235:
            self._refused("the login", code, text)

    def _bear(self, smtp: smtplib.SMTP, username: str, tokens: AccessTokens) -> smtplib.SMTP:
        """Log in with an access token; one that is refused is renewed and tried once, on a new connection."""
        token = tokens()
        try:
            self._try_token(smtp, username, token)
        except RefusedLoginError:
            smtp.close()
            smtp = self._connect()
            try:
                self._greet(smtp)
                self._try_token(smtp, username, tokens(refused=token))
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _try_token(self, smtp: smtplib.SMTP, username: str, token: str) -> None:
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        mechanism = next((name for name in ("OAUTHBEARER", "XOAUTH2") if name in offered), None)
        if mechanism is None:
            raise TerminalError(f'{self._where} takes no access tokens: write auth = "password" in the settings')
        first = bearer(mechanism, username, token, self._host, self._port)
        code, text = smtp.docmd("AUTH", f"{mechanism} {base64.b64encode(first).decode()}")
        if code == 334:  # the reason, in JSON (RFC 7628 3.2.2); the refusal itself follows our answer
            reason = _decoded(text)
            code, text = smtp.docmd(base64.b64encode(BEARER_ERROR_SEEN[mechanism]).decode())
            text += b" " + reason
        self._check_login(username, code, text)

    def _envelope(self, smtp: smtplib.SMTP, content: bytes, sender: str, recipients: tuple[str, ...]) -> None:
        options = ""
        if smtp.has_extn("size"):
            options += f" SIZE={len(content)}"
        if smtp.has_extn("8bitmime") and not content.isascii():
            options += " BODY=8BITMIME"
        if not ("".join((sender, *recipients)).isascii() and bounded_headers(content).isascii()):
            if not smtp.has_extn("smtputf8"):
                raise TerminalError(f"{self._where} cannot take addresses or headers outside ASCII (no SMTPUTF8)")
            smtp.command_encoding = "utf-8"
            options += " SMTPUTF8"
        self._expect(smtp, 250, f"MAIL FROM:<{sender}>{options}")
        answers = [(address, *smtp.docmd(f"RCPT TO:<{address}>")) for address in recipients]
        refused = [answer for answer in answers if answer[1] not in (250, 251)]
        if refused:
            address, code, text = max(refused, key=lambda answer: answer[1])  # 5xx before 4xx
            _quit(smtp)
            self._refused(f"the recipient {address}", code, text)

    def _expect(self, smtp: smtplib.SMTP, wanted: int, command: str) -> None:
        code, text = smtp.docmd(command)
        if code != wanted:
            self._refused(command.partition(" SIZE=")[0], code, text)

    def _refused(self, what: str, code: int, text: bytes | str) -> NoReturn:
        message = f"{self._where} refuses {what}: {code} {_words(text)}"
        raise TransientError(message) if code < 500 else TerminalError(message)


def _dotted(content: bytes) -> bytes:
    """With dots doubled at the start of lines, and the end marked (RFC 5321 4.5.2)."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"


def _quit(smtp: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):  # the answer that counts was given before
        if smtp.sock:
            smtp.sock.settimeout(min(_QUIT_TIMEOUT, smtp.timeout))
        smtp.quit()


def _decoded(text: bytes) -> bytes:
    """The reason in a challenge, which is Base64; as it stands where it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _words(text: bytes | str) -> str:
    return " ".join((text.decode("utf-8", "replace") if isinstance(text, bytes) else text).split())
