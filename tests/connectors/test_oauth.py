"""Tokens instead of passwords: signing in, renewing for months, and what is said when it ends."""

from __future__ import annotations

import base64
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from agent.connectors import oauth, oauth_signin
from agent.connectors.imap import ImapMailbox
from agent.connectors.oauth import Token, Tokens
from agent.connectors.smtp import SmtpTransport
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError
from tests.connectors.mail_worlds import START, mail
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import OAuthServer
from tests.servers.ports import free_ports
from tests.servers.scripted import Scripted
from tests.servers.smtp_in import Fault, SmtpIn

MENTOR = "mentor1@example.org"


class MemoryVault:
    """A vault that counts how often something was put into it."""

    def __init__(self, token: Token | None = None) -> None:
        self.text = token.dump() if token else None
        self.saved = 0
        self._lock = threading.Lock()

    def load(self) -> str | None:
        return self.text

    def save(self, text: str) -> None:
        self.text, self.saved = text, self.saved + 1

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


class Clock:
    """Seconds since 1970; sleeping moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def provider(certificate: Certificate) -> Iterator[OAuthServer]:
    with OAuthServer(certificate, MENTOR) as server:
        yield server


def signed_in(provider: OAuthServer, clock: Clock, lives: float = 3600) -> tuple[Tokens, MemoryVault]:
    """An account whose mentor signed in a moment ago."""
    given = provider.grant()
    vault = MemoryVault(Token(next(iter(given.access)), given.refresh, clock() + lives))
    return Tokens(provider.client(), vault, oauth.renew, clock), vault


def test_a_token_is_used_until_its_end_and_renewed_then_with_the_new_refresh_token_kept(provider: OAuthServer) -> None:
    clock = Clock()
    tokens, vault = signed_in(provider, clock)
    first = tokens()
    clock.now += 3000
    assert (tokens(), provider.asked("refresh_token")) == (first, [])

    seen = {first}
    for _ in range(5):  # each renewal uses what the one before brought: the provider ends a sign-in that does not
        clock.now += 3600
        seen.add(tokens())

    assert (len(seen), len(provider.asked("refresh_token")), vault.saved) == (6, 5, 5)
    again = Tokens(provider.client(), vault, oauth.renew, clock)  # the program starts anew
    assert provider.holder(again()) == MENTOR
    assert vault.saved == 5


def test_a_provider_that_gives_no_new_refresh_token_keeps_the_old_one_valid(certificate: Certificate) -> None:
    clock = Clock()
    with OAuthServer(certificate, MENTOR, rotates=False) as provider:
        tokens, vault = signed_in(provider, clock)
        for _ in range(3):
            clock.now += 4000
            assert provider.holder(tokens()) == MENTOR

    refresh = {form["refresh_token"] for form in provider.asked("refresh_token")}
    kept = Token.parse(vault.text)
    assert kept is not None
    assert refresh == {kept.refresh}


def test_two_processes_share_one_sign_in_without_using_a_refresh_token_twice(provider: OAuthServer) -> None:
    clock = Clock()
    daemon, vault = signed_in(provider, clock)
    doctor = Tokens(provider.client(), vault, oauth.renew, clock)
    daemon()
    clock.now += 4000

    assert doctor() == daemon()
    assert len(provider.asked("refresh_token")) == 1
    clock.now += 4000
    assert daemon() == doctor()


def test_a_token_that_a_server_refused_is_replaced_before_its_time(provider: OAuthServer) -> None:
    tokens, _ = signed_in(provider, Clock())
    provider.expire()
    old = tokens()

    new = tokens(refused=old)

    assert (new != old, provider.holder(new), tokens()) == (True, MENTOR, new)


def test_a_permission_taken_back_says_sign_in_again(provider: OAuthServer) -> None:
    clock = Clock()
    tokens, vault = signed_in(provider, clock)
    provider.revoke()
    clock.now += 4000

    with pytest.raises(RefusedLoginError, match="mentor-agent login"):
        tokens()
    assert vault.saved == 0
    with pytest.raises(RefusedLoginError, match="mentor-agent login"):
        Tokens(provider.client(), MemoryVault(), oauth.renew, clock)()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((503, "<html>Service unavailable"), TransientError),
        ((429, "{}"), TransientError),
        ((400, '{"error": "temporarily_unavailable"}'), TransientError),
        ((200, "<html>Welcome to this hotel's network"), TransientError),
        ((302, ""), TransientError),
        ((401, '{"error": "invalid_client"}'), TerminalError),
        ((400, '{"error": "unauthorized_client"}'), TerminalError),
        ((400, '{"error": "invalid_grant"}'), RefusedLoginError),
    ],
)
def test_what_a_provider_answers_instead_of_a_token(
    provider: OAuthServer, answer: tuple[int, str], kind: type[AgentError]
) -> None:
    clock = Clock()
    tokens, vault = signed_in(provider, clock)
    before = vault.text
    clock.now += 4000
    provider.answers.append(answer)

    with pytest.raises(kind) as caught:
        tokens()

    assert type(caught.value) is kind
    assert vault.text == before
    assert provider.holder(tokens()) == MENTOR  # nothing was lost: it works again when the provider does


def test_a_provider_that_is_away_or_not_who_it_should_be(provider: OAuthServer) -> None:
    away = provider.client(token_url=f"https://127.0.0.1:{free_ports(1)[0]}/token")
    with pytest.raises(TransientError, match="not reachable"):
        oauth.renew(away, "refresh", 0)
    with pytest.raises(TerminalError, match="certificate"):
        oauth.renew(provider.client(ca_file=None), "refresh", 0)
    assert provider.requests == []


def test_renewal_in_a_child_process_is_the_same_renewal(provider: OAuthServer) -> None:
    given = provider.grant()
    vault = MemoryVault(Token("gone", given.refresh, 0))

    assert provider.holder(Tokens(provider.client(), vault)()) == MENTOR
    provider.revoke()
    with pytest.raises(RefusedLoginError, match="sign in again"):
        Tokens(provider.client(), MemoryVault(Token("gone", "gone", 0)))()


def test_signing_in_by_code_waits_as_the_provider_asks(provider: OAuthServer) -> None:
    clock, shown = Clock(), list[str]()
    provider.pending += ["authorization_pending", "slow_down", "authorization_pending"]

    token = oauth_signin.by_code(provider.client(), shown.append, clock.sleep, clock)

    assert f"{provider.url}/activate" in shown[0]
    assert "WDJB-MJHT" in shown[0]
    assert clock.slept == [5, 5, 10, 10]
    assert provider.holder(token.access) == MENTOR
    assert provider.requests[0] == ("/device", {"client_id": "mentor-agent.example", "scope": "mail offline_access"})


@pytest.mark.parametrize(("word", "said"), [("access_denied", "access_denied"), ("expired_token", "expired_token")])
def test_a_code_that_was_declined_or_has_expired_ends_the_sign_in(provider: OAuthServer, word: str, said: str) -> None:
    clock = Clock()
    provider.pending += ["authorization_pending", word]

    with pytest.raises(TerminalError, match=said):
        oauth_signin.by_code(provider.client(), lambda _: None, clock.sleep, clock)


def test_a_code_that_nobody_types_is_not_asked_about_for_ever(provider: OAuthServer) -> None:
    clock = Clock()
    provider.code_lives = 40
    provider.pending += ["authorization_pending"] * 50

    with pytest.raises(TerminalError, match="in time"):
        oauth_signin.by_code(provider.client(), lambda _: None, clock.sleep, clock)
    assert sum(clock.slept) <= 45


def test_a_provider_that_is_away_for_a_moment_does_not_end_the_sign_in(provider: OAuthServer) -> None:
    clock = Clock()
    provider.answers += [(503, ""), (503, "")]

    token = oauth_signin.by_code(provider.client(), lambda _: None, clock.sleep, clock)

    assert provider.holder(token.access) == MENTOR
    assert clock.slept == [5, 10, 20]


class Browser:
    """Follows the provider to our listener, as the mentor's browser would; remembers where it went and what it got."""

    def __init__(self, certificate: Certificate) -> None:
        handler = urllib.request.HTTPSHandler(context=certificate.client())
        self._opener = urllib.request.build_opener(handler)
        self.pages: list[str] = []
        self.answers: list[int] = []

    def __call__(self, page: str) -> None:
        self.pages.append(page)
        try:
            with self._opener.open(page, timeout=5) as answer:
                self.answers.append(answer.status)
        except urllib.error.HTTPError as error:
            self.answers.append(error.code)


