"""From the slot that a learner chose to the session: looked for again, entered, confirmed once, told to the mentor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar

from agent.connectors.memory_calendar import MemoryCalendar
from agent.errors import TerminalError, TransientError
from agent.loop import plan
from agent.model import Session
from agent.store import Outgoing
from tests.booking_stories import BOOKED, CONFIRMED, FIRST, TAKEN, TO_BOOK, WROTE, contacted, entries, offers, writes
from tests.stage import AUTHSERV, MENTOR, QUIET, Stage, body, event
from tests.stories import LEA, TO_APPROVE, TOM

SECOND = datetime(2026, 11, 4, 13, tzinfo=UTC)  # the second slot: Wednesday 14:00 in Paris
LENGTH = timedelta(minutes=45)


def chosen(stage: Stage, text: str = "Le 2 me va, merci !") -> None:
    """Léa answers the letter with the slots."""
    writes(stage, text, to=stage.last(LEA))
    stage.pass_time(minutes=5)


def confirmations(stage: Stage, address: str = LEA) -> list[EmailMessage]:
    return [mail for mail in stage.mails(address) if str(mail["Subject"]).startswith(CONFIRMED)]


def sessions(stage: Stage) -> list[Session]:
    return [one for one in stage.world.store.people.sessions(1) if not one.gone]


def school_books(stage: Stage, start: datetime = SECOND, uid: str = "platform-1") -> None:
    """The platform's own entry appears in the calendar."""
    stage.calendar.put(f"{uid}.ics", event(uid, "Session de mentorat avec Léa Moreau", start, start + LENGTH))


