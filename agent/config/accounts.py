"""The mentor's accounts in the settings: the mailbox, the way out, the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.config.values import MailAddress, Part, url_of
from agent.urls import LINK_SCHEMES, WHOLE_ACCOUNTS, names_host_alone

Auth = Literal["password", "oauth2"]
HttpsUrl = Annotated[str, url_of("https")]


class MailboxSettings(Part):
    """`trust = "local"` says that whatever lies in this mailbox is genuine: only for a private Maildir.

    `auth = "oauth2"`: no password, but the sign-in of the table oauth2; an app password is a password.
    `dkim = "when_needed"` looks signatures up in the DNS where the mailbox's server says nothing of a mail.
    `oldest_answer_days`: a mail that was written earlier than that before it came proves nothing; it may be a replay.
    """

    url: Annotated[str, url_of("maildir", "imap", "imaps", *WHOLE_ACCOUNTS)]
    password_file: Path | None = None
    auth: Auth = "password"
    sent_folder: str | None = None
    trust: Literal["authentication-results", "local"] = "authentication-results"
    authserv_id: str | None = None
    dkim: Literal["when_needed", "off"] = "when_needed"
    oldest_answer_days: float = Field(default=7, gt=0, le=90)
    poll_minutes: float = Field(default=5, gt=0, le=60)
    largest_mail_mb: float = Field(default=10, gt=0, le=50)

    @model_validator(mode="after")
    def _private(self) -> MailboxSettings:
        if self.trust == "local" and not self.url.startswith("maildir:"):
            raise ValueError("trust = \"local\" is only for a maildir; a server's mailbox receives anybody's mail")
        return self


class ExchangeSettings(Part):
    """What an ews:// account needs to be told beyond its URL.

    `address` is the mailbox's main address where it is not the mentor's own: a shared one, say. `access`: the login has
    rights of its own in the mailbox, or may act for it. `auth = "oauth2"` is an application's own access: `client_id`,
    and in `tenant` the directory, or the whole URL of a token endpoint (AD FS); its secret stands for the password.
    """

    address: MailAddress | None = None
    auth: Literal["any", "basic", "ntlm", "oauth2"] = "any"
    access: Literal["delegate", "impersonation"] = "delegate"
    client_id: str = ""
    tenant: str = ""

    @model_validator(mode="after")
    def _application(self) -> ExchangeSettings:
        if self.auth == "oauth2" and not (self.client_id and self.tenant):
            raise ValueError('auth = "oauth2" needs client_id and tenant')
        if self.tenant.startswith("http://"):
            raise ValueError("tenant: a token endpoint is asked over https:// alone")
        return self


class SmtpSettings(Part):
    """The way out."""

    url: Annotated[str, url_of("maildir", "smtp", "smtps", "smtp+starttls", *WHOLE_ACCOUNTS)]
    password_file: Path | None = None
    auth: Auth = "password"


class OAuth2Settings(Part):
    """Who we are to the provider that signs the mentor in, where `auth = "oauth2"`.

    `provider` names a table of config/oauth2.toml; without it the three URLs and the scopes say where and what.
    """

    client_id: str = Field(min_length=1)
    client_secret_file: Path | None = None
    provider: Literal["google", "microsoft"] | None = None
    authorization_url: HttpsUrl | None = None
    device_url: HttpsUrl | None = None
    token_url: HttpsUrl | None = None
    scopes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> OAuth2Settings:
        if self.provider is None and not (self.token_url and self.scopes):
            raise ValueError("without a provider, token_url and scopes are needed")
        if self.provider is None and not (self.authorization_url or self.device_url):
            raise ValueError("without a provider, authorization_url or device_url is needed")
        return self


class SubscriptionSettings(Part):
    """A published calendar that is only read. Where the link is a secret, `url` names the server alone.

    `link_file` then holds the link; without it, it is looked for like a password.
    """

    url: Annotated[str, url_of(*LINK_SCHEMES)]
    link_file: Path | None = None

    @model_validator(mode="after")
    def _one_link(self) -> SubscriptionSettings:
        if self.link_file is not None and not names_host_alone(self.url):
            raise ValueError("link_file holds the link: url then names the server alone, as in ics+https://HOST")
        return self


class CalendarSettings(Part):
    """Where sessions are read from (R29), and entries are added.

    `calendars`: which of a CalDAV account's calendars are read, by name or URL; entries are added to the first.
    `subscriptions` are read beside them, by a name of the mentor's.
    """

    url: Annotated[str, url_of("dir", "caldav+http", "caldav+https", *LINK_SCHEMES, *WHOLE_ACCOUNTS)]
    password_file: Path | None = None
    calendars: tuple[str, ...] = ()
    subscriptions: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], SubscriptionSettings] = {}
    poll_minutes: float = Field(default=10, gt=0, le=120)

    @model_validator(mode="after")
    def _told_apart(self) -> CalendarSettings:
        if self.calendars and not self.url.startswith("caldav+"):
            raise ValueError("calendars are chosen from a CalDAV account's")
        if len({*self.calendars, *self.subscriptions}) < len(self.calendars) + len(self.subscriptions):
            raise ValueError("each of calendars and subscriptions needs a name of its own")
        return self
