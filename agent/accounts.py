"""The mentor's accounts: which connector reads the mail, sends it and keeps the calendar that the settings name."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent import secrets, signin
from agent.config import Settings
from agent.connectors.ports import AccessTokens, Calendar, Mailbox, Transport, WholeAccount
from agent.errors import ConfigError
from agent.urls import (
    AUTODISCOVER,
    LINK_SCHEMES,
    WHOLE_ACCOUNTS,
    Address,
    is_whole,
    names_host_alone,
    parse_url,
    web_link,
)

if TYPE_CHECKING:
    from agent.connectors.graph import GraphAccount

MAIL = ("maildir", "imap", "imaps", *WHOLE_ACCOUNTS)
OUT = ("maildir", "smtp", "smtps", "smtp+starttls", *WHOLE_ACCOUNTS)
SMTP_TLS: Mapping[str, Literal["implicit", "starttls", "none"]] = {
    "smtps": "implicit",
    "smtp+starttls": "starttls",
    "smtp": "none",
}
CALENDARS = ("dir", "caldav+http", "caldav+https", *LINK_SCHEMES, *WHOLE_ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The three that an agent needs."""

    mailbox: Mailbox
    transport: Transport
    calendar: Calendar


def connect(settings: Settings, environment: Mapping[str, str]) -> Accounts:
    """All that the settings name; what is one account there is one here too. ConfigError for a missing password."""
    if not is_whole(settings.mailbox.url):
        parts = (mailbox(settings, environment), transport(settings, environment), calendar(settings, environment))
        return Accounts(*parts)
    one = whole(settings, environment)
    return Accounts(
        one.mailbox,
        one.transport if is_whole(settings.smtp.url) else transport(settings, environment),
        one.calendar if is_whole(settings.calendar.url) else calendar(settings, environment),
    )


def whole(settings: Settings, environment: Mapping[str, str]) -> WholeAccount:
    """The account in `mailbox.url`, where that is one of WHOLE_ACCOUNTS."""
    if settings.mailbox.url.startswith("graph:"):
        return graph(settings, environment).connect()
    address = parse_url(settings.mailbox.url, WHOLE_ACCOUNTS)
    return _exchange(settings, address, environment)


def _exchange(settings: Settings, address: Address, environment: Mapping[str, str]) -> WholeAccount:
    """An Exchange server. The password of an application's own access is its client secret."""
    from agent.connectors.ews import Connection, EwsAccount, Login  # noqa: PLC0415

    chosen = settings.exchange
    user, password = login("mailbox", settings.mentor.address, address, settings.mailbox.password_file, environment)
    found = address.path == AUTODISCOVER
    path = "" if found else address.path if address.path not in ("", "/") else "/EWS/Exchange.asmx"
    return EwsAccount(
        Connection(
            f"https://{address.host}{'' if address.port == 443 else f':{address.port}'}{path}",
            Login(user, password, chosen.auth, chosen.client_id, chosen.tenant),
            chosen.address or settings.mentor.address,
            autodiscover=found,
            impersonates=chosen.access == "impersonation",
            context=trust(settings),
        )
    )


def graph(settings: Settings, environment: Mapping[str, str]) -> GraphAccount:
    """The Microsoft 365 account in `mailbox.url`. ConfigError where its app acts by itself and no secret is found."""
    from agent.connectors.graph import GraphAccount  # noqa: PLC0415 -- 24 MB, with requests and msal

    address, app = parse_url(settings.mailbox.url, MAIL), settings.graph
    if app is None:
        raise ConfigError(["graph.client_id: is missing"])
    secret = None
    if app.auth == "app":
        _, secret = login("mailbox", address.host, address, settings.mailbox.password_file, environment)
    return GraphAccount(
        address=f"{address.user}@{address.host}",
        tenant=app.directory(address.host),
        client_id=app.client_id,
        secret=secret,
        base=app.url,
        login=app.login_url,
        file=settings.state_dir / "microsoft365.tokens",
        context=trust(settings),
    )


def mailbox(settings: Settings, environment: Mapping[str, str]) -> Mailbox:
    """The mailbox that the settings name."""
    if is_whole(settings.mailbox.url):
        return whole(settings, environment).mailbox
    address = parse_url(settings.mailbox.url, MAIL)
    if address.scheme == "maildir":
        from agent.connectors.maildir import MaildirMailbox  # noqa: PLC0415 -- each connector only where it is used

        return MaildirMailbox(address.directory)
    from agent.connectors.imap import ImapMailbox  # noqa: PLC0415

    user, password = _login("mailbox", settings, address, environment)
    return ImapMailbox(
        address.host,
        address.port,
        user,
        password,
        tls=address.scheme == "imaps",
        sent_folder=settings.mailbox.sent_folder,
        context=trust(settings),
    )


