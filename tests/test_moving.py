"""A session that we entered and the mentor calls off moves, in both calendars, and nobody holds two times for it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.ports import CalendarDelta
from agent.errors import TerminalError, TransientError
from agent.loop import plan
from agent.model import Matter, Party, Proof, Session
from agent.store import NewSituation
from tests.booking_stories import CONFIRMED, TO_BOOK, entries, offers, writes
from tests.stage import MENTOR, QUIET, Stage, body, event
from tests.stories import LEA, TOM

FIRST = datetime(2026, 11, 4, 13, tzinfo=UTC)  # Wednesday 14:00 in Paris
LENGTH = timedelta(minutes=45)
ON = QUIET | {"R05": "auto", "R21": "auto"}


def booked(folder: Path, **changes: Any) -> Stage:
    """Léa chose a slot; our entry is in the mentor's calendar, and was read there."""
    collaborators = {name: changes.pop(name) for name in ("calendar",) if name in changes}
    stage = Stage(folder, {"rules": ON} | changes, **collaborators)
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    writes(stage, "Le 2 me va, merci !", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=20)
    assert [one.start for one in sessions(stage)] == [FIRST]
    return stage


def sessions(stage: Stage) -> list[Session]:
    return [one for one in stage.world.store.people.sessions(1) if not one.gone]


def says(stage: Stage, matter: Matter, **more: Any) -> int:
    """The mentor says so by command; the number of what was said."""
    number = stage.world.store.situations.add(
        NewSituation(
            source=f"{matter}/{stage.now}",
            matter=matter,
            at=stage.now,
            by=Party.MENTOR,
            words="je ne suis pas disponible",
            proof=Proof.COMMAND,
            **more,
        )
    )
    assert number is not None
    stage.pass_time(minutes=5)
    return number


def calls_off(stage: Stage) -> str:
    """The mentor cannot hold Léa's session; the key of the letter that offers her others."""
    (session,) = sessions(stage)
    said = says(stage, Matter.EMERGENCY, learner_id=1, session_id=session.id, since=session.start, until=session.end)
    return f"R05/emergency/{said}"


def called_off(folder: Path, **changes: Any) -> tuple[Stage, str]:
    """As `booked`; a day later the mentor calls the session off."""
    stage = booked(folder, **changes)
    stage.pass_time(days=1)
    return stage, calls_off(stage)


def chooses(stage: Stage, letter: str, number: int = 1) -> datetime:
    """Léa takes one of the slots; when that is."""
    start = offers(stage, letter)[number - 1].start
    writes(stage, f"Le {number} me va.", to=stage.last(LEA))
    return start


def confirmations(stage: Stage) -> list[EmailMessage]:
    return [mail for mail in stage.mails(LEA) if str(mail["Subject"]).startswith(CONFIRMED)]


def invited(mail: EmailMessage) -> Any:
    """The event in a confirmation's invitation."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    calendar: Any = icalendar.Calendar.from_ical(str(part.get_content()))
    (found,) = calendar.walk("VEVENT")
    return found


def starts(stage: Stage) -> list[datetime]:
    """When our entries in the mentor's calendar begin."""
    calendars: list[Any] = [icalendar.Calendar.from_ical(ics) for ics in entries(stage)]
    return [found.start for calendar in calendars for found in calendar.walk("VEVENT")]


def moved_once(stage: Stage, start: datetime) -> None:
    """The whole of what must be true, however it came about, and however often it is looked at."""
    for _ in range(2):
        stage.pass_time(minutes=30)
    assert starts(stage) == [start]
    assert [(one.start, one.planned) for one in sessions(stage)] == [(start, FIRST)]
    first, second = map(invited, confirmations(stage))
    assert (second["UID"], second["SEQUENCE"], second.start) == (first["UID"], first["SEQUENCE"] + 1, start)
    assert stage.count(TO_BOOK) == 2


