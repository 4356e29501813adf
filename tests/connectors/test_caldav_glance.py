"""A poll with nothing new: one small request, and on any doubt the whole way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.connectors.caldav_child import GLANCES, ChildCalendar
from agent.connectors.caldav_glance import unchanged
from tests.connectors.conftest import event
from tests.servers.broken_caldav import fake_server
from tests.servers.caldav_servers import Radicale, RemoteCalendar, Xandikos
from tests.servers.certificates import self_signed
from tests.servers.poor_caldav import CTAG, TOKENS, Asked, PoorCaldav

PASSWORD = "correct-horse"
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    with Radicale(tmp_path / "radicale", password=PASSWORD) as server:
        yield server


@pytest.fixture
def remote(radicale: Radicale) -> RemoteCalendar:
    found = RemoteCalendar(radicale, "sessions")
    found.put("lea.ics", event("lea"))
    return found


def child_at(port: int) -> ChildCalendar:
    return ChildCalendar(f"http://127.0.0.1:{port}/mentor/sessions/", "mentor", PASSWORD)


@pytest.mark.parametrize("lacks", [(), (TOKENS,), (CTAG,)])
def test_nothing_new_is_one_request_and_no_process_and_something_new_is_still_seen(
    radicale: Radicale, remote: RemoteCalendar, lacks: tuple[str, ...]
) -> None:
    with PoorCaldav(radicale.port, lacks) as server:
        calendar = child_at(server.port)
        cursor = calendar.poll(None).cursor
        server.asked.clear()

        delta = calendar.poll(cursor)

        assert (delta.changed, delta.removed, delta.complete, delta.cursor) == ((), (), False, cursor)
        assert [(asked.method, asked.headers["depth"]) for asked in server.asked] == [("PROPFIND", "0")]
        remote.put("karim.ics", event("karim"))
        assert [item.href for item in calendar.poll(cursor).changed] == ["/mentor/sessions/karim.ics"]
        remote.remove("karim.ics")
        remote.remove("lea.ics")
        assert "/mentor/sessions/lea.ics" in calendar.poll(cursor).removed


def test_a_server_with_neither_tokens_nor_ctag_is_listed_each_time(radicale: Radicale, remote: RemoteCalendar) -> None:
    with PoorCaldav(radicale.port, (TOKENS, CTAG)) as server:
        calendar = child_at(server.port)
        cursor = calendar.poll(None).cursor
        server.asked.clear()

        assert calendar.poll(cursor).changed == ()
        assert "1" in [asked.headers.get("depth") for asked in server.asked]


def test_a_server_that_needs_no_login_is_glanced_at_without_one(tmp_path: Path) -> None:
    with Xandikos(tmp_path / "kept") as xandikos:
        remote = RemoteCalendar(xandikos, "sessions")
        remote.put("lea.ics", event("lea"))
        calendar = ChildCalendar(remote.url, "mentor", "a password that it never asks for")
        cursor = calendar.poll(None).cursor

        assert json.loads(cursor)["login"] == "none"
        assert unchanged(cursor, remote.url, "mentor", "x")
        remote.put("karim.ics", event("karim"))
        assert not unchanged(cursor, remote.url, "mentor", "x")


def test_the_servers_word_is_checked_now_and_then(radicale: Radicale, remote: RemoteCalendar) -> None:
    """One that never changes its token would otherwise be believed for ever."""
    with PoorCaldav(radicale.port) as server:
        calendar = child_at(server.port)
        cursor = calendar.poll(None).cursor
        server.asked.clear()
        for _ in range(GLANCES):
            calendar.poll(cursor)
        assert {asked.method for asked in server.asked} == {"PROPFIND"}

        calendar.poll(cursor)
        assert "REPORT" in {asked.method for asked in server.asked}


def state(now: str = "t1", path: str = "/mentor/sessions/", status: str = "200 OK") -> bytes:
    return (
        f"<multistatus xmlns='DAV:'><response><href>{path}</href><propstat><prop><sync-token>{now}</sync-token></prop>"
        f"<status>HTTP/1.1 {status}</status></propstat></response></multistatus>"
    ).encode()


ODD: dict[str, Answer] = {
    "another token": (207, {}, state("t2")),
    "no token": (207, {}, state("")),
    "a token that it does not have": (207, {}, state(status="404 Not Found")),
    "another calendar's": (207, {}, state(path="/mentor/other/")),
    "nothing": (207, {}, b""),
    "no XML": (207, {}, b"<multistatus"),
    "a web page": (200, {}, b"<html>Bienvenue</html>"),
    "the right words with the wrong status": (200, {}, state()),
    "a login": (401, {"WWW-Authenticate": "Digest realm=x"}, b""),
    "elsewhere": (302, {"Location": "/login"}, b""),
    "trouble": (503, {}, b""),
    "too much": (207, {}, state() + b" " * 70_000),
}


@pytest.mark.parametrize("what", ["as it was", *sorted(ODD)])
def test_only_the_same_token_again_means_that_nothing_changed(what: str) -> None:
    played = ODD.get(what, (207, {}, state()))
    with PoorCaldav(0, play=lambda _: played) as server:
        url = f"http://127.0.0.1:{server.port}/mentor/sessions/"
        cursor = json.dumps({"configured": url, "calendar": url, "login": "basic", "token": "t1"})

        assert unchanged(cursor, url, "mentor", "x") == (what == "as it was")
        assert len(server.asked) == 1
    assert not unchanged(cursor, url, "mentor", "x")  # it is gone


@pytest.mark.parametrize(
    "change",
    [
        {"login": "other"},
        {"login": None},
        {"configured": "http://127.0.0.1/another/"},
        {"calendar": "http://dav.mentor.example/mentor/sessions/"},
        {"calendar": 3},
        {"token": ""},
    ],
)
def test_nobody_is_asked_who_must_not_be(change: dict[str, object]) -> None:
    def never(asked: Asked) -> Answer:
        return 207, {}, state()

    with PoorCaldav(0, play=never) as server:
        url = f"http://127.0.0.1:{server.port}/mentor/sessions/"
        cursor = {"configured": url, "calendar": url, "login": "basic", "token": "t1"} | change

        assert not unchanged(json.dumps(cursor), url, "mentor", "x")
        assert change.get("token") == "" or server.asked == []
    for nonsense in ("", "null", "[]", "{}", "3", "garbage"):
        assert not unchanged(nonsense, url, "mentor", "x")


def test_a_certificate_nobody_vouches_for_gets_no_password(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    told: list[bytes] = []

    def answer(body: bytes) -> tuple[int, bytes]:
        told.append(body)
        return 207, state(path="/cal/")

    with fake_server(answer, certificate.server()) as port:
        url = f"https://127.0.0.1:{port}/cal/"
        cursor = json.dumps({"configured": url, "calendar": url, "login": "basic", "token": "t1"})
        assert not unchanged(cursor, url, "mentor", "x")
        assert told == []
        assert unchanged(cursor, url, "mentor", "x", certificate.client())


def test_a_server_that_wants_a_digest_is_remembered_as_one(radicale: Radicale, remote: RemoteCalendar) -> None:
    """Its login cannot be sent unasked, so each poll goes the whole way."""

    def digest(asked: Asked) -> Answer | None:
        if asked.headers.pop("authorization", "").startswith("Digest"):
            asked.headers["authorization"] = "Basic bWVudG9yOmNvcnJlY3QtaG9yc2U="  # what Radicale wants
            return None
        return 401, {"WWW-Authenticate": 'Digest realm="dav", nonce="n", qop="auth", algorithm=MD5'}, b""

    with PoorCaldav(radicale.port, play=digest) as server:
        cursor = child_at(server.port).poll(None).cursor

        assert json.loads(cursor)["login"] == "other"
        server.asked.clear()
        assert child_at(server.port).poll(cursor).changed == ()
        assert "REPORT" in {asked.method for asked in server.asked}
