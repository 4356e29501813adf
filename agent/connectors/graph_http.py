"""HTTP to Microsoft Graph: one place that carries the token, honours Retry-After, and says in words what went wrong.

A mailbox, a way out and a calendar of one account share it, so that a server that asks to be left alone is left alone
by all three. Nothing is repeated here but a read whose token had expired, once.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from agent.connectors.graph_errors import GoneError, refusal, unreachable
from agent.errors import AgentError, TerminalError, TransientError

TIMEOUTS = (10.0, 30.0)  # seconds to connect, and between two pieces of an answer
_LONGEST_REST = 3600.0  # seconds; whoever asks for more is asked again after an hour
_USUAL_REST = 30.0  # seconds, where a busy server does not say how long
_PIECE = 64 * 1024


class Tokens(Protocol):
    """Where access tokens come from."""

    who: str
    """Who signs in, for messages."""

    def get(self) -> str:
        """One that is good for some minutes. RefusedLoginError when somebody has to sign in again."""

    def forget(self) -> None:
        """The one given last was refused: the next must be new."""


class _Trusting(HTTPAdapter):
    """Checks certificates by an SSL context, which may hold a private authority's."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context or ssl.create_default_context()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


class _Session(requests.Session):
    """Never waits for ever, whoever calls it: msal, too, sends its requests through it."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(*args, **{"timeout": TIMEOUTS, **kwargs})


def new_session(context: ssl.SSLContext | None = None) -> requests.Session:
    """Connections that verify certificates: by the system's trust, and by `context`."""
    session = _Session()
    session.mount("https://", _Trusting(context))
    return session


