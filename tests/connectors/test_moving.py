"""An entry of ours moves to another time while the mentor, or trouble, comes between: over the wire of each server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import invitation
from agent.connectors.caldav import CaldavCalendar
from agent.connectors.caldav_child import ChildCalendar
from agent.connectors.ews import Connection, EwsAccount, Login
from agent.connectors.graph_calendar import GraphCalendar
from agent.connectors.ics_dir import IcsDirectory
from agent.connectors.ports import Calendar
from agent.errors import RefusedLoginError, TerminalError, TransientError
from agent.model import Slot
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.ews import PASSWORD, EwsServer, Fault
from tests.servers.ews_store import Item
from tests.servers.graph import GraphServer, graph_server, signed_in
from tests.servers.graph_events import stamp
from tests.servers.poor_caldav import Asked, PoorCaldav

MENTOR = "claire@mentor.example"
NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)
BEFORE, LATER = datetime(2026, 11, 16, 9, tzinfo=UTC), datetime(2026, 11, 19, 13, 30, tzinfo=UTC)
LENGTH = timedelta(minutes=45)
SLOT = Slot(BEFORE, BEFORE + LENGTH)
TIMES = (LATER, LATER + LENGTH, NOW)
UID = invitation.uid("lea@learner.example", 1, SLOT, "mentor.example")
HREF = invitation.resource(UID)
ENTRY = invitation.entry(UID, SLOT, "Session avec Léa", "à réserver", NOW)
EDITED = ENTRY.replace("Session avec Léa", "Léa en salle 3")


# -- CalDAV


class Between:
    """Lets the mentor write (or delete) right before so many of our changes reach the server."""

    def __init__(self, remote: RemoteCalendar, acts: list[Callable[[], object]]) -> None:
        self.remote, self.acts = remote, acts

    def __call__(self, asked: Asked) -> None:
        if asked.method == "PUT" and "if-match" in asked.headers and self.acts:
            self.acts.pop(0)()


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    with Radicale(tmp_path / "radicale") as server:
        yield server


def seen_through(poor: PoorCaldav) -> CaldavCalendar:
    return CaldavCalendar(f"http://127.0.0.1:{poor.port}/mentor/sessions/", "mentor", "")


def text_of(calendar: Calendar) -> str:
    """The only entry, with bare line feeds."""
    (item,) = calendar.poll(None).changed
    return item.ics.replace("\r\n", "\n")


def test_a_change_of_the_mentor_s_at_the_same_moment_is_kept(radicale: Radicale) -> None:
    remote = RemoteCalendar(radicale, "sessions")
    with PoorCaldav(radicale.port) as poor:
        calendar = seen_through(poor)
        calendar.create(HREF, ENTRY)
        poor.play = Between(remote, [lambda: remote.put(HREF, EDITED)])

        assert calendar.reschedule(HREF, *TIMES)

        text = text_of(calendar)
        puts = [asked for asked in poor.asked if asked.method == "PUT"][1:]
    assert "SUMMARY:Léa en salle 3\n" in text
    assert "DTSTART:20261119T133000Z\n" in text
    assert len(puts) == 2
    assert puts[0].headers["if-match"] != puts[1].headers["if-match"]
    assert b"\r\n" in puts[1].body
    assert b"\n" not in puts[1].body.replace(b"\r\n", b"")


def test_a_mentor_who_goes_on_changing_it_is_left_alone_for_now(radicale: Radicale) -> None:
    remote = RemoteCalendar(radicale, "sessions")
    again = EDITED.replace("salle 3", "salle 4")
    with PoorCaldav(radicale.port) as poor:
        calendar = seen_through(poor)
        calendar.create(HREF, ENTRY)
        poor.play = Between(remote, [lambda: remote.put(HREF, EDITED), lambda: remote.put(HREF, again)])
        with pytest.raises(TransientError, match="being changed"):
            calendar.reschedule(HREF, *TIMES)

        assert "SUMMARY:Léa en salle 4\n" in text_of(calendar)
        assert "DTSTART:20261116T090000Z\n" in text_of(calendar)
        assert calendar.reschedule(HREF, *TIMES)
        assert "DTSTART:20261119T133000Z\n" in text_of(calendar)


def test_what_the_mentor_deletes_at_the_same_moment_is_not_brought_back(radicale: Radicale) -> None:
    remote = RemoteCalendar(radicale, "sessions")
    with PoorCaldav(radicale.port) as poor:
        calendar = seen_through(poor)
        calendar.create(HREF, ENTRY)
        poor.play = Between(remote, [lambda: remote.remove(HREF)])

        assert not calendar.reschedule(HREF, *TIMES)

        assert calendar.poll(None).changed == ()


@pytest.mark.parametrize("done", [True, False])
def test_a_server_that_stumbles_over_the_move_is_asked_again_and_it_is_moved_once(
    radicale: Radicale, done: bool
) -> None:
    RemoteCalendar(radicale, "sessions")
    with PoorCaldav(radicale.port) as poor:
        calendar = seen_through(poor)
        calendar.create(HREF, ENTRY)
        troubles = [(503, dict[str, str](), b"")]

        def stumbles(asked: Asked) -> tuple[int, dict[str, str], bytes] | None:
            if asked.method != "PUT" or not troubles:
                return None
            trouble = troubles.pop()
            if done:
                poor.answer(asked)  # it is done, and the answer is lost
            return trouble

        poor.play = stumbles
        with pytest.raises(TransientError):
            calendar.reschedule(HREF, *TIMES)

        assert calendar.reschedule(HREF, *TIMES)
        assert "SEQUENCE:1\n" in text_of(calendar)
        assert "DTSTART:20261119T133000Z\n" in text_of(calendar)


def test_the_child_moves_what_the_connector_would_move(tmp_path: Path) -> None:
    with Radicale(tmp_path / "radicale", password="correct-horse") as server:
        RemoteCalendar(server, "sessions")
        child = ChildCalendar(server.home, "mentor", "correct-horse")
        assert not child.reschedule(HREF, *TIMES)
        child.create(HREF, ENTRY)

        assert child.reschedule(HREF, *TIMES)

        assert "DTSTART:20261119T133000Z\n" in text_of(child)


# -- a directory


class Shared(IcsDirectory):
    """Another program writes each time after we have read."""

    def __init__(self, root: Path, texts: list[str]) -> None:
        super().__init__(root)
        self.root, self.texts = root, texts

    def _read(self, name: str) -> str | None:
        found = super()._read(name)
        if self.texts:
            (self.root / name).write_text(self.texts.pop(0), encoding="utf-8", newline="")
        return found


def test_a_file_that_another_program_writes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / HREF).write_text(ENTRY, encoding="utf-8", newline="")

    assert Shared(tmp_path, [EDITED]).reschedule(HREF, *TIMES)

    text = (tmp_path / HREF).read_text(encoding="utf-8")
    assert "salle 3" in text
    assert "DTSTART:20261119T133000Z\n" in text
    (tmp_path / HREF).write_text(ENTRY, encoding="utf-8", newline="")
    with pytest.raises(TransientError, match="another program"):
        Shared(tmp_path, [EDITED, ENTRY]).reschedule(HREF, *TIMES)
    assert (tmp_path / HREF).read_bytes() == ENTRY.encode()
    assert os.listdir(tmp_path) == [HREF]


# -- Exchange


@pytest.fixture
def exchange() -> Iterator[EwsServer]:
    with EwsServer() as running:
        running.mailbox(MENTOR)
        yield running


@pytest.fixture
def account(exchange: EwsServer) -> Iterator[EwsAccount]:
    """The mentor's account, with our entry in its calendar."""
    made = EwsAccount(Connection(exchange.endpoint, Login(MENTOR, PASSWORD), MENTOR, timeout=5))
    made.calendar.create(HREF, ENTRY)
    yield made
    made.mailbox.close()


