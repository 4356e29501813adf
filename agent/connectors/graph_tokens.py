"""Signing in to Microsoft 365 with msal, and staying signed in for months.

Delegated: somebody signs in once with a code on another device; the refresh token is renewed with each use and written
back at once. App-only: the app has a secret of its own, and the administrator's consent for the mailbox.

Tokens lie in a file that only its owner can read and not in a keyring, since they change every hour, also while nobody
is logged in at the desktop and the keyring is locked.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msal
import requests

from agent.connectors.graph_errors import sign_in_refusal, unreachable
from agent.errors import RefusedLoginError, TerminalError, TransientError

PERMISSIONS = ("Mail.ReadWrite", "Mail.Send", "Calendars.ReadWrite")
"""What is asked for: mail is read, what the agent wrote itself is filed; letters are sent; sessions are entered."""


class DeviceTokens:
    """The tokens of somebody who signed in with a code. `who` is their user name (UPN) in Microsoft 365.

    `authority`: "https://login.microsoftonline.com/TENANT". `resource`: where the tokens count, as "https://HOST".
    """

    def __init__(
        self, who: str, client_id: str, authority: str, resource: str, file: Path, session: requests.Session
    ) -> None:
        self.who = who
        self._client_id, self._authority = client_id, authority
        self._scopes = [f"{resource}/{permission}" for permission in PERMISSIONS]
        self._file, self._session = file, session
        self._cache = msal.SerializableTokenCache()
        self._read = 0  # when the file was written that the cache was read from
        self._app: Any = None
        self._stale = False

    def get(self) -> str:
        """See `Tokens.get`."""
        with self._alone(), _told(self.who):
            self._load()
            app = self._application()
            accounts = app.get_accounts(username=self.who)
            if not accounts:
                raise RefusedLoginError(f"nobody has signed in as {self.who} yet: run mentor-agent login")
            found = app.acquire_token_silent_with_error(self._scopes, accounts[0], force_refresh=self._stale)
            self._keep()
        self._stale = False
        return _token(found, self.who)

    def forget(self) -> None:
        """See `Tokens.forget`."""
        self._stale = True

    def signed_in(self) -> bool:
        """Whether somebody did, once; it may hold no more."""
        with _told(self.who):
            self._load()
            found = self._cache.search(msal.TokenCache.CredentialType.ACCOUNT)
            return any(str(one.get("username")).lower() == self.who.lower() for one in found)

    def sign_in(self, say: Callable[[str], None]) -> None:
        """Somebody types a code at the address that `say` is given; waits until they have. The tokens are kept."""
        with _told(self.who):
            app = self._application()
            flow = app.initiate_device_flow(self._scopes)
            if "user_code" not in flow:
                _token(flow, self.who)
            say(str(flow["message"]))
            found = app.acquire_token_by_device_flow(flow)
        with self._alone(), _told(self.who):
            _token(found, self.who)
            signed = str(found.get("id_token_claims", {}).get("preferred_username", ""))
            if signed.lower() != self.who.lower():
                for account in app.get_accounts(username=signed):
                    app.remove_account(account)
                raise TerminalError(
                    f"{signed or 'somebody else'} signed in, and the settings say {self.who}: sign in as {self.who}, or"
                    " change the graph:// address"
                )
            granted = str(found.get("scope", "")).lower()
            if missing := [one for one in PERMISSIONS if granted and one.lower() not in granted]:
                raise RefusedLoginError(
                    f"signed in, but without the permission {', '.join(missing)}: grant it to the app"
                )
            self._keep()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time: a refresh token that two of them use at once may be good for the first alone."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._file.with_suffix(".lock"), os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise TerminalError(f"{self._file.parent}: the tokens cannot be kept there: {error}") from error
        with os.fdopen(handle, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _application(self) -> Any:
        if self._app is None:
            self._app = msal.PublicClientApplication(
                self._client_id,
                authority=self._authority,
                token_cache=self._cache,
                http_client=self._session,
                instance_discovery=False,  # the settings name the authority; nothing else is asked who it is
            )
        return self._app

    def _load(self) -> None:
        """The file, where it is newer than what we hold: another process may have signed in."""
        try:
            written = self._file.stat().st_mtime_ns
            if written != self._read:
                self._cache.deserialize(self._file.read_text(encoding="utf-8"))
                self._read = written
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise TerminalError(f"{self._file} cannot be read, run mentor-agent login again: {error}") from error

    def _keep(self) -> None:
        """Write back what changed, whole or not at all: half a file would be a lost sign-in."""
        if not self._cache.has_state_changed:
            return
        try:
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=f".{self._file.name}.")  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self._cache.serialize())
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._file)
            self._read = self._file.stat().st_mtime_ns
        except OSError as error:
            raise TerminalError(f"{self._file}: the tokens cannot be kept there: {error}") from error


class AppTokens:
    """The tokens of an app that acts by itself. `who` is the mailbox."""

    def __init__(
        self, who: str, client_id: str, secret: str, authority: str, resource: str, session: requests.Session
    ) -> None:
        self.who = who
        self._client_id, self._secret = client_id, secret
        self._authority, self._session = authority, session
        self._scopes = [f"{resource}/.default"]
        self._app: Any = None

    def get(self) -> str:
        """See `Tokens.get`."""
        with _told(self.who):
            if self._app is None:
                self._app = msal.ConfidentialClientApplication(
                    self._client_id,
                    client_credential=self._secret,
                    authority=self._authority,
                    http_client=self._session,
                    instance_discovery=False,
                )
            return _token(self._app.acquire_token_for_client(self._scopes), self.who)

    def forget(self) -> None:
        """See `Tokens.forget`."""
        self._app = None  # its tokens are in its memory alone


class _told:
    """What msal raises, in our words."""

    def __init__(self, who: str) -> None:
        self._who = who

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, requests.HTTPError | msal.exceptions.MsalServiceError):
            raise TransientError(f"the sign-in server cannot answer now: {error}") from error
        if isinstance(error, requests.RequestException):
            raise unreachable(error) from error
        if isinstance(error, KeyError | TypeError | AttributeError | RuntimeError):
            raise TransientError(f"the sign-in server answers with something that makes no sense: {error!r}") from error
        if isinstance(error, ValueError):  # tenant discovery, and what it trips over
            raise TerminalError(f"the sign-in of {self._who} is set up wrongly: {error}") from error


def _token(found: dict[str, Any] | None, who: str) -> str:
    """The access token in an answer of msal's, or the error that it holds."""
    if found and "access_token" in found:
        return str(found["access_token"])
    raise sign_in_refusal(found or {}, who)