class GraphHttp:
    """`base` is "https://graph.microsoft.com/v1.0", or another cloud's; `owner` "me" or "users/ADDRESS".

    `deadline`: seconds that one whole answer may take. `clock`: monotonic seconds.
    """

    def __init__(
        self,
        base: str,
        owner: str,
        tokens: Tokens,
        session: requests.Session,
        *,
        deadline: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = f"{base.rstrip('/')}/{quote(owner, safe='/@')}"
        self._origin = "{0.scheme}://{0.netloc}/".format(urlsplit(base))
        self.who = tokens.who
        self._tokens, self._session = tokens, session
        self._deadline, self._clock = deadline, clock
        self._rest_until = 0.0
        self.server_time = datetime.min.replace(tzinfo=UTC)
        """What the server's clock said in its last answer (RFC 9110 6.6.1)."""

    def get(self, place: str, need: str, *, prefer: str = "", **query: str) -> dict[str, Any]:
        """The JSON at a path below `root`, or at a link that Graph gave. `need`: the permission that this takes."""
        headers = {"Prefer": ", ".join(part for part in ('IdType="ImmutableId"', prefer) if part)}
        with self._answer("GET", place, need, headers=headers, params=query) as answer:
            return self._json(answer)

    def post(self, place: str, payload: Mapping[str, Any], need: str) -> dict[str, Any]:
        """The JSON that answers this JSON."""
        headers = {"Prefer": 'IdType="ImmutableId"'}
        with self._answer("POST", place, need, headers=headers, json=payload) as answer:
            return self._json(answer)

    def patch(self, place: str, payload: Mapping[str, Any], need: str, etag: str) -> None:
        """Set these properties of an item. ConflictError where it was changed since it had this ETag."""
        headers = {"Prefer": 'IdType="ImmutableId"', "If-Match": etag or "*"}
        with self._answer("PATCH", place, need, headers=headers, json=payload) as answer:
            self._body(answer)

    def delete(self, place: str, need: str) -> None:
        """Take away something of our own; what is gone already is fine."""
        with suppress(GoneError), self._answer("DELETE", place, need):
            pass

    def content(self, place: str, need: str, enough: Callable[[bytearray], bool] | None = None) -> bytes:
        """The bytes at a path, or their beginning once that is `enough`."""
        headers = {"Prefer": 'IdType="ImmutableId"'}
        with self._answer("GET", place, need, headers=headers) as answer:
            return self._body(answer, enough)

    def submit(self, place: str, body: bytes, before: Callable[[], None]) -> requests.Response:
        """POST text/plain once; the bare answer. `requests.RequestException` as it comes: only the caller can judge."""
        self._rested()
        token = self._tokens.get()
        before()
        answer = self._session.post(
            f"{self.root}/{place}",
            data=body,
            headers={"Content-Type": "text/plain"},
            auth=_Bearer(token),
            allow_redirects=False,
        )
        self._note(answer)
        return answer

    def gives(self, link: str) -> bool:
        """Whether a link leads to this server: no other one is shown the token."""
        return link.startswith(self._origin)

    def forget_token(self) -> None:
        """It was refused."""
        self._tokens.forget()

    def refused(self, answer: requests.Response, need: str) -> AgentError:
        """The error that a 4xx or 5xx answer means. `need`: the permission that the request takes."""
        return refusal(answer, self.who, need, max(0.0, self._rest_until - self._clock()))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _answer(self, method: str, place: str, need: str, **request: Any) -> requests.Response:
        """An answer of success, its body not yet read. A token that was refused is replaced, once."""
        url = place if "://" in place.partition("?")[0] else f"{self.root}/{place}"
        if not self.gives(url):
            raise TerminalError(f"Microsoft Graph names a page on another server, which gets no token: {place!r}")
        for attempt in (1, 2):
            self._rested()
            token = self._tokens.get()
            try:
                answer = self._session.request(
                    method, url, auth=_Bearer(token), stream=True, allow_redirects=False, **request
                )
            except requests.RequestException as exc:
                raise unreachable(exc) from exc
            self._note(answer)
            if answer.status_code == 401 and attempt == 1:
                answer.close()
                self._tokens.forget()
                continue
            break
        if not 200 <= answer.status_code <= 299:
            with answer:
                answer._content = self._body(answer)
                raise self.refused(answer, need)
        return answer

    def _rested(self) -> None:
        left = self._rest_until - self._clock()
        if left > 0:
            raise TransientError(f"Microsoft Graph asked to be left alone for another {left:.0f} s")

    def _note(self, answer: requests.Response) -> None:
        with suppress(ValueError):
            self.server_time = parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
        wanted = answer.headers.get("Retry-After")
        if answer.status_code in (429, 503) or (wanted and answer.status_code >= 400):
            self._rest_until = self._clock() + min(self._seconds(wanted), _LONGEST_REST)

    def _seconds(self, wanted: str | None) -> float:
        """RFC 9110 10.2.3: seconds, or a date, which is held against the server's own clock."""
        if wanted is None:
            return _USUAL_REST
        if wanted.strip().isdecimal():
            return float(wanted)
        try:
            return max(0.0, (parsedate_to_datetime(wanted).astimezone(UTC) - self.server_time).total_seconds())
        except ValueError:
            return _USUAL_REST

    def _body(self, answer: requests.Response, enough: Callable[[bytearray], bool] | None = None) -> bytes:
        """Piece by piece, for a server that drips never meets a time-out between two of them."""
        end = self._clock() + self._deadline
        body = bytearray()
        try:
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                body += piece
                if enough is not None and enough(body):
                    answer.close()
                    break
                if self._clock() > end:
                    answer.close()
                    raise TransientError(f"Microsoft Graph takes longer than {self._deadline:.0f} s for one answer")
        except (HTTPError, OSError) as exc:
            raise TransientError(f"Microsoft Graph broke off in the middle of an answer: {exc}") from exc
        return bytes(body)

    def _json(self, answer: requests.Response) -> dict[str, Any]:
        body = self._body(answer)
        try:
            found = json.loads(body or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TransientError(f"{self.root} answers with something that is not Graph's JSON")
        return found


class _Bearer(requests.auth.AuthBase):
    """As `auth`, not as a header: a ~/.netrc would replace that."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