def entry_on(exchange: EwsServer) -> Item:
    (item,) = exchange.mailboxes[MENTOR].folders["calendar"].items.values()
    return item


def edits(exchange: EwsServer, **elements: str) -> None:
    """The mentor's own program changes our entry."""
    item = entry_on(exchange)
    item.elements |= elements
    exchange.mailboxes[MENTOR].folders["calendar"].touch(item)


def test_exchange_is_told_the_new_time_and_nothing_else(exchange: EwsServer, account: EwsAccount) -> None:
    edits(exchange, Subject="Léa en salle 3", ReminderMinutesBeforeStart="30", StartTimeZone="Romance Standard Time")
    before = dict(entry_on(exchange).elements)

    assert account.calendar.reschedule(HREF, *TIMES)

    after = entry_on(exchange).elements
    assert after == before | {"Start": "2026-11-19T13:30:00Z", "End": "2026-11-19T14:15:00Z"}
    assert exchange.sent == []


def test_a_stale_change_key_on_exchange_is_fetched_anew_once(exchange: EwsServer, account: EwsAccount) -> None:
    exchange.operations.meanwhile.append(lambda: edits(exchange, Subject="Léa en salle 3"))

    assert account.calendar.reschedule(HREF, *TIMES)

    assert entry_on(exchange).elements["Subject"] == "Léa en salle 3"
    assert entry_on(exchange).elements["Start"] == "2026-11-19T13:30:00Z"
    assert exchange.requests.count("UpdateItem") == 2