def test_a_chosen_slot_becomes_an_entry_a_confirmation_and_a_word_to_the_mentor(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    chosen(stage)
    stage.pass_time(hours=1)
    (ics,) = entries(stage)
    assert "DTSTART:20261104T130000Z" in ics
    assert "STATUS:TENTATIVE" in ics
    assert "ATTENDEE" not in ics  # a server would write to the learner as well
    assert len(confirmations(stage)) == 1
    assert "14 h 00" in body(confirmations(stage)[0]).replace("\xa0", " ")
    assert stage.count(TO_BOOK) == 1
    assert offers(stage) == []
    assert [one.start for one in sessions(stage)] == [SECOND]
    row = stage.row(BOOKED)
    assert row is not None
    assert (row.rule, row.recipient, row.state) == ("R01", LEA, Outgoing.SENT)


def test_the_confirmation_carries_an_invitation_that_calendars_understand(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    chosen(stage)
    parts = [part for part in confirmations(stage)[0].walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in parts] == ["REQUEST"]
    calendar: Any = icalendar.Calendar.from_ical(str(parts[0].get_content()))
    (invited,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], invited["SEQUENCE"], invited["DTSTART"].dt) == ("REQUEST", 0, SECOND)
    assert (invited["ORGANIZER"], invited["ATTENDEE"]) == (f"mailto:{MENTOR}", f"mailto:{LEA}")
    assert invited["ATTENDEE"].params["RSVP"] == "TRUE"
    assert invited["UID"] in entries(stage)[0].replace("\r\n ", "")


def test_a_slot_chosen_twice_is_confirmed_once(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    letter = stage.last(LEA)
    writes(stage, "le 2 me va", to=letter)
    writes(stage, "Le 2 me va", to=letter)
    stage.pass_time(minutes=5)
    writes(stage, "Jeudi me va", to=letter)
    stage.pass_time(minutes=5)
    assert len(entries(stage)) == 1
    assert len(confirmations(stage)) == 1
    assert stage.count(WROTE) == 1  # the third mail: its slots are no longer on offer


def test_the_last_word_counts_when_two_slots_are_chosen_at_once(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    letter = stage.last(LEA)
    writes(stage, "le 2 me va", to=letter)
    stage.now += timedelta(minutes=1)
    writes(stage, "le numéro 3 me va", to=letter)
    stage.pass_time(minutes=5)
    assert ["20261105T080000Z" in ics for ics in entries(stage)] == [True]
    assert len(confirmations(stage)) == 1


def test_a_slot_that_was_taken_meanwhile_is_not_booked_and_the_mentor_is_told(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.calendar.put("dentist.ics", event("dentist", "Dentiste", SECOND, SECOND + LENGTH))
    chosen(stage)
    stage.pass_time(minutes=20)
    assert stage.count(TAKEN) == 1
    assert entries(stage) == []
    assert confirmations(stage) == []
    assert offers(stage) == []


def test_two_learners_who_choose_the_same_slot_are_not_both_confirmed(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    toms = "R01/first-contact/2"
    stage.world.store.offers.take_back(toms)
    stage.world.store.offers.hold(toms, 2, SECOND, SECOND + LENGTH)  # as no letter of ours would have it
    writes(stage, "le 2 me va", to=stage.last(LEA))
    writes(stage, "mercredi 14h me va", to=stage.last(TOM), sender=TOM)
    stage.pass_time(minutes=5)
    assert len(entries(stage)) == 1
    assert len(confirmations(stage, LEA)) + len(confirmations(stage, TOM)) == 1
    assert sum("choisi un créneau qui" in str(mail["Subject"]) for mail in stage.mails(MENTOR)) == 1


def test_a_slot_that_is_booked_is_offered_to_nobody_else_even_where_the_calendar_takes_no_entry(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.calendar.fail_writing(TerminalError("read only"))
    chosen(stage)
    assert len(confirmations(stage)) == 1
    assert "Ajoutez-le vous-même" in body(stage.last(containing=TO_BOOK))
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    assert SECOND not in [offer.start for offer in offers(stage, "R01/first-contact/2")]


def test_a_session_that_is_planned_that_week_already_stops_the_booking(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    school_books(stage, SECOND + timedelta(days=2))
    chosen(stage)
    assert entries(stage) == []
    assert confirmations(stage) == []
    assert "déjà prévue" in body(stage.last(containing=WROTE))


def test_a_calendar_that_is_away_delays_the_booking_and_loses_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA))
    stage.calendar.fail(TransientError("away"))
    stage.pass_time(minutes=5)
    assert confirmations(stage) == []
    stage.calendar.fail(None)
    stage.pass_time(hours=1)
    assert (len(entries(stage)), len(confirmations(stage))) == (1, 1)


class FallingCalendar(MemoryCalendar):
    """The entry is made, and then all goes dark."""

    dark = True

    def create(self, href: str, ics: str) -> None:
        super().create(href, ics)
        if self.dark:
            raise SystemExit


def test_a_stop_between_the_entry_and_the_letter_is_made_up_for_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": QUIET}, calendar=FallingCalendar())
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    writes(stage, "le 2 me va", to=stage.last(LEA))
    try:
        stage.pass_time(minutes=5)
    except SystemExit:
        FallingCalendar.dark = False
    stage.restart()
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=30)
    FallingCalendar.dark = True
    assert len(entries(stage)) == 1
    assert len(confirmations(stage)) == 1
    assert stage.count(TO_BOOK) == 1
    assert [one.start for one in sessions(stage)] == [SECOND]


def test_a_forged_choice_books_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA), results=f"{AUTHSERV}; dmarc=fail header.from=learner.example")
    stage.pass_time(minutes=5)
    assert entries(stage) == []
    assert confirmations(stage) == []


def test_in_shadow_mode_the_mentor_is_shown_what_would_be_done(tmp_path: Path) -> None:
    stage = contacted(tmp_path, mode="shadow")
    writes(stage, "mercredi 14h me va")
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=20)
    assert (entries(stage), stage.mails(LEA)) == ([], [])
    shown = [mail for mail in stage.mails(MENTOR) if "Confirmé" in str(mail["Subject"])]
    assert len(shown) == 1
    assert stage.count(TO_BOOK) == 0


def test_slots_that_the_mentor_approved_are_confirmed_on_that_word(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules=QUIET | {"R01": "approve"})
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    chosen(stage)
    row = stage.row(BOOKED)
    assert row is not None
    assert row.request_id == stage.request(FIRST).id
    assert len(confirmations(stage)) == 1


def test_without_the_mentor_s_word_no_confirmation_leaves(tmp_path: Path) -> None:
    stage = contacted(tmp_path)  # the slots left by themselves
    stage.restart(rules=QUIET | {"R01": "approve"})
    chosen(stage)
    assert entries(stage) == []
    assert confirmations(stage) == []
    assert "vous n'avez pas approuvé" in body(stage.last(containing=WROTE)).replace("’", "'")


def test_slots_that_the_mentor_reworded_are_not_understood_by_their_number(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules=QUIET | {"R01": "approve"})
    text = "Bonjour Léa,\n\n1. lundi 9 novembre à 10 h 00\n2. mardi 10 novembre à 11 h 00\n\nBien à vous,\nClaire"
    stage.answer(stage.last(containing=TO_APPROVE), f"modifier :\n{text}")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    chosen(stage)
    assert confirmations(stage) == []
    assert stage.count(WROTE) == 1


def test_a_rule_that_was_switched_off_books_nothing_more(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA))
    stage.restart(rules=QUIET | {"R01": "off"})
    stage.pass_time(minutes=5)
    assert confirmations(stage) == []
    learner = stage.world.store.people.get(1)
    assert any("R01 is off" in miss.reason for miss in plan(stage.world, learner, stage.now).misses)


