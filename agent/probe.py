"""One connector at a time, built from the settings and asked whether it works. Nothing is sent, nothing is changed.

What came back is a value, with what to do about it: `init` tests an answer with it, `doctor` a whole settings file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent import accounts, bootstrap, secrets
from agent.config import Settings
from agent.errors import AgentError, ConfigError, RefusedLoginError, TransientError
from agent.urls import FILE_SCHEMES, LINK_SCHEMES, Address, is_here, is_whole, names_host_alone, parse_url

SERVERS = ("mailbox", "smtp", "calendar", "writer")
"""What is asked, in this order; also the tables' names in the settings."""

_SCHEMES = {"mailbox": accounts.MAIL, "smtp": accounts.OUT, "calendar": accounts.CALENDARS}
_CLEAR = {"smtp": "smtps:// or smtp+starttls://", "imap": "imaps://", "caldav+http": "caldav+https://"}

Login = tuple[str, str]
"""User name and password."""


class Verdict(StrEnum):
    """How a check ended. A note asks nothing of anybody, or at most a thought."""

    OK = "ok"
    WRONG = "WRONG"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` says what to do, `error` what was met when it is wrong."""

    name: str
    verdict: Verdict
    text: str
    remedy: str = ""
    error: AgentError | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in where. `key` is the name under which the keyring holds the password."""

    address: Address
    user: str
    file: Path | None

    @property
    def key(self) -> str:
        """User and host, as `agent.accounts` looks for them."""
        return f"{self.user}@{self.address.host}"


def account(name: str, settings: Settings) -> Account | None:
    """Who logs in at one of SERVERS; None where nobody does with a user name and a password."""
    if name == "writer":
        return None
    mailbox, smtp, calendar = settings.mailbox, settings.smtp, settings.calendar
    url, file = {
        "mailbox": (mailbox.url, mailbox.password_file),
        "smtp": (smtp.url, smtp.password_file),
        "calendar": (calendar.url, calendar.password_file),
    }[name]
    address = parse_url(url, _SCHEMES[name])
    if url.startswith("graph:") and (settings.graph is None or settings.graph.auth == "device"):
        return None
    if is_whole(url):
        return Account(address, address.user or settings.mentor.address, mailbox.password_file)
    user = address.user or (None if name == "smtp" else settings.mentor.address)
    if name == "calendar" and address.scheme in LINK_SCHEMES:
        return Account(address, "calendar", file) if names_host_alone(url) else None
    if address.scheme in FILE_SCHEMES or user is None or signs_in(name, settings):
        return None
    return Account(address, user, file)


def signs_in(name: str, settings: Settings) -> bool:
    """Whether one of SERVERS is logged in to with OAuth2 instead of a password."""
    return {"mailbox": settings.mailbox.auth, "smtp": settings.smtp.auth}.get(name) == "oauth2"


def secret_of(name: str, settings: Settings) -> str:
    """The name by which `agent.secrets` knows a server's secret: what is one account has one."""
    urls = {"smtp": settings.smtp.url, "calendar": settings.calendar.url}
    if is_whole(urls.get(name, "")):
        return "mailbox"
    return "llm" if name == "writer" else name


def keyring_account(name: str, settings: Settings) -> str | None:
    """Under which name a server's secret is kept; None where it needs none."""
    if name == "writer":
        return None if settings.writer.url == "none" else f"llm@{settings.writer.url}"
    who = account(name, settings)
    return who.key if who else None


def check(name: str, settings: Settings, environment: Mapping[str, str], refused: set[Login]) -> list[Finding]:
    """Ask one of SERVERS. A login in `refused` is not tried: one wrong password at three servers locks an account."""
    login: Login | None = None
    try:
        if who := account(name, settings):
            login = accounts.login(secret_of(name, settings), who.user, who.address, who.file, environment)
            if login in refused:
                raise RefusedLoginError(f"not tried: {who.user} with this password was refused a moment ago")
        said = _ask(name, settings, environment)
    except AgentError as error:
        if isinstance(error, RefusedLoginError) and login:
            refused.add(login)
        found = [Finding(name, Verdict.WRONG, str(error), _remedy(name, settings, environment, error), error)]
        return [
            *found,
            *(_further(settings, environment, settings.calendar.subscriptions) if name == "calendar" else ()),
        ]
    if name == "calendar":
        found = [Finding(name, Verdict.OK, "; ".join(said)), *_warnings(name, settings)]
        return [*found, *_further(settings, environment, accounts.further(settings, environment))]
    if name != "mailbox":
        return [Finding(name, Verdict.OK, "; ".join(said)), *_warnings(name, settings)]
    return [
        Finding(name, Verdict.OK, "; ".join(said[:-1])),
        Finding("sent folder", Verdict.OK, said[-1]),  # every mailbox says it last
        *_warnings(name, settings),
    ]


def keyring_name() -> str | None:
    """The keyring that passwords are kept in; None where this machine has none."""
    import keyring  # noqa: PLC0415 -- 15 MB, and only these two commands ask

    backend = keyring.get_keyring()
    return backend.name if backend.priority > 0 else None


def _ask(name: str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    if name == "mailbox":
        mailbox = accounts.mailbox(settings, environment)
        try:
            return mailbox.check()
        finally:
            mailbox.close()
    if name == "smtp":
        return accounts.transport(settings, environment).check()
    if name == "calendar":
        return accounts.calendar(settings, environment).check()
    writer = bootstrap.writer(settings, environment)
    return writer.check() if writer else ["built in, needs no model"]


def _further(settings: Settings, environment: Mapping[str, str], names: Collection[str]) -> list[Finding]:
    """Those calendars that are only read. Others of an account whose password was refused are not asked."""
    found = []
    for which, make in accounts.further(settings, environment).items():
        if which not in names:
            continue
        name = f"calendar:{which}"
        try:
            found.append(Finding(name, Verdict.OK, "; ".join(make().check())))
        except AgentError as error:
            where = (
                f"calendar.subscriptions.{which}" if which in settings.calendar.subscriptions else "calendar.calendars"
            )
            mend = (
                ""
                if isinstance(error, ConfigError)
                else f"mend {where} in the settings, if it is not the server's fault"
            )
            found.append(Finding(name, Verdict.WRONG, str(error), mend, error))
    return found


def _remedy(name: str, settings: Settings, environment: Mapping[str, str], error: AgentError) -> str:
    where = f"{name}.url in the settings (--{'llm' if name == 'writer' else name})"
    if isinstance(error, ConfigError):
        return ""  # it says itself what to write where
    if isinstance(error, RefusedLoginError) and signs_in(name, settings):
        return f"mentor-agent login signs in anew; is the user name in {where} whom you sign in as?"
    if isinstance(error, RefusedLoginError) and account(name, settings) is None:
        return "mentor-agent login signs in anew; permissions are given where the app was registered"
    if isinstance(error, RefusedLoginError):
        return (
            f"check the user name in {where}, and the password or key, which came from"
            f" {_origin(name, settings, environment)}; with two-factor login, most providers want an app password"
        )
    if isinstance(error, TransientError):
        if who := account(name, settings):
            return f"is {who.address.host} up, and is port {who.address.port} right? See {where}"
        if name != "writer" and is_whole(settings.mailbox.url):
            return "is this machine connected? Otherwise wait: the agent tries again by itself"
        return f"is it there (mounted, switched on)? Otherwise change {where}"
    return f"mend what it names: {where}, or its other settings in [{name}]"


def _origin(name: str, settings: Settings, environment: Mapping[str, str]) -> str:
    """Where `agent.secrets` takes this secret from."""
    secret = secret_of(name, settings)
    who = account(name, settings)
    file = who.file if who else settings.writer.key_file
    if environment.get(secrets.VARIABLES[secret]):
        return f"the variable {secrets.VARIABLES[secret]}"
    if file is not None:
        return f"the file {file}"
    if environment.get("CREDENTIALS_DIRECTORY"):
        return "systemd's credentials or the keyring"
    return "the keyring"


def _warnings(name: str, settings: Settings) -> list[Finding]:
    """What works, but should be known."""
    if name == "writer":
        if settings.writer.local:
            return []
        host = parse_url(settings.writer.url, ("http", "https")).host
        text = f"allow_remote: notes leave this machine for {host}, without names, contacts and health details"
        return [Finding(name, Verdict.NOTE, text, 'if that is not meant: writer.url = "none"')]
    who = account(name, settings)
    if who is None or is_here(who.address.host) or who.address.scheme not in _CLEAR:
        return []
    text = f"{who.address.scheme}:// may send the password to {who.address.host} unencrypted"
    return [Finding(name, Verdict.NOTE, text, f"write {_CLEAR[who.address.scheme]} in {name}.url")]