def test_both_calendars_hold_the_new_time_alone(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    assert start != FIRST
    moved_once(stage, start)
    assert "déplace la session" in body(confirmations(stage)[1])
    assert "est déplacée dans votre agenda" in body(stage.last(containing=TO_BOOK))


def test_after_the_move_no_rule_sees_a_second_session_or_asks_about_the_old_time(tmp_path: Path) -> None:
    everything = {f"R{number:02}": "auto" for number in (3, 5, 7, 8, 21, 22, 26)}
    stage, letter = called_off(tmp_path, rules=QUIET | everything | {"R06": "approve", "R10": "approve"})
    start = chooses(stage, letter, 2)
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    planned = plan(stage.world, stage.world.store.people.get(1), stage.now)
    assert any(one.rule == "R21" and "no week has more" in one.reason for one in planned.misses)
    assert [one.rule for one in planned.hits] == []
    stage.now = FIRST + LENGTH
    stage.pass_time(minutes=1)
    assert (stage.asked(), start > stage.now) == (0, True)
    stage.over(start)
    assert stage.asked() == 1
    stage.answer(stage.last(containing="passée la session"), "absente")
    stage.pass_time(minutes=5)
    stage.pass_time(days=1)
    assert stage.asked() == 1
    assert stage.row("R10/alert/1") is None
    assert not any("deuxième" in str(mail["Subject"]) for mail in stage.mails(MENTOR))


def test_what_the_mentor_wrote_in_the_entry_stays(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    (item,) = stage.calendar.poll(None).changed
    stage.calendar.put(item.href, item.ics.replace("END:VEVENT", "X-NOTE:le dossier de Léa\r\nEND:VEVENT"))
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    moved_once(stage, start)
    assert "X-NOTE:le dossier de Léa\r\n" in entries(stage)[0]


def test_the_old_time_is_free_for_others_and_the_new_one_is_not(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    busy = stage.world.store.people.busy
    assert busy(FIRST, FIRST + LENGTH) == []
    assert busy(start, start + LENGTH) != []
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    assert start not in [offer.start for offer in offers(stage, "R01/first-contact/2")]


def test_a_slot_that_overlaps_the_old_time_is_in_nobody_s_way(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    later = FIRST + timedelta(minutes=30)
    stage.world.store.offers.take_back(letter)
    stage.world.store.offers.hold(letter, 1, later, later + LENGTH)
    writes(stage, "mercredi 14h30 me va", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    moved_once(stage, later)


# -- trouble on the way


class Falling(MemoryCalendar):
    """Something goes wrong at the first move: before it is made, or once it is."""

    def __init__(self, error: BaseException, *, done: bool) -> None:
        super().__init__()
        self.error: BaseException | None = error
        self.done = done

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        error, self.error = self.error, None
        if error is None or self.done:
            moved = super().reschedule(href, start, end, at)
        if error is not None:
            raise error
        return moved


@pytest.mark.parametrize("error", [SystemExit(), TransientError("cut")], ids=["stopped", "cut"])
@pytest.mark.parametrize("done", [True, False], ids=["moved", "not moved"])
def test_a_stop_around_the_move_is_made_up_for_once(tmp_path: Path, error: BaseException, done: bool) -> None:
    stage, letter = called_off(tmp_path, calendar=Falling(error, done=done))
    start = chooses(stage, letter)
    with suppress(SystemExit):
        stage.pass_time(minutes=5)
    assert len(confirmations(stage)) == 1
    stage.restart()
    stage.pass_time(minutes=20)
    moved_once(stage, start)


class Opaque(Falling):
    """As Exchange and Microsoft 365: what is read has other names than what was written."""

    def poll(self, cursor: str | None) -> CalendarDelta:
        found = super().poll(cursor)
        changed = tuple(
            type(item)(item.href.replace("ma-", "AAMk").removesuffix(".ics"), item.etag, item.ics)
            for item in found.changed
        )
        removed = tuple(href.replace("ma-", "AAMk").removesuffix(".ics") for href in found.removed)
        return CalendarDelta(changed, removed, found.cursor, found.complete)


def test_an_entry_with_another_name_in_the_calendar_is_not_in_its_own_way(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path, calendar=Opaque(TransientError("cut"), done=True))
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    assert len(confirmations(stage)) == 1
    stage.pass_time(minutes=20)
    assert len(confirmations(stage)) == 2
    assert [(one.start, one.planned) for one in sessions(stage)] == [(start, FIRST)]


def test_a_calendar_that_is_away_delays_the_move_and_loses_nothing(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    start = chooses(stage, letter)
    stage.calendar.fail(TransientError("away"))
    stage.pass_time(minutes=5)
    assert len(confirmations(stage)) == 1
    stage.calendar.fail(None)
    stage.pass_time(hours=1)
    moved_once(stage, start)


class Deleting(MemoryCalendar):
    """The mentor deletes the entry in the moment before it is moved."""

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        self.remove(href)
        return super().reschedule(href, start, end, at)


def test_an_entry_that_the_mentor_deletes_just_then_is_made_anew(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path, calendar=Deleting())
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    assert starts(stage) == [start]
    assert [one.start for one in sessions(stage)] == [start]
    first, second = map(invited, confirmations(stage))
    assert second["UID"] != first["UID"]
    assert second["SEQUENCE"] == 0


class Restless(Deleting):
    """As above; and we are stopped once the new entry is made."""

    stops = False

    def create(self, href: str, ics: str) -> None:
        super().create(href, ics)
        if self.stops:
            self.stops = False
            raise SystemExit


def test_a_stop_after_it_was_made_anew_is_made_up_for_once(tmp_path: Path) -> None:
    calendar = Restless()
    stage, letter = called_off(tmp_path, calendar=calendar)
    start = chooses(stage, letter)
    calendar.stops = True
    with suppress(SystemExit):
        stage.pass_time(minutes=5)
    assert (calendar.stops, len(confirmations(stage))) == (False, 1)
    stage.restart()
    stage.pass_time(minutes=20)
    stage.pass_time(minutes=30)
    assert starts(stage) == [start]
    assert [one.start for one in sessions(stage)] == [start]
    assert len(confirmations(stage)) == 2
    assert stage.count(TO_BOOK) == 2


def test_where_it_cannot_be_moved_the_learner_is_confirmed_and_the_mentor_moves_it(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    stage.calendar.fail_writing(TerminalError("read only"))
    start = chooses(stage, letter)
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    assert "Déplacez-la vous-même" in body(stage.last(containing=TO_BOOK))
    assert starts(stage) == [FIRST]
    assert len(confirmations(stage)) == 2
    assert invited(confirmations(stage)[1])["SEQUENCE"] == 1
    stage.calendar.fail_writing(None)
    (item,) = stage.calendar.poll(None).changed
    stage.calendar.reschedule(item.href, start, start + LENGTH, stage.now)  # the mentor's own hand
    moved_once(stage, start)


# -- what is not moved


def test_a_session_that_was_not_called_off_stays_where_it_is(tmp_path: Path) -> None:
    stage = booked(tmp_path)
    week_after = FIRST + timedelta(days=7)
    stage.world.store.offers.hold("R01/first-contact/1", 1, week_after, week_after + LENGTH)
    writes(stage, "mercredi 11 novembre 14h me va")
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=20)
    assert sorted(starts(stage)) == [FIRST, week_after]


def test_the_school_s_own_entry_is_never_moved_a_new_one_is_made(tmp_path: Path) -> None:
    stage = booked(tmp_path)
    title = "Session de mentorat avec Léa Moreau"
    stage.calendar.put("platform-1.ics", event("platform-1", title, FIRST, FIRST + LENGTH))
    stage.pass_time(days=1)
    (session,) = sessions(stage)
    assert session.key == "platform-1"
    start = chooses(stage, calls_off(stage))
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=20)
    assert sorted(starts(stage)) == sorted([FIRST, start])
    first, second = map(invited, confirmations(stage))
    assert first["UID"] != second["UID"]


def test_in_shadow_mode_nothing_moves_and_the_mentor_is_shown_the_confirmation(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    start = chooses(stage, letter)
    stage.restart(mode="shadow")
    before = stage.calendar.poll(None).changed
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=20)
    assert stage.calendar.poll(None).changed == before
    assert len(confirmations(stage)) == 1
    (shown,) = [mail for mail in stage.mails(MENTOR) if "non envoyé à Léa Moreau" in str(mail["Subject"])]
    assert "déplace la session" in body(shown)
    assert start not in [one.start for one in sessions(stage)]


# -- what comes after


def test_an_absence_of_the_mentor_s_moves_our_entry_too(tmp_path: Path) -> None:
    stage = booked(tmp_path, rules=ON | {"R06": "auto"}, allow_automatic_alerts=True)
    stage.pass_time(hours=20)
    said = says(stage, Matter.AWAY, since=FIRST - timedelta(hours=5), until=FIRST + timedelta(hours=30))
    start = chooses(stage, f"R06/moved/1/{said}")
    stage.pass_time(minutes=5)
    moved_once(stage, start)


def test_a_session_that_was_moved_can_be_called_off_and_moved_again(tmp_path: Path) -> None:
    stage, letter = called_off(tmp_path)
    second = chooses(stage, letter)
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    again = calls_off(stage)
    third = chooses(stage, again)
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    assert len({FIRST, second, third}) == 3
    assert starts(stage) == [third]
    assert [invited(mail)["SEQUENCE"] for mail in confirmations(stage)] == [0, 1, 2]
    assert len({str(invited(mail)["UID"]) for mail in confirmations(stage)}) == 1
    assert stage.world.store.people.busy(second, second + LENGTH) == []


@pytest.mark.parametrize("change", [timedelta(), timedelta(hours=1)], ids=["as booked", "at another hour"])
def test_the_school_s_entry_for_the_new_time_takes_its_place_and_the_old_emergency_is_settled(
    tmp_path: Path, change: timedelta
) -> None:
    stage, letter = called_off(tmp_path)
    start = chooses(stage, letter) + change
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    title = "Session de mentorat avec Léa Moreau"
    stage.calendar.put("platform-9.ics", event("platform-9", title, start, start + LENGTH))
    stage.pass_time(minutes=30)
    letters = len(stage.mails(LEA))
    assert [(one.key, one.start, one.planned) for one in sessions(stage)] == [("platform-9", start, FIRST)]
    stage.over(start)
    assert stage.asked() == 1
    stage.live(start + LENGTH + timedelta(hours=45))
    assert stage.count("Rappel") > 0  # it is owed a report as any other: nothing holds it for called off
    assert len(stage.mails(LEA)) == letters


def test_moving_is_told_apart_by_what_was_written_down_not_by_luck(tmp_path: Path) -> None:
    """A session that the mentor moved by hand onto another time than the chosen one is theirs."""
    stage, letter = called_off(tmp_path, calendar=Falling(TransientError("cut"), done=False))
    chooses(stage, letter)
    stage.pass_time(minutes=5)
    (item,) = stage.calendar.poll(None).changed
    elsewhere = FIRST + timedelta(days=1, hours=3)
    stage.calendar.reschedule(item.href, elsewhere, elsewhere + LENGTH, stage.now)
    stage.pass_time(minutes=20)
    assert starts(stage) == [elsewhere]
    assert len(confirmations(stage)) == 1
    assert "déjà prévue" in body(stage.last(containing="vous a écrit"))
