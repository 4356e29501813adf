"""Entries of an Exchange calendar come out as they would from their own iCalendar text, series and exceptions too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.connectors.ews import Connection, EwsAccount, Login
from agent.errors import TerminalError, TransientError, UnreadableError
from agent.occurrences import Occurrence, expand
from tests.connectors.conftest import event
from tests.servers.ews import PASSWORD, EwsServer, Fault
from tests.servers.ews_events import item_of
from tests.servers.ews_store import Folder

MENTOR = "claire@mentor.example"
PARIS = ZoneInfo("Europe/Paris")
START, END = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[EwsServer]:
    """An Exchange server with the mentor's mailbox."""
    with EwsServer() as running:
        running.mailbox(MENTOR)
        yield running


@pytest.fixture
def account(server: EwsServer) -> Iterator[EwsAccount]:
    """The mentor's account."""
    made = EwsAccount(Connection(server.endpoint, Login(MENTOR, PASSWORD), MENTOR, timeout=5))
    yield made
    made.mailbox.close()


@pytest.fixture
def folder(server: EwsServer) -> Folder:
    """The mentor's calendar, as their own program sees it."""
    return server.mailboxes[MENTOR].folders["calendar"]


def text(*events: str) -> str:
    lines = [f"BEGIN:VEVENT\nUID:one\nDTSTAMP:20260901T000000Z\nSUMMARY:Session\n{one}\nEND:VEVENT" for one in events]
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//test//EN\n" + "\n".join(lines) + "\nEND:VCALENDAR\n"


def paris(start: str, minutes: int = 45) -> str:
    return f"DTSTART;TZID=Europe/Paris:{start}\nDURATION:PT{minutes}M"


SERIES = {
    "every monday, across both changes of clock": text(f"{paris('20260907T180000')}\nRRULE:FREQ=WEEKLY;BYDAY=MO"),
    "every second week on two days, so many times": text(
        f"{paris('20260908T090000')}\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO;COUNT=9"
    ),
    "every third day until an evening": text(
        f"{paris('20260908T213000')}\nRRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20261204T203000Z"
    ),
    "the 12th of every month": text(f"{paris('20260912T100000')}\nRRULE:FREQ=MONTHLY;BYMONTHDAY=12"),
    "the third tuesday": text(f"{paris('20260915T100000')}\nRRULE:FREQ=MONTHLY;BYDAY=3TU;COUNT=6"),
    "the last friday of every second month": text(
        f"{paris('20260925T100000')}\nRRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;COUNT=4"
    ),
    "the first working day": text(
        f"{paris('20260901T100000')}\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=6"
    ),
    "every year on a day": text(f"{paris('20260914T100000')}\nRRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=14"),
    "every year on the second monday": text(f"{paris('20260914T100000')}\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=2MO"),
    "in another zone": text(
        "DTSTART;TZID=America/New_York:20260907T180000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=20"
    ),
    "whole days every week until a day": text(
        "DTSTART;VALUE=DATE:20260907\nDTEND;VALUE=DATE:20260908\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130"
    ),
    "with deleted ones": text(
        f"{paris('20260907T180000')}\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=20\n"
        "EXDATE;TZID=Europe/Paris:20260914T180000,20261109T180000"
    ),
    "with one moved and one cancelled": text(
        f"{paris('20260907T180000')}\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=20",
        f"RECURRENCE-ID;TZID=Europe/Paris:20261026T180000\n{paris('20261028T080000', 30)}\nLOCATION:ailleurs",
        f"RECURRENCE-ID;TZID=Europe/Paris:20261102T180000\n{paris('20261102T180000')}\nSTATUS:CANCELLED",
    ),
    "with one that became a whole day's neighbour": text(
        "DTSTART;VALUE=DATE:20260907\nDTEND;VALUE=DATE:20260908\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5",
        "RECURRENCE-ID;VALUE=DATE:20260914\nDTSTART;VALUE=DATE:20260915\nDTEND;VALUE=DATE:20260916",
    ),
}

SINGLE = {
    "plain": event("one"),
    "a whole day": text("DTSTART;VALUE=DATE:20261116\nDTEND;VALUE=DATE:20261118"),
    "cancelled": text(f"{paris('20261116T180000')}\nSTATUS:CANCELLED"),
    "free time": text(f"{paris('20261116T180000')}\nTRANSP:TRANSPARENT"),
    "with words and people": text(
        f"{paris('20261116T180000')}\nLOCATION:Visio\nDESCRIPTION:https://school.example/room\\, salle 2\n"
        "ATTENDEE:mailto:lea@learner.example\nATTENDEE:mailto:karim@learner.example"
    ),
}


def seen(account: EwsAccount) -> list[Occurrence]:
    (item,) = account.calendar.poll(None).changed
    return expand(item.ics, START, END, PARIS)


@pytest.mark.parametrize("ics", [*SERIES.values(), *SINGLE.values()], ids=[*SERIES, *SINGLE])
def test_an_entry_happens_when_its_own_text_says(account: EwsAccount, folder: Folder, ics: str) -> None:
    folder.add(item_of(ics))

    assert seen(account) == expand(ics, START, END, PARIS) != []