# -- the school's own entry takes the place of ours


def test_the_platform_s_entry_becomes_the_session_and_ours_counts_for_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules=QUIET | {"R21": "auto"})
    chosen(stage)
    stage.pass_time(minutes=20)
    before = sessions(stage)
    school_books(stage)
    stage.pass_time(minutes=20)
    after = sessions(stage)
    assert [(one.id, one.key) for one in after] == [(before[0].id, "platform-1")]
    stage.now = SECOND + LENGTH
    stage.pass_time(minutes=1)
    stage.pass_time(days=1)
    assert stage.asked() == 1
    assert not any("session" in str(m["Subject"]) and "deuxième" in str(m["Subject"]) for m in stage.mails(MENTOR))


def test_an_entry_of_ours_that_comes_after_the_platform_s_counts_for_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules=QUIET | {"R21": "auto"})
    chosen(stage)
    (ours,) = entries(stage)
    stage.world.store.drop_object("none")
    (own,) = [item.href for item in stage.calendar.poll(None).changed]
    stage.calendar.remove(own)
    stage.pass_time(minutes=20)
    school_books(stage)
    stage.pass_time(minutes=20)
    stage.calendar.put(own, ours)
    stage.pass_time(minutes=20)
    assert [one.key for one in sessions(stage)] == ["platform-1"]
    stage.now = SECOND + LENGTH
    stage.pass_time(minutes=1)
    assert stage.asked() == 1


def test_a_platform_s_entry_that_is_cancelled_does_not_bring_ours_back(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    chosen(stage)
    stage.pass_time(minutes=20)
    school_books(stage)
    stage.pass_time(minutes=20)
    stage.calendar.remove("platform-1.ics")
    stage.pass_time(minutes=20)
    stage.pass_time(days=1)
    assert sessions(stage) == []


def test_the_platform_s_entry_that_was_moved_onto_the_slot_is_the_one_session(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    school_books(stage, SECOND + timedelta(days=7))
    chosen(stage)
    stage.pass_time(minutes=20)
    assert len(sessions(stage)) == 2
    school_books(stage)
    stage.pass_time(minutes=20)
    assert [(one.key, one.start) for one in sessions(stage)] == [("platform-1", SECOND)]


def test_a_slot_that_the_platform_moved_before_anybody_looked_is_one_session(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    chosen(stage)
    stage.pass_time(minutes=20)
    school_books(stage, SECOND + timedelta(days=1))
    stage.pass_time(minutes=20)
    assert [(one.key, one.start) for one in sessions(stage)] == [("platform-1", SECOND + timedelta(days=1))]
    stage.now = SECOND + LENGTH
    stage.pass_time(minutes=1)
    assert stage.asked() == 0


def test_a_missed_session_of_the_same_week_leaves_our_entry_alone_when_it_is_read_again(tmp_path: Path) -> None:
    monday = datetime(2026, 11, 2, 10, tzinfo=UTC)
    stage = contacted(tmp_path)
    school_books(stage, monday)
    stage.answer(stage.over(monday), "absente")
    stage.pass_time(minutes=5)
    chosen(stage)
    stage.pass_time(minutes=20)
    school_books(stage, monday)  # the platform touched its entry
    stage.pass_time(minutes=20)
    assert [one.start for one in sessions(stage)] == [monday, SECOND]
