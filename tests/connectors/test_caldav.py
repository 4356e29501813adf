"""What is CalDAV's own: logins, homes, tokens, errors, and series and zones after a trip through a server."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from agent.connectors.caldav import CaldavCalendar
from agent.connectors.caldav_child import ChildCalendar
from agent.connectors.caldav_errors import translated
from agent.connectors.ports import Calendar
from agent.errors import RefusedLoginError, TerminalError, TransientError
from agent.occurrences import Occurrence, expand
from tests.connectors.conftest import event
from tests.servers.broken_caldav import fake_server, reluctant, web_server
from tests.servers.caldav_servers import Radicale, RemoteCalendar, Xandikos
from tests.servers.poor_caldav import TOKENS, Asked, PoorCaldav
from tests.servers.ports import free_ports

PARIS = ZoneInfo("Europe/Paris")


def autumn(ics: str) -> list[Occurrence]:
    return expand(ics, datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), PARIS)


def weekly(*more: str) -> str:
    """Mondays at nine in Paris from 19 October 2026: the clocks change on the 25th."""
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n"
    return (
        head
        + "".join(
            "BEGIN:VEVENT\r\nUID:lea\r\nDTSTAMP:20261001T000000Z\r\nSUMMARY:Session Léa\r\n" + part + "END:VEVENT\r\n"
            for part in (
                "DTSTART;TZID=Europe/Paris:20261019T090000\r\nDTEND;TZID=Europe/Paris:20261019T094500\r\n"
                "RRULE:FREQ=WEEKLY;COUNT=3\r\n",
                *more,
            )
        )
        + "END:VCALENDAR\r\n"
    )


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Radicale]:
    """Radicale that asks for a password."""
    with Radicale(tmp_path / "radicale", password="correct-horse") as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Radicale | Xandikos]:
    found = Radicale(tmp_path / "kept") if request.param == "radicale" else Xandikos(tmp_path / "kept")
    with found:
        yield found


@pytest.mark.parametrize("kind", [CaldavCalendar, ChildCalendar])
def test_a_wrong_password_is_a_refused_login(guarded: Radicale, kind: type[CaldavCalendar | ChildCalendar]) -> None:
    remote = RemoteCalendar(guarded, "sessions")
    calendar: Calendar = kind(remote.url, "mentor", "wrong")

    with pytest.raises(RefusedLoginError, match="refused the user name or the password"):
        calendar.poll(None)
    with pytest.raises(RefusedLoginError):
        calendar.check()


def test_a_login_without_a_password_is_refused_too(guarded: Radicale) -> None:
    with pytest.raises(RefusedLoginError):
        CaldavCalendar(RemoteCalendar(guarded, "sessions").url, "mentor", "").poll(None)


def test_the_child_sees_what_the_connector_sees(guarded: Radicale) -> None:
    remote = RemoteCalendar(guarded, "sessions")
    remote.put("lea.ics", event("lea", summary="Session Léa"))
    direct = CaldavCalendar(remote.url, "mentor", "correct-horse")
    by_child = ChildCalendar(remote.url, "mentor", "correct-horse")

    first = by_child.poll(None)
    assert first == direct.poll(None)
    remote.remove("lea.ics")

    assert by_child.poll(first.cursor) == direct.poll(first.cursor)
    assert by_child.poll(first.cursor).removed == ("/mentor/sessions/lea.ics",)
    assert by_child.check() == direct.check()


def test_a_calendar_that_answers_too_slowly_is_left_for_later() -> None:
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent,
        pytest.raises(TransientError, match=r"caldav.poll did not finish within 1 s"),
    ):
        ChildCalendar(f"http://127.0.0.1:{silent.server_address[1]}/", "mentor", "", timeout=1).poll(None)


def test_given_a_home_the_first_calendar_that_takes_events_is_read(guarded: Radicale) -> None:
    RemoteCalendar(guarded, "a-tasks", component="VTODO")
    remote = RemoteCalendar(guarded, "b-sessions")
    remote.put("lea.ics", event("lea"))
    calendar = CaldavCalendar(guarded.home, "mentor", "correct-horse")

    delta = calendar.poll(None)

    assert [item.href for item in delta.changed] == ["/mentor/b-sessions/lea.ics"]
    assert calendar.check() == [f"calendar “b-sessions” at {remote.url}: 1 entries"]
    remote.put("karim.ics", event("karim"))
    assert [item.href for item in calendar.poll(delta.cursor).changed] == ["/mentor/b-sessions/karim.ics"]


def test_given_a_principal_its_calendar_is_found(tmp_path: Path) -> None:
    with Xandikos(tmp_path / "kept") as server:  # its principal is not the home itself
        remote = RemoteCalendar(server, "calendars/calendar", make=False)
        remote.put("lea.ics", event("lea"))

        delta = CaldavCalendar(server.home, "mentor", "").poll(None)

        assert [item.href for item in delta.changed] == ["/mentor/calendars/calendar/lea.ics"]


def test_a_home_without_a_calendar_for_events_says_so(guarded: Radicale) -> None:
    RemoteCalendar(guarded, "a-tasks", component="VTODO")

    with pytest.raises(TerminalError, match="holds no calendar for events"):
        CaldavCalendar(guarded.home, "mentor", "correct-horse").poll(None)


def test_a_sync_token_that_ran_out_gives_the_whole_calendar(server: Radicale | Xandikos) -> None:
    remote = RemoteCalendar(server, "sessions")
    remote.put("lea.ics", event("lea"))
    calendar = CaldavCalendar(remote.url, server.username, server.password)
    cursor = json.loads(calendar.poll(None).cursor)

    delta = calendar.poll(json.dumps({**cursor, "token": f"{cursor['token']}0ff"}))

    assert delta.complete
    assert len(delta.changed) == 1
    assert not calendar.poll(delta.cursor).complete


def test_the_cursor_of_another_account_is_not_used(server: Radicale | Xandikos) -> None:
    old, new = RemoteCalendar(server, "old"), RemoteCalendar(server, "new")
    new.put("lea.ics", event("lea"))
    cursor = CaldavCalendar(old.url, server.username, server.password).poll(None).cursor

    delta = CaldavCalendar(new.url, server.username, server.password).poll(cursor)

    assert delta.complete
    assert len(delta.changed) == 1


def test_an_address_that_does_not_exist_is_for_the_mentor_to_mend(server: Radicale | Xandikos) -> None:
    RemoteCalendar(server, "sessions")

    with pytest.raises(TerminalError, match="does not exist"):
        CaldavCalendar(f"{server.home}nowhere/", server.username, server.password).poll(None)


@pytest.mark.parametrize("url", ["caldav.example.org/mentor", "ftp://127.0.0.1/mentor"])
def test_an_address_that_is_none_is_for_the_mentor_to_mend(url: str) -> None:
    with pytest.raises(TerminalError):
        CaldavCalendar(url, "mentor", "").poll(None)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again_later(status: int) -> None:
    with web_server(status) as port, pytest.raises(TransientError):
        CaldavCalendar(f"http://127.0.0.1:{port}/", "mentor", "").poll(None)


def test_a_servers_trouble_does_not_pass_for_a_lost_cursor() -> None:
    with web_server(500) as port:
        url = f"http://127.0.0.1:{port}/"
        cursor = json.dumps({"configured": url, "calendar": url, "token": "1"})
        with pytest.raises(TransientError):
            CaldavCalendar(url, "mentor", "").poll(cursor)


@pytest.mark.parametrize(
    "page",
    [b"", b"Bienvenue", b"<html>Bienvenue<br></html>", b"<html>Bienvenue</html>", b"<multistatus xmlns='DAV:'/>"],
)
@pytest.mark.parametrize("status", [200, 207])
def test_a_web_page_instead_of_a_calendar_is_never_an_empty_calendar(status: int, page: bytes) -> None:
    """As a hotel's network gives before one has paid."""
    with web_server(status, page) as port:
        url = f"http://127.0.0.1:{port}/"
        cursor = json.dumps({"configured": url, "calendar": url, "token": "1"})
        for known in (None, cursor):
            with pytest.raises((TransientError, TerminalError)):
                CaldavCalendar(url, "mentor", "").poll(known)


