"""A subscription's own ways: what it costs when nothing is new, what is no calendar, and a link that is a secret."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.connectors.ics_link import IcsLink
from agent.errors import AgentError, TerminalError, TransientError
from agent.occurrences import expand
from tests.connectors.conftest import event
from tests.servers.broken_caldav import web_server
from tests.servers.certificates import self_signed
from tests.servers.published import PATH, Published, reply

Play = Callable[[BaseHTTPRequestHandler], None]
TWO = {"lea.ics": event("lea"), "karim.ics": event("karim")}
TEXT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(
    ics[ics.index("BEGIN:VEVENT") : ics.index("END:VCALENDAR")] for ics in TWO.values()
)


@pytest.fixture
def published() -> Iterator[Published]:
    with Published(contents=dict(TWO)) as found:
        yield found


def text(body: str | bytes, status: int = 200, kind: str = "text/calendar", **headers: str) -> Play:
    raw = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: reply(request, status, raw, {"content-type": kind, **named})


def broken_off(request: BaseHTTPRequestHandler) -> None:
    """A whole calendar, of which the server had promised more."""
    reply(request, 200, (TEXT + "END:VCALENDAR\r\n").encode(), {"content-length": "100000"})


def broken_off_in_pieces(request: BaseHTTPRequestHandler) -> None:
    request.protocol_version = "HTTP/1.1"
    request.send_response(200)
    request.send_header("transfer-encoding", "chunked")
    request.end_headers()
    request.wfile.write(f"{len(TEXT):x}\r\n{TEXT}\r\n".encode())


def trickle(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever, as far as anybody can tell."""
    for byte in b"HTTP/1.0 200 OK\r\n" + b"x" * 200:
        request.wfile.write(bytes([byte]))
        time.sleep(0.02)


NO_CALENDAR: dict[str, Play] = {
    "a page that asks for a login": text("<html><body>Connectez-vous</body></html>", kind="text/html"),
    "nothing": text(""),
    "no content": text("", status=204),
    "cut off between two sessions": text(TEXT),
    "cut off in a session": text(TEXT[:-30]),
    "ends that fit no beginning": text(TEXT.replace("END:VEVENT", "END:VTODO") + "END:VCALENDAR\r\n"),
    "a contact": text("BEGIN:VCARD\r\nFN:Léa\r\nEND:VCARD\r\n"),
    "a page after the calendar": text(TEXT + "END:VCALENDAR\r\n<p>Erreur</p>"),
    "an answer that breaks off": broken_off,
    "an answer that breaks off in pieces": broken_off_in_pieces,
    "packed and cut off": text(gzip.compress((TEXT + "END:VCALENDAR\r\n").encode())[:-12], content_encoding="gzip"),
    "not packed as it says": text(TEXT, content_encoding="gzip"),
    "nothing changed, unasked": text("", status=304),
    "a server in trouble": text("", status=503),
    "a link that was taken back": text("", status=404),
    "a link that needs a login": text("", status=401),
    "round and round": text("", status=302, location=PATH),
    "to the open": text("", status=302, location="http://calendar.example" + PATH),
    "to nowhere": text("", status=302, location="file:///etc/passwd"),
    "to nonsense": text("", status=302, location="https://[" + PATH),
}


@pytest.mark.parametrize("what", sorted(NO_CALENDAR))
def test_what_is_no_calendar_is_an_error_and_no_emptiness_and_never_shows_the_link(
    published: Published, what: str
) -> None:
    calendar = IcsLink(published.link)
    cursor = calendar.poll(None).cursor
    published.play = NO_CALENDAR[what]
    published.put("tom.ics", event("tom"))  # so that no cursor is still right

    asked: list[Callable[[], object]] = [lambda: calendar.poll(None), calendar.check]
    if what != "nothing changed, unasked":
        asked.append(lambda: calendar.poll(cursor))
    for ask in asked:
        with pytest.raises((TransientError, TerminalError)) as caught:
            ask()
        assert "127.0.0.1" in str(caught.value) or "calendar.example" in str(caught.value)
        assert "3f9c2e" not in "".join(shown(caught.value))

    published.play = None
    assert len(calendar.poll(cursor).changed) == 1


def shown(error: BaseException | None) -> Iterator[str]:
    """All that a traceback would print of an error."""
    while error is not None:
        yield f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_the_link_stands_in_no_cursor_and_no_finding(published: Published) -> None:
    calendar = IcsLink(published.link)

    assert "3f9c2e" not in calendar.poll(None).cursor
    assert calendar.check() == ["calendar published at 127.0.0.1, read only: 2 entries"]
    assert "3f9c2e" not in repr(calendar)
    with pytest.raises(TerminalError) as caught:
        calendar.create("ma.ics", event("ma"))
    assert "3f9c2e" not in str(caught.value)


@pytest.mark.parametrize("validators", [("etag",), ("last-modified",), ("etag", "last-modified")])
def test_nothing_new_costs_no_calendar(published: Published, validators: tuple[str, ...]) -> None:
    published.validators = validators
    calendar = IcsLink(published.link)
    cursor = calendar.poll(None).cursor
    sent = published.sent

    delta = calendar.poll(cursor)

    assert (delta.changed, delta.removed, delta.complete, delta.cursor) == ((), (), False, cursor)
    assert published.sent == sent


