"""Signing in once with OAuth2: by a code typed on another device (RFC 8628), or in the browser (RFC 8252, 7636).

Clock, sleep and browser are passed in. Whatever happens, both end by themselves: the code when the provider says that
it has expired, the browser after `patience` seconds.
"""

from __future__ import annotations

import hmac
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from agent.connectors.oauth import Client, Declined, Token, ask, secret_of, token_of
from agent.errors import TerminalError, TransientError

_PAGE = "<!doctype html><meta charset=utf-8><title>mentor-agent</title><p>{}"
_ONE_REQUEST = 5.0  # seconds that whoever connects to the listener gets to say what they want


def by_code(
    client: Client, show: Callable[[str], None], sleep: Callable[[float], None], clock: Callable[[], float]
) -> Token:
    """`show` is given the words that say where to type what. TerminalError where it was declined or took too long."""
    from oauthlib.oauth2 import DeviceClient  # noqa: PLC0415 -- as in oauth.renew

    if client.device_url is None:
        raise TerminalError("this provider has no sign-in by code: use the browser")
    wanted = urlencode({"client_id": client.client_id, "scope": " ".join(client.scopes)})
    given = ask(client, client.device_url, wanted)
    try:
        code, typed, page = str(given["device_code"]), str(given["user_code"]), str(given["verification_uri"])
        interval, end = float(given.get("interval", 5)), clock() + float(given["expires_in"])
    except (KeyError, TypeError, ValueError) as error:
        raise TransientError(f"{client.device_url} gave no code: {given!r:.200}") from error
    show(f"Open {page} on any device, and type the code {typed}")
    ours = DeviceClient(client.client_id)
    body = ours.prepare_request_body(code, include_client_id=True, **secret_of(client))
    while clock() < end:
        sleep(interval)
        try:
            return token_of(ask(client, client.token_url, body), clock())
        except TransientError:
            interval *= 2  # RFC 8628 3.5: a provider that is away is asked more rarely
        except Declined as error:
            if error.code == "slow_down":
                interval += 5
            elif error.code != "authorization_pending":
                raise TerminalError(f"the sign-in did not come about: {error}") from error
    raise TerminalError("the code was not typed in time: begin again")


def by_browser(
    client: Client,
    user: str,
    open_page: Callable[[str], object],
    clock: Callable[[], float],
    patience: float = 300.0,
) -> Token:
    """`open_page` is given the provider's address; what comes back to 127.0.0.1 must carry our state."""
    from oauthlib.common import generate_token  # noqa: PLC0415 -- as in oauth.renew
    from oauthlib.oauth2 import WebApplicationClient  # noqa: PLC0415

    if client.authorization_url is None:
        raise TerminalError("this provider has no sign-in by browser: use the code")
    ours = WebApplicationClient(client.client_id)
    state, verifier = generate_token(32), ours.create_code_verifier(64)
    with _Listener(state) as listener:
        page = ours.prepare_request_uri(
            client.authorization_url,
            redirect_uri=listener.address,
            scope=list(client.scopes),
            state=state,
            code_challenge=ours.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            login_hint=user,
            **(client.parameters or {}),
        )
        open_page(page)
        code = listener.code(patience)
    body = ours.prepare_request_body(
        code=code,
        redirect_uri=listener.address,
        code_verifier=verifier,
        include_client_id=True,
        **secret_of(client),
    )
    try:
        return token_of(ask(client, client.token_url, body), clock())
    except Declined as error:
        raise TerminalError(f"the sign-in did not come about: {error}") from error


class _Listener:
    """Hears the answer that the browser is sent back with (RFC 8252 7.3). Anybody may connect: the state counts."""

    def __init__(self, state: str) -> None:
        heard: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        self._heard = heard

        class Handler(BaseHTTPRequestHandler):
            timeout = _ONE_REQUEST

            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                ours = hmac.compare_digest(query.get("state", "").encode(), state.encode())
                self.send_response(200 if ours else 400)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                words = "You can close this page and go back to mentor-agent." if ours else "Nothing to see here."
                self.wfile.write(_PAGE.format(words).encode())
                if ours:
                    heard.put(query)

            def log_message(self, format: str, *args: object) -> None:
                """The code must not be printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> _Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def code(self, patience: float) -> str:
        """The code in the answer. TerminalError where the mentor declined, or did nothing for `patience` seconds."""
        try:
            query = self._heard.get(timeout=patience)
        except queue.Empty:
            raise TerminalError(f"nobody signed in within {patience:g} s: begin again") from None
        if "code" not in query:
            raise TerminalError(f"the sign-in did not come about: {query.get('error', 'no code came back')}")
        return query["code"]