def test_an_entry_on_exchange_that_goes_on_changing_is_left_alone_for_now(
    exchange: EwsServer, account: EwsAccount
) -> None:
    exchange.fail_next("UpdateItem", Fault.CONFLICT, Fault.CONFLICT)
    with pytest.raises(TransientError, match="being changed"):
        account.calendar.reschedule(HREF, *TIMES)

    assert entry_on(exchange).elements["Start"] == "2026-11-16T09:00:00Z"
    assert account.calendar.reschedule(HREF, *TIMES)


def test_what_the_mentor_deletes_on_exchange_at_the_same_moment_stays_deleted(
    exchange: EwsServer, account: EwsAccount
) -> None:
    folder = exchange.mailboxes[MENTOR].folders["calendar"]
    exchange.operations.meanwhile.append(lambda: folder.remove(entry_on(exchange).id))

    assert not account.calendar.reschedule(HREF, *TIMES)

    assert folder.items == {}


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.UNAVAILABLE, Fault.INTERNAL])
def test_an_exchange_server_in_trouble_is_asked_again_and_moves_it_once(
    exchange: EwsServer, account: EwsAccount, fault: Fault
) -> None:
    exchange.fail_next("UpdateItem", fault)
    with pytest.raises(TransientError):
        account.calendar.reschedule(HREF, *TIMES)
    version = entry_on(exchange).version

    assert account.calendar.reschedule(HREF, *TIMES)

    assert entry_on(exchange).elements["Start"] == "2026-11-19T13:30:00Z"
    assert entry_on(exchange).version == (version if fault is Fault.DROP_AFTER else version + 1)


def test_a_mailbox_that_may_not_be_written_to_says_so(exchange: EwsServer, account: EwsAccount) -> None:
    exchange.fail_next("UpdateItem", Fault.DENIED)

    with pytest.raises(TerminalError, match="full access"):
        account.calendar.reschedule(HREF, *TIMES)


def test_an_entry_on_exchange_that_was_made_a_whole_day_becomes_a_session_again(
    exchange: EwsServer, account: EwsAccount
) -> None:
    edits(exchange, IsAllDayEvent="true", Start="2026-11-15T23:00:00Z", End="2026-11-16T23:00:00Z")

    assert account.calendar.reschedule(HREF, *TIMES)

    assert entry_on(exchange).elements["IsAllDayEvent"] == "false"


GUEST = "<t:Attendee><t:Mailbox><t:EmailAddress>lea@learner.example</t:EmailAddress></t:Mailbox></t:Attendee>"


@pytest.mark.parametrize(
    ("elements", "why"),
    [({"RequiredAttendees": GUEST}, "invited"), ({"CalendarItemType": "RecurringMaster"}, "series")],
)
def test_on_exchange_what_became_a_series_or_a_meeting_is_the_mentor_s_to_move(
    exchange: EwsServer, account: EwsAccount, elements: dict[str, str], why: str
) -> None:
    edits(exchange, **elements)

    with pytest.raises(TerminalError, match=why):
        account.calendar.reschedule(HREF, *TIMES)
    assert entry_on(exchange).elements["Start"] == "2026-11-16T09:00:00Z"


# -- Microsoft 365


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with graph_server() as made:
        made.now = NOW
        yield made


@pytest.fixture
def calendar(graph: GraphServer, tmp_path: Path) -> GraphCalendar:
    """The mentor's calendar, with our entry in it."""
    made = signed_in(graph, tmp_path / "tokens.json").connect().calendar
    made.create(HREF, ENTRY)
    return made


def event_on(graph: GraphServer) -> dict[str, Any]:
    (found,) = graph.events.items.values()
    return found


def starts(graph: GraphServer) -> str:
    return str(event_on(graph)["start"]["dateTime"][:16])