@pytest.mark.parametrize("known", [False, True])
def test_a_session_that_the_server_holds_back_is_never_taken_for_deleted(known: bool) -> None:
    def poll(status: int) -> list[str]:
        with fake_server(reluctant(status, event("lea"))) as port:
            url = f"http://127.0.0.1:{port}/cal/"
            cursor = json.dumps({"configured": url, "calendar": url, "token": "1"}) if known else None
            return [item.href for item in CaldavCalendar(url, "mentor", "").poll(cursor).changed]

    with pytest.raises(TransientError):
        poll(500)
    assert poll(200) == ["/cal/lea.ics"]
    assert poll(404) == []  # deleted since it was listed: the next poll says so


def test_a_forbidden_calendar_is_for_the_mentor_to_mend() -> None:
    with web_server(403) as port, pytest.raises(TerminalError, match="does not let this account"):
        CaldavCalendar(f"http://127.0.0.1:{port}/", "mentor", "").poll(None)


def test_a_server_that_accepts_and_says_nothing_is_asked_again_later() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent, pytest.raises(TransientError):
        CaldavCalendar(f"http://127.0.0.1:{silent.server_address[1]}/", "mentor", "", timeout=0.2).poll(None)


def test_what_the_library_says_of_a_connection_cut_in_the_middle_is_asked_again_later() -> None:
    said = r"calendar\.example broke off: the connection is not idle"
    with pytest.raises(TransientError, match=said), translated("https://calendar.example"):
        raise RuntimeError("the connection is not idle")  # as urllib3-future does; the soak test met it


