"""Signing in with OAuth2, as the settings say: who we are to which provider, and where the token lies.

It lies in the keyring, or, where there is none, in a file in the state directory that only its owner can read.
"""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import secrets
from agent.config import Settings
from agent.connectors.oauth import Client, Token, Tokens
from agent.errors import ConfigError, TerminalError
from agent.shipped import shipped
from agent.urls import parse_url


@dataclass(frozen=True, slots=True)
class Vault:
    """See `agent.connectors.oauth.Vault`. `account` is the keyring's name for it."""

    state_dir: Path
    account: str

    @property
    def file(self) -> Path:
        """Where it lies when no keyring holds it."""
        return self.state_dir / "oauth2.token"

    def load(self) -> str | None:
        """The file's, or the keyring's."""
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return secrets.kept(self.account)
        except OSError as error:
            raise TerminalError(f"{self.file} cannot be read: {error}") from None

    def save(self, text: str) -> None:
        """Where it lay; a new one into the keyring if there is one."""
        if self.file.exists() or not secrets.keep(self.account, text):
            self._write(text)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One process at a time."""
        try:
            self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.state_dir / "oauth2.lock", os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise TerminalError(f"{self.state_dir} cannot be used: {error}") from None
        with os.fdopen(handle, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _write(self, text: str) -> None:
        """At once or not at all: a half-written token is a sign-in lost."""
        new = self.file.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.file)
        except OSError as error:
            raise TerminalError(f"{self.file} cannot be written: {error}") from None


def wanted(settings: Settings) -> bool:
    """Whether any account signs in with OAuth2."""
    return "oauth2" in {settings.mailbox.auth, settings.smtp.auth}


def user(settings: Settings) -> str:
    """Who signs in: the mailbox's user."""
    named = settings.mailbox.url if settings.mailbox.auth == "oauth2" else settings.smtp.url
    schemes = ("maildir", "imap", "imaps", "smtp", "smtps", "smtp+starttls")
    return parse_url(named, schemes).user or settings.mentor.address


def provider_of(host: str) -> str | None:
    """The shipped provider that signs in at this mail server; None for most."""
    for name, known in _providers().items():
        if any(host.lower() == end or host.lower().endswith(f".{end}") for end in known["hosts"]):
            return name
    return None


def needs_it(provider: str) -> bool:
    """Whether a provider takes no app password any more."""
    return not _providers()[provider]["app_passwords"]


def _providers() -> dict[str, dict[str, Any]]:
    return tomllib.loads(shipped("oauth2.toml").read_text(encoding="utf-8"))


def tokens(settings: Settings, environment: Mapping[str, str]) -> Tokens:
    """The access tokens of the account that the settings name."""
    return Tokens(client(settings, environment), vault(settings))


def vault(settings: Settings) -> Vault:
    """Where the account's token lies."""
    return Vault(settings.state_dir, f"oauth2:{user(settings)}")


def client(settings: Settings, environment: Mapping[str, str]) -> Client:
    """Who we are to the provider; what the settings say comes before what is shipped."""
    chosen = settings.oauth2
    if chosen is None:
        raise ConfigError(["oauth2: is missing"])
    known: dict[str, Any] = {}
    if chosen.provider is not None:
        known = _providers()[chosen.provider]
    own = chosen.model_dump(include={"authorization_url", "device_url", "token_url", "scopes"}, exclude_defaults=True)
    merged = {**known, **own}
    file = chosen.client_secret_file
    return Client(
        client_id=chosen.client_id,
        token_url=merged["token_url"],
        scopes=tuple(merged["scopes"]),
        client_secret=secrets.find("oauth2", f"oauth2@{chosen.client_id}", file, environment),
        authorization_url=merged.get("authorization_url"),
        device_url=merged.get("device_url"),
        parameters=merged.get("parameters"),
        ca_file=str(settings.ca_file) if settings.ca_file else None,
    )


@dataclass(frozen=True, slots=True)
class Ways:
    """The hands of whoever signs in: what is shown, what opens a page, what waits, what time it is (s since 1970)."""

    show: Callable[[str], None]
    open_page: Callable[[str], object]
    sleep: Callable[[float], None]
    clock: Callable[[], float]


def sign_in(settings: Settings, environment: Mapping[str, str], ways: Ways, *, browser: bool | None = None) -> None:
    """Sign the mentor in and keep the token. `browser`: by it, by code, or (None) by code where the provider has it."""
    from agent.connectors import oauth_signin  # noqa: PLC0415 -- the daemon never signs in

    ours = client(settings, environment)
    with vault(settings).lock():  # first: a token that cannot be kept is not asked for
        pass
    if browser or (browser is None and ours.device_url is None):
        token: Token = oauth_signin.by_browser(ours, user(settings), ways.open_page, ways.clock)
    else:
        token = oauth_signin.by_code(ours, ways.show, ways.sleep, ways.clock)
    with vault(settings).lock():
        vault(settings).save(token.dump())