def test_a_server_that_writes_the_time_of_the_request_changes_nothing(published: Published) -> None:
    published.validators = ()
    calendar = IcsLink(published.link)
    cursor = calendar.poll(None).cursor
    later = {name: ics.replace("DTSTAMP:20261101", "DTSTAMP:20261129") for name, ics in TWO.items()}
    assert later != TWO
    published.put_all(later)

    delta = calendar.poll(cursor)

    assert (delta.changed, delta.removed) == ((), ())


def test_a_packed_calendar_is_unpacked(published: Published) -> None:
    published.packed = True

    assert len(IcsLink(published.link).poll(None).changed) == 2
    assert published.requests[-1]["accept-encoding"] == "gzip"


def test_a_calendar_too_large_to_be_one_is_not_read(published: Published) -> None:
    for packed in (False, True):
        published.packed = packed
        with pytest.raises(TerminalError, match="MB"):
            IcsLink(published.link, largest=300).poll(None)


def test_a_bomb_is_not_unpacked(published: Published) -> None:
    published.play = text(gzip.compress(bytes(5_000_000)), content_encoding="gzip")

    with pytest.raises(TerminalError, match="MB"):
        IcsLink(published.link, largest=1_000_000).poll(None)


def test_a_byte_now_and_then_is_not_waited_for(published: Published) -> None:
    published.play = trickle
    begun = time.monotonic()

    with pytest.raises(TransientError, match="did not answer within"):
        IcsLink(published.link, seconds=0.3).poll(None)
    assert time.monotonic() - begun < 3


def test_a_redirect_to_where_the_calendar_is_is_followed(published: Published) -> None:
    with Published() as gate:
        gate.play = text("", status=301, location=published.link)
        calendar = IcsLink(gate.link)

        cursor = calendar.poll(None).cursor

        assert calendar.poll(cursor).cursor == cursor
        assert "authorization" not in published.requests[-1]


def test_a_certificate_nobody_vouches_for_is_for_the_mentor_to_mend_and_one_that_is_trusted_is_taken(
    tmp_path: Path,
) -> None:
    certificate = self_signed(tmp_path)
    with web_server(200, (TEXT + "END:VCALENDAR\r\n").encode(), certificate.server()) as port:
        link = f"https://127.0.0.1:{port}{PATH}"
        with pytest.raises(TerminalError, match=r"certificate of 127\.0\.0\.1"):
            IcsLink(link).poll(None)

        assert len(IcsLink(link, tls=certificate.client()).poll(None).changed) == 2


def test_a_link_without_tls_is_not_followed_to_another_machine() -> None:
    with pytest.raises(TerminalError, match="without TLS"):
        IcsLink("http://calendar.example/private-3f9c2e.ics").poll(None)


def test_the_cursor_of_another_link_is_not_used(published: Published) -> None:
    with Published(contents={"tom.ics": event("tom")}) as other:
        cursor = IcsLink(other.link).poll(None).cursor

    delta = IcsLink(published.link).poll(cursor)

    assert delta.complete
    assert len(delta.changed) == 2


SCHOOL = """BEGIN:VCALENDAR
VERSION:2.0
X-WR-TIMEZONE:Europe/Paris
BEGIN:VTIMEZONE
TZID:École
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:weekly@school.exam
 ple
DTSTART;TZID=École:20261102T110000
DURATION:PT45M
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Session de mentorat avec une apprenante au nom si long que la ligne
  en est pliée
BEGIN:VALARM
UID:an alarm has one too
TRIGGER:-PT15M
ACTION:DISPLAY
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:floating/1
DTSTART:20261104T090000
DTEND:20261104T094500
END:VEVENT
BEGIN:VEVENT
UID:weekly@school.example
RECURRENCE-ID;TZID=École:20261109T110000
DTSTART;TZID=École:20261110T150000
DURATION:PT45M
SUMMARY:Déplacée
END:VEVENT
BEGIN:VTODO
UID:a task
END:VTODO
BEGIN:VEVENT
DTSTART:20261105T090000Z
SUMMARY:sans UID
END:VEVENT
END:VCALENDAR
"""


def test_a_series_and_its_exceptions_are_one_entry_with_the_zone_they_need(published: Published) -> None:
    published.play = text(SCHOOL)

    found = {item.href: item.ics for item in IcsLink(published.link).poll(None).changed}

    assert len(found) == 3
    series = expand(
        found["weekly@school.example.ics"],
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
        ZoneInfo("Europe/Paris"),
    )
    assert [f"{one.start:%m-%d %H:%M}" for one in series] == ["11-02 08:00", "11-10 12:00", "11-16 08:00"]
    assert series[0].summary.endswith("la ligne en est pliée")
    assert "VTIMEZONE" not in found["floating%2F1.ics"]
    assert "X-WR-TIMEZONE:Europe/Paris" in found["floating%2F1.ics"]


def test_an_entry_that_cannot_be_read_does_not_take_the_others_along(published: Published) -> None:
    published.put("broken.ics", event("broken").replace("DTSTART:", "DTSTART;TZID=Mars/Olympus:"))

    assert len(IcsLink(published.link).poll(None).changed) == 3


def test_every_error_is_one_of_ours() -> None:
    for link in ("https:///nowhere.ics", "http://127.0.0.1:1/x.ics", "https://[/x.ics", "http://127.0.0.1:99999/x"):
        with pytest.raises(AgentError):
            IcsLink(link).poll(None)