def test_the_31st_is_the_last_day_of_shorter_months_as_exchange_has_it(account: EwsAccount, folder: Folder) -> None:
    folder.add(item_of(text(f"{paris('20261031T100000')}\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5")))

    days = [one.start.astimezone(PARIS).date().isoformat() for one in seen(account)]

    assert days == ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]


def test_a_private_entry_says_so(account: EwsAccount, folder: Folder) -> None:
    folder.add(item_of(text(f"{paris('20261116T180000')}\nCLASS:PRIVATE")))

    assert "CLASS:PRIVATE" in account.calendar.poll(None).changed[0].ics


def test_an_occurrence_that_is_moved_changes_the_series_and_keeps_its_key(account: EwsAccount, folder: Folder) -> None:
    item = folder.add(item_of(SERIES["every monday, across both changes of clock"]))
    first = account.calendar.poll(None)
    before = {one.key for one in expand(first.changed[0].ics, START, END, PARIS)}
    moved = item_of(
        text(
            f"{paris('20260907T180000')}\nRRULE:FREQ=WEEKLY;BYDAY=MO",
            f"RECURRENCE-ID;TZID=Europe/Paris:20261102T180000\n{paris('20261103T080000')}",
        )
    )
    item.elements, item.occurrences = moved.elements, moved.occurrences
    folder.touch(item)

    (changed,) = account.calendar.poll(first.cursor).changed

    after = {one.key: one.start for one in expand(changed.ics, START, END, PARIS)}
    assert after.keys() == before
    assert after["one/20261102T170000Z"] == datetime(2026, 11, 3, 7, tzinfo=UTC)


def test_a_zone_that_nobody_defines_is_not_guessed(account: EwsAccount, folder: Folder) -> None:
    item = item_of(SERIES["every monday, across both changes of clock"])
    item.elements["StartTimeZone"] = "tzone://Microsoft/Custom"
    folder.add(item)
    folder.add(item_of(event("two")))

    texts = [item.ics for item in account.calendar.poll(None).changed]

    (unreadable,) = [one for one in texts if "RRULE" in one]
    with pytest.raises(UnreadableError, match="time zone"):
        expand(unreadable, START, END, PARIS)
    assert len(texts) == 2


@pytest.mark.parametrize("midnight", ["2026-11-15T23:00:00Z", "2026-11-16T05:00:00Z", "2026-11-15T12:00:00Z"])
def test_a_whole_day_whose_zone_is_not_told_is_still_that_day(
    account: EwsAccount, folder: Folder, midnight: str
) -> None:
    item = item_of(SINGLE["a whole day"])
    del item.elements["StartTimeZone"]
    item.elements["Start"] = midnight  # in Paris, in New York, in Auckland
    folder.add(item)

    assert "DTSTART;VALUE=DATE:20261116" in account.calendar.poll(None).changed[0].ics


def test_an_entry_that_the_server_cannot_read_is_said_and_hides_no_other(account: EwsAccount, folder: Folder) -> None:
    folder.add(item_of(event("one"))).corrupt = True
    folder.add(item_of(event("two")))

    unreadable, good = sorted((item.ics for item in account.calendar.poll(None).changed), key=len)

    assert "UID:two" in good
    with pytest.raises(UnreadableError):
        expand(unreadable, START, END, PARIS)


def test_a_lost_state_gives_the_whole_calendar_again(server: EwsServer, account: EwsAccount, folder: Folder) -> None:
    folder.add(item_of(event("one")))
    cursor = account.calendar.poll(None).cursor
    server.mailboxes[MENTOR].forget_states()

    delta = account.calendar.poll(cursor)

    assert delta.complete
    assert len(delta.changed) == 1
    assert not account.calendar.poll(delta.cursor).complete


def test_an_entry_that_was_made_but_not_confirmed_is_not_made_again(
    server: EwsServer, account: EwsAccount, folder: Folder
) -> None:
    server.fail_next("CreateItem", Fault.DROP_AFTER)
    with pytest.raises(TransientError):
        account.calendar.create("ma-lea.ics", event("ma-lea"))

    account.calendar.create("ma-lea.ics", event("ma-lea"))

    assert len(folder.items) == 1
    assert server.sent == []


@pytest.mark.parametrize("name", ["plain", "a whole day", "free time"])
def test_an_entry_of_ours_comes_back_as_it_was(account: EwsAccount, name: str) -> None:
    account.calendar.create("ma-1.ics", SINGLE[name])

    assert seen(account) == expand(SINGLE[name], START, END, PARIS) != []


def test_a_tentative_entry_stays_one(account: EwsAccount) -> None:
    account.calendar.create("ma-1.ics", text(f"{paris('20261116T180000')}\nSTATUS:TENTATIVE\nDESCRIPTION:à réserver"))

    (item,) = account.calendar.poll(None).changed

    assert "STATUS:TENTATIVE" in item.ics
    assert "DESCRIPTION:à réserver" in item.ics


def test_what_cannot_be_entered_is_said(server: EwsServer, account: EwsAccount) -> None:
    with pytest.raises(TerminalError, match="single"):
        account.calendar.create("ma-1.ics", SERIES["in another zone"])
    server.fail_next("CreateItem", Fault.DENIED)
    with pytest.raises(TerminalError, match="full access"):
        account.calendar.create("ma-1.ics", event("one"))