def test_signing_in_by_browser_proves_with_pkce_that_it_is_still_us(
    provider: OAuthServer, certificate: Certificate
) -> None:
    browser, clock = Browser(certificate), Clock()

    token = oauth_signin.by_browser(provider.client(parameters={"prompt": "consent"}), MENTOR, browser, clock, 10)

    assert (provider.holder(token.access), browser.answers) == (MENTOR, [200])
    asked = parse_qs(urlsplit(browser.pages[0]).query)
    assert asked["login_hint"] == [MENTOR]
    assert asked["prompt"] == ["consent"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert len(provider.asked("authorization_code")[0]["code_verifier"]) >= 43
    with pytest.raises(urllib.error.URLError):  # the listener has gone
        urllib.request.urlopen(asked["redirect_uri"][0], timeout=2)  # noqa: S310 -- http to this machine, seen above


def test_an_answer_with_another_state_is_not_ours_and_the_right_one_still_counts(
    provider: OAuthServer, certificate: Certificate
) -> None:
    browser, clock = Browser(certificate), Clock()

    def open_page(page: str) -> None:
        redirect = parse_qs(urlsplit(page).query)["redirect_uri"][0]
        for forged in ("", "?favicon", "?" + urlencode({"code": "planted", "state": "guessed"}), "?code=planted"):
            browser(redirect + forged)
        browser(page)

    token = oauth_signin.by_browser(provider.client(), MENTOR, open_page, clock, 10)

    assert browser.answers == [400, 400, 400, 400, 200]
    assert [form["code"] for form in provider.asked("authorization_code")] != ["planted"]
    assert provider.holder(token.access) == MENTOR


def test_a_mentor_who_declines_or_walks_away_is_told_so(provider: OAuthServer, certificate: Certificate) -> None:
    provider.consents = False
    with pytest.raises(TerminalError, match="access_denied"):
        oauth_signin.by_browser(provider.client(), MENTOR, Browser(certificate), Clock(), 10)
    with pytest.raises(TerminalError, match="nobody signed in within"):
        oauth_signin.by_browser(provider.client(), MENTOR, lambda _: None, Clock(), 0.1)


def test_a_provider_without_a_way_says_which_other_one_to_take(provider: OAuthServer) -> None:
    clock = Clock()
    with pytest.raises(TerminalError, match="use the browser"):
        oauth_signin.by_code(provider.client(device_url=None), lambda _: None, clock.sleep, clock)
    with pytest.raises(TerminalError, match="use the code"):
        oauth_signin.by_browser(provider.client(authorization_url=None), MENTOR, lambda _: None, clock)


def test_a_token_without_a_refresh_token_is_no_sign_in_that_lasts(provider: OAuthServer) -> None:
    clock = Clock()
    provider.answers.append((200, '{"access_token": "a", "token_type": "Bearer", "expires_in": 3600}'))

    with pytest.raises(TerminalError, match="offline access"):
        oauth_signin.by_code(provider.client(), lambda _: None, clock.sleep, clock)


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_mailbox_is_read_with_a_token_and_once_more_with_a_new_one(
    dovecot: Dovecot, certificate: Certificate, mechanism: str
) -> None:
    with (
        OAuthServer(certificate, MENTOR) as provider,
        Dovecot(
            certificate=certificate.path, key=certificate.key, tokens=provider.url, mechanisms=f"plain {mechanism}"
        ) as server,
    ):
        account = server.account()
        tokens, _ = signed_in(provider, Clock())
        mailbox = ImapMailbox(server.host, server.tls_port, MENTOR, tokens, tls=True, context=certificate.client())
        server.deliver(account.address, mail())
        (head,) = mailbox.poll(None, START).heads
        assert b"Bonjour." in mailbox.fetch(head.ref)

        mailbox.close()
        provider.expire()  # before its time: only the server knows
        assert mailbox.check()
        assert len(provider.asked("refresh_token")) == 1

        mailbox.close()
        provider.revoke()
        with pytest.raises(RefusedLoginError, match="sign in again"):
            mailbox.check()
        stranger = ImapMailbox(
            server.host,
            server.tls_port,
            "mentor2@example.org",
            signed_in(provider, Clock())[0],
            tls=True,
            context=certificate.client(),
        )
        with pytest.raises(RefusedLoginError, match="mentor2"):
            stranger.check()


def test_the_reason_of_a_refused_token_is_told_and_the_exchange_ended_as_the_server_wants_it() -> None:
    heard: list[bytes] = []

    def play(connection: object) -> None:
        link = connection.makefile("rwb")  # type: ignore[attr-defined]
        link.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2] ready\r\n")
        link.flush()
        while line := link.readline():
            tag, _, command = line.strip().partition(b" ")
            if command.startswith(b"AUTHENTICATE"):
                link.write(b"+ \r\n")
                link.flush()
                heard.append(link.readline().strip())
                link.write(b"+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n")  # {"status":"invalid_token"}
                link.flush()
                heard.append(link.readline().strip())
                link.write(tag + b" NO failed\r\n")
            else:
                link.write(b"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")
            link.flush()

    tokens = ["one", "two", "three"]
    with Scripted(play) as server:
        mailbox = ImapMailbox(
            server.host, server.port, "a,b=c", lambda refused=None: tokens.pop(0), tls=False, timeout=5
        )
        with pytest.raises(RefusedLoginError, match='"invalid_token"'):
            mailbox.poll(None, START)

    assert server.connections == 2  # one token, and one new one; not a third
    assert base64.b64decode(heard[0]).startswith(b"n,a=a=2Cb=3Dc,\x01host=127.0.0.1\x01port=")
    assert base64.b64decode(heard[0]).endswith(b"\x01auth=Bearer one\x01\x01")
    assert heard[1] == b"AQ=="


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server stays on this machine
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_letter_is_sent_with_a_token_and_never_twice_for_a_new_one(provider: OAuthServer, mechanism: str) -> None:
    tokens, _ = signed_in(provider, Clock())
    with SmtpIn(tokens=provider.holder, mechanism=mechanism) as server:
        transport = SmtpTransport(server.host, server.port, MENTOR, tokens, tls="none", timeout=5)
        claims: list[int] = []

        def send() -> None:
            transport.send(mail(), MENTOR, ("camille@learner.test",), lambda: claims.append(1))

        send()
        provider.expire()  # before its time
        send()
        assert (len(server.accepted), server.logins, len(claims)) == (2, 3, 2)

        server.fail_next(Fault.DROP_LOST)  # after the content: nobody knows, and nothing is repeated
        with pytest.raises(AgentError, match="may have gone"):
            send()
        assert (len(server.accepted), server.logins, len(claims)) == (2, 4, 3)

        provider.revoke()
        with pytest.raises(RefusedLoginError):
            send()
        assert (len(server.accepted), len(claims)) == (2, 3)


def test_servers_that_take_no_tokens_say_what_to_write_instead(dovecot: Dovecot) -> None:
    account = dovecot.account()
    mailbox = ImapMailbox(dovecot.host, dovecot.port, account.address, lambda refused=None: "token", tls=False)
    with pytest.raises(TerminalError, match='auth = "password"'):
        mailbox.check()
    with SmtpIn() as server:
        transport = SmtpTransport(server.host, server.port, MENTOR, lambda refused=None: "token", tls="none")
        with pytest.raises(TerminalError, match='auth = "password"'):
            transport.check()