def test_a_server_that_is_not_there_is_asked_again_later() -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        CaldavCalendar(f"http://127.0.0.1:{free_ports(1)[0]}/", "mentor", "").poll(None)


def test_a_certificate_nobody_vouches_for_is_for_the_mentor_to_mend(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    with web_server(207, tls=tls) as port, pytest.raises(TerminalError, match="certificate"):
        CaldavCalendar(f"https://127.0.0.1:{port}/", "mentor", "").poll(None)


def test_a_weekly_session_keeps_its_hour_in_paris_when_the_clocks_change(server: Radicale | Xandikos) -> None:
    remote = RemoteCalendar(server, "sessions")
    remote.put("lea.ics", weekly())

    found = autumn(CaldavCalendar(remote.url, server.username, server.password).poll(None).changed[0].ics)

    assert [item.start for item in found] == [
        datetime(2026, 10, 19, 7, tzinfo=UTC),
        datetime(2026, 10, 26, 8, tzinfo=UTC),
        datetime(2026, 11, 2, 8, tzinfo=UTC),
    ]


def test_a_moved_occurrence_is_the_same_session_at_another_hour(server: Radicale | Xandikos) -> None:
    remote = RemoteCalendar(server, "sessions")
    remote.put("lea.ics", weekly())
    calendar = CaldavCalendar(remote.url, server.username, server.password)
    first = calendar.poll(None)
    before = autumn(first.changed[0].ics)
    remote.put(
        "lea.ics",
        weekly(
            "RECURRENCE-ID;TZID=Europe/Paris:20261026T090000\r\nDTSTART;TZID=Europe/Paris:20261028T180000\r\n"
            "DTEND;TZID=Europe/Paris:20261028T184500\r\n"
        ),
    )

    (resource,) = calendar.poll(first.cursor).changed
    after = autumn(resource.ics)

    assert [item.key for item in after] == [item.key for item in before]
    assert after[1].start == datetime(2026, 10, 28, 17, tzinfo=UTC)
    assert (after[0], after[2]) == (before[0], before[2])


def test_an_event_that_is_there_under_another_name_is_not_added_twice(server: Radicale | Xandikos) -> None:
    remote = RemoteCalendar(server, "sessions")
    remote.put("moved-by-the-phone.ics", event("ma-lea"))
    calendar = CaldavCalendar(remote.url, server.username, server.password)

    calendar.create("ma-lea.ics", event("ma-lea"))

    assert [item.href.rpartition("/")[2] for item in calendar.poll(None).changed] == ["moved-by-the-phone.ics"]


def test_the_child_adds_what_the_connector_would_add(guarded: Radicale) -> None:
    remote = RemoteCalendar(guarded, "sessions")

    ChildCalendar(guarded.home, "mentor", "correct-horse").create("ma-lea.ics", event("ma-lea"))

    found = CaldavCalendar(remote.url, "mentor", "correct-horse").poll(None).changed
    assert [item.href for item in found] == ["/mentor/sessions/ma-lea.ics"]


def test_an_account_that_may_only_read_cannot_add_anything_ever() -> None:
    with (
        fake_server(reluctant(403, "")) as port,
        pytest.raises(TerminalError, match="does not let this account add entries"),
    ):
        CaldavCalendar(f"http://127.0.0.1:{port}/cal/", "mentor", "").create("ma-lea.ics", event("ma-lea"))


def test_a_server_that_stumbles_over_a_new_entry_is_asked_again_later() -> None:
    with fake_server(reluctant(500, "")) as port, pytest.raises(TransientError):
        CaldavCalendar(f"http://127.0.0.1:{port}/cal/", "mentor", "").create("ma-lea.ics", event("ma-lea"))


def paged(*pages: tuple[str, bool]) -> Callable[[bytes], tuple[int, bytes]]:
    """A calendar that gives a session at a time: page n is asked for with token n, and 507 says that there is more."""
    head = "<multistatus xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'>"
    kind = "<prop><resourcetype><collection/><C:calendar/></resourcetype></prop><status>HTTP/1.1 200 OK</status>"

    def entry(name: str, prop: str) -> str:
        found = f"<propstat><prop>{prop}</prop><status>HTTP/1.1 200 OK</status></propstat>"
        return f"<response><href>/cal/{name}.ics</href>{found}</response>"

    def answer(body: bytes) -> tuple[int, bytes]:
        text = body.decode()
        if "multiget" in text:
            asked = [name for name, _ in pages if f"/cal/{name}.ics" in text]
            inside = "".join(entry(name, f"<C:calendar-data>{event(name)}</C:calendar-data>") for name in asked)
            return 207, f"{head}{inside}</multistatus>".encode()
        if "sync-collection" not in text:
            return (
                207,
                f"{head}<response><href>/cal/</href><propstat>{kind}</propstat></response></multistatus>".encode(),
            )
        token = re.search(r"sync-token>t(\d)<", text)
        number = int(token[1]) if token else 0
        if number >= len(pages):
            return 207, f"{head}<sync-token>t{number}</sync-token></multistatus>".encode()
        name, more = pages[number]
        rest = (
            "<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>" if more else ""
        )
        inside = entry(name, "<getetag>1</getetag>") + rest
        return 207, f"{head}{inside}<sync-token>t{number + 1}</sync-token></multistatus>".encode()

    return answer


def test_a_calendar_that_comes_in_parts_is_asked_for_until_it_is_whole() -> None:
    with fake_server(paged(("lea", True), ("karim", True), ("tom", False))) as port:
        calendar = CaldavCalendar(f"http://127.0.0.1:{port}/cal/", "mentor", "")

        delta = calendar.poll(None)

        assert [item.href for item in delta.changed] == ["/cal/karim.ics", "/cal/lea.ics", "/cal/tom.ics"]
        assert delta.complete
        assert calendar.poll(delta.cursor).changed == ()


def test_a_part_of_a_calendar_without_tokens_is_not_the_whole(tmp_path: Path) -> None:
    more = b"<response><href>/mentor/sessions/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
    with Radicale(tmp_path / "radicale") as radicale, PoorCaldav(radicale.port, (TOKENS,)) as server:
        RemoteCalendar(radicale, "sessions").put("lea.ics", event("lea"))
        calendar = CaldavCalendar(f"http://127.0.0.1:{server.port}/mentor/sessions/", "mentor", "")
        cursor = calendar.poll(None).cursor

        def cut(asked: Asked) -> tuple[int, dict[str, str], bytes] | None:
            if asked.headers.get("depth") != "1":
                return None
            server.play = None
            status, headers, body = server.answer(asked)
            server.play = cut
            return status, headers, body.replace(b"</multistatus>", more + b"</multistatus>")

        server.play = cut
        for known in (None, cursor):
            with pytest.raises(TransientError):
                calendar.poll(known)


@pytest.mark.parametrize("refusal", [400, 403, 405, 415, 422, 501])
def test_however_a_server_refuses_tokens_it_is_read_without(tmp_path: Path, refusal: int) -> None:
    with Radicale(tmp_path / "radicale") as radicale, PoorCaldav(radicale.port, (TOKENS,), refusal) as server:
        RemoteCalendar(radicale, "sessions").put("lea.ics", event("lea"))

        delta = CaldavCalendar(f"http://127.0.0.1:{server.port}/mentor/sessions/", "mentor", "").poll(None)

        assert [item.href for item in delta.changed] == ["/mentor/sessions/lea.ics"]


def test_a_server_that_stops_giving_tokens_is_read_anew_without(tmp_path: Path) -> None:
    with Radicale(tmp_path / "radicale") as radicale, PoorCaldav(radicale.port) as server:
        remote = RemoteCalendar(radicale, "sessions")
        remote.put("lea.ics", event("lea"))
        calendar = CaldavCalendar(f"http://127.0.0.1:{server.port}/mentor/sessions/", "mentor", "")
        cursor = calendar.poll(None).cursor
        server.lacks = (TOKENS,)
        remote.put("karim.ics", event("karim"))

        delta = calendar.poll(cursor)
        assert delta.complete
        assert len(delta.changed) == 2
        server.lacks = ()
        assert calendar.poll(delta.cursor).changed == ()


@pytest.mark.parametrize("lacks", [(), (TOKENS,)])
def test_entries_come_by_the_hundred_whatever_their_names_and_nothing_else_is_asked_about_them(
    tmp_path: Path, lacks: tuple[str, ...]
) -> None:
    """For a Schedule-Tag, as the library asks for by itself, Xandikos reads every entry."""
    names = {"léa & karim.ics", "a+b@mentor.ics", "50 %.ics", "plain.ics"}
    with Radicale(tmp_path / "radicale") as radicale, PoorCaldav(radicale.port, lacks) as server:
        remote = RemoteCalendar(radicale, "sessions")
        for name in names:
            remote.put(quote(name), event(name))
        calendar = CaldavCalendar(f"http://127.0.0.1:{server.port}/mentor/sessions/", "mentor", "")

        delta = calendar.poll(None)

        assert {item.href for item in delta.changed} == {f"/mentor/sessions/{name}" for name in names}
        assert all(item.etag for item in delta.changed)
        assert [asked.method for asked in server.asked].count("GET") == 0
        (bodies,) = (asked.body for asked in server.asked if b"multiget" in asked.body)
        assert b"schedule-tag" not in bodies


@pytest.mark.parametrize(("status", "fault"), [(404, TerminalError), (429, TransientError), (503, TransientError)])
def test_bodies_that_are_refused_are_no_empty_calendar(tmp_path: Path, status: int, fault: type[Exception]) -> None:
    with Radicale(tmp_path / "radicale") as radicale, PoorCaldav(radicale.port) as server:
        RemoteCalendar(radicale, "sessions").put("lea.ics", event("lea"))
        server.play = lambda asked: (status, {}, b"") if b"multiget" in asked.body else None

        with pytest.raises(fault):
            CaldavCalendar(f"http://127.0.0.1:{server.port}/mentor/sessions/", "mentor", "").poll(None)