def test_microsoft_365_is_told_the_new_time_and_nothing_else(graph: GraphServer, calendar: GraphCalendar) -> None:
    graph.events.put_json(HREF, {"subject": "Léa en salle 3", "reminderMinutesBeforeStart": 30})
    before = dict(event_on(graph))

    assert calendar.reschedule(HREF, *TIMES)

    after = event_on(graph)
    assert starts(graph) == "2026-11-19T13:30"
    assert {name for name in after if after[name] != before[name]} <= {
        *("start", "end", "lastModifiedDateTime", "@odata.etag")
    }


def test_a_stale_etag_in_microsoft_365_is_fetched_anew_once(graph: GraphServer, calendar: GraphCalendar) -> None:
    graph.events.meanwhile.append(lambda: graph.events.put_json(HREF, {"subject": "Léa en salle 3"}))

    assert calendar.reschedule(HREF, *TIMES)

    assert event_on(graph)["subject"] == "Léa en salle 3"
    assert starts(graph) == "2026-11-19T13:30"
    assert sum(one.startswith("PATCH") for one in graph.requests) == 2


@pytest.mark.parametrize("status", [409, 412])
def test_an_event_that_goes_on_changing_is_left_alone_for_now(
    graph: GraphServer, calendar: GraphCalendar, status: int
) -> None:
    graph.fail(where="PATCH", status=status, code="ErrorIrresolvableConflict", times=2)
    with pytest.raises(TransientError, match="being changed"):
        calendar.reschedule(HREF, *TIMES)

    assert starts(graph) == "2026-11-16T09:00"
    assert calendar.reschedule(HREF, *TIMES)


def test_an_event_that_the_mentor_deletes_at_the_same_moment_stays_deleted(
    graph: GraphServer, calendar: GraphCalendar
) -> None:
    graph.events.meanwhile.append(lambda: graph.events.remove(HREF))

    assert not calendar.reschedule(HREF, *TIMES)

    assert graph.events.items == {}


@pytest.mark.parametrize(
    "fault", [{"status": 500, "code": "ErrorInternalServerError"}, {"drop": "before"}, {"drop": "after"}]
)
def test_microsoft_365_in_trouble_is_asked_again_and_moves_it_once(
    graph: GraphServer, calendar: GraphCalendar, fault: dict[str, Any]
) -> None:
    graph.fail(where="PATCH", **fault)
    with pytest.raises(TransientError):
        calendar.reschedule(HREF, *TIMES)
    etag = event_on(graph)["@odata.etag"]

    assert calendar.reschedule(HREF, *TIMES)

    assert starts(graph) == "2026-11-19T13:30"
    assert (event_on(graph)["@odata.etag"] == etag) == (fault.get("drop") == "after")


def test_a_throttled_move_leaves_the_server_alone(graph: GraphServer, calendar: GraphCalendar) -> None:
    graph.fail(where="PATCH", status=429, retry_after="60")
    for _ in range(2):
        with pytest.raises(TransientError, match="left alone"):
            calendar.reschedule(HREF, *TIMES)

    assert sum(one.startswith("PATCH") for one in graph.requests) == 1


def test_a_calendar_whose_entries_may_not_be_moved_says_which_permission_is_missing(
    graph: GraphServer, calendar: GraphCalendar
) -> None:
    graph.events.can_edit = False

    with pytest.raises(RefusedLoginError, match=r"Calendars\.ReadWrite"):
        calendar.reschedule(HREF, *TIMES)


def test_an_event_that_was_made_a_whole_day_becomes_a_session_again(
    graph: GraphServer, calendar: GraphCalendar
) -> None:
    day = {name: stamp((LATER + timedelta(days=n)).date()) for n, name in enumerate(("start", "end"))}
    graph.events.put_json(HREF, {"isAllDay": True, **day})

    assert calendar.reschedule(HREF, *TIMES)

    assert (event_on(graph)["isAllDay"], starts(graph)) == (False, "2026-11-19T13:30")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"attendees": [{"emailAddress": {"address": "lea@learner.example"}, "type": "required"}]}, "invited"),
        ({"type": "seriesMaster"}, "series"),
    ],
)
def test_in_microsoft_365_what_became_a_series_or_a_meeting_is_the_mentor_s_to_move(
    graph: GraphServer, calendar: GraphCalendar, change: dict[str, Any], why: str
) -> None:
    """Graph would write to whoever is invited, and nothing in a request can forbid it."""
    graph.events.put_json(HREF, change)

    with pytest.raises(TerminalError, match=why):
        calendar.reschedule(HREF, *TIMES)
    assert starts(graph) == "2026-11-16T09:00"