def transport(settings: Settings, environment: Mapping[str, str]) -> Transport:
    """The way out that the settings name. A server without a user name is spoken to without a login."""
    if is_whole(settings.smtp.url):
        return whole(settings, environment).transport
    address = parse_url(settings.smtp.url, OUT)
    if address.scheme == "maildir":
        from agent.connectors.maildir import MaildirTransport  # noqa: PLC0415

        inbox = parse_url(settings.mailbox.url, MAIL)
        if inbox.scheme != "maildir":
            return MaildirTransport(address.directory)
        return MaildirTransport(address.directory, inbox.directory, settings.mentor.address.lower())
    from agent.connectors.smtp import SmtpTransport  # noqa: PLC0415

    user: str | None = None
    password: str | AccessTokens | None = None
    if address.user is not None or settings.smtp.auth == "oauth2":
        user, password = _login("smtp", settings, address, environment)
    tls = SMTP_TLS[address.scheme]
    return SmtpTransport(address.host, address.port, user, password, tls=tls, context=trust(settings))


def calendar(settings: Settings, environment: Mapping[str, str]) -> Calendar:
    """The calendar that the settings name: where entries are added."""
    if is_whole(settings.calendar.url):
        return whole(settings, environment).calendar
    address = parse_url(settings.calendar.url, CALENDARS)
    if address.scheme == "dir":
        from agent.connectors.ics_dir import IcsDirectory  # noqa: PLC0415

        return IcsDirectory(address.directory)
    if address.scheme in LINK_SCHEMES:
        part = settings.calendar
        return _subscribed("calendar", part.url, part.password_file, "calendar.password_file", settings, environment)
    return _caldav(settings, environment, next(iter(settings.calendar.calendars), ""))


def further(settings: Settings, environment: Mapping[str, str]) -> dict[str, Callable[[], Calendar]]:
    """What makes each calendar that is only read, by its name: others of the same account, then the subscriptions."""
    made: dict[str, Callable[[], Calendar]] = {
        name: partial(_caldav, settings, environment, name) for name in settings.calendar.calendars[1:]
    }
    for name, one in settings.calendar.subscriptions.items():
        key = f"calendar.subscriptions.{name}.link_file"
        made[name] = partial(_subscribed, f"subscription-{name}", one.url, one.link_file, key, settings, environment)
    return made


def also_read(settings: Settings, environment: Mapping[str, str]) -> dict[str, Calendar]:
    """Every calendar of `further`. ConfigError names each whose link or password is not found."""
    found: dict[str, Calendar] = {}
    problems: list[str] = []
    for name, make in further(settings, environment).items():
        try:
            found[name] = make()
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


def _caldav(settings: Settings, environment: Mapping[str, str], which: str) -> Calendar:
    from agent.connectors.caldav_child import ChildCalendar  # noqa: PLC0415

    address = parse_url(settings.calendar.url, CALENDARS)
    file = settings.calendar.password_file
    user, password = login("calendar", settings.mentor.address, address, file, environment)
    scheme = address.scheme.removeprefix("caldav+")
    url = f"{scheme}://{address.host}:{address.port}{address.path}"
    tls = trust(settings)  # reads the file, and says what is wrong with it
    ca = settings.ca_file.read_text(encoding="utf-8") if settings.ca_file else ""
    return ChildCalendar(url, user, password, which=which, ca=ca, tls=tls)


def _subscribed(
    name: str, url: str, file: Path | None, key: str, settings: Settings, environment: Mapping[str, str]
) -> Calendar:
    """A published calendar; its link is in the URL, or a secret called `name`."""
    from agent.connectors.ics_link import IcsLink  # noqa: PLC0415

    link = url
    if names_host_alone(url):
        account = f"{name}@{parse_url(url, LINK_SCHEMES).host}"
        found = secrets.find(name, account, file, environment)
        if found is None:
            raise ConfigError(
                [
                    f"{name}: no link for {account}: put it into a file (chmod 600) and name it with {key}, "
                    f"into the variable {secrets.variable(name)}, or into the keyring under this name"
                ]
            )
        link = found
    return IcsLink(web_link(link), tls=trust(settings))


def _login(
    name: Literal["mailbox", "smtp"], settings: Settings, address: Address, environment: Mapping[str, str]
) -> tuple[str, str | AccessTokens]:
    """User name, and password or whatever gives access tokens."""
    part = settings.mailbox if name == "mailbox" else settings.smtp
    if part.auth == "oauth2":
        return address.user or settings.mentor.address, signin.tokens(settings, environment)
    return login(name, settings.mentor.address, address, part.password_file, environment)


def trust(settings: Settings) -> ssl.SSLContext | None:
    """The system's authorities and those of `ca_file`; None for the system's alone. ConfigError if it is unusable."""
    file = settings.ca_file
    if file is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=file)
    except OSError as error:  # SSLError is one: what is no PEM certificate
        raise ConfigError([f"ca_file: {file} cannot be read as PEM certificates: {error}"]) from None
    return context


def login(
    name: str, default_user: str, address: Address, file: Path | None, environment: Mapping[str, str]
) -> tuple[str, str]:
    """User name and password for a server. ConfigError says where the password may be put."""
    user = address.user or default_user
    account = f"{user}@{address.host}"
    password = secrets.find(name, account, file, environment)
    if password is None:
        raise ConfigError(
            [
                f"{name}: no password for {account}: put it into the keyring (mentor-agent init does), into the "
                f"variable {secrets.VARIABLES[name]}, or name a file with {name}.password_file"
            ]
        )
    return user, password
