"""What learners and the mentor write, on real servers: from the words in a mail to the event, the letter, the alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar

from agent.store import Outgoing
from agent.world import World
from tests.servers.caldav_servers import RemoteCalendar
from tests.servers.dovecot import Dovecot
from tests.servers.town import SUPPORT, Town
from tests.stage import body

LEA = "lea.moreau@learner.example"
TO_BOOK = "réserver sur la plateforme"


def contacted(town: Town) -> World:
    """Léa was assigned and written to, with slots."""
    world = town.world()
    town.settle(world)
    town.school_assigns("Léa Moreau", LEA)
    town.settle(world)
    return world


def second_slot(world: World) -> datetime:
    (learner,) = world.store.people.all()
    return world.store.offers.of_learner(learner.id, datetime.now(UTC))[1].start


def confirmations(town: Town) -> list[EmailMessage]:
    return [mail for mail in town.letters(LEA) if str(mail["Subject"]).startswith("Confirmé")]


def told(town: Town) -> list[str]:
    """What the mentor was told to book on the platform."""
    return [body(mail) for mail in town.inbox() if TO_BOOK in str(mail["Subject"])]


def invited(letter: EmailMessage) -> Any:
    """The appointment in a confirmation; its method stands in the part's type as well (RFC 6047)."""
    (part,) = [one for one in letter.walk() if one.get_content_type() == "text/calendar"]
    calendar: Any = icalendar.Calendar.from_ical(str(part.get_content()))
    assert part.get_param("method") == calendar["METHOD"] == "REQUEST"
    return calendar.walk("VEVENT")[0]


def entries(calendar: RemoteCalendar) -> list[Any]:
    """Our own entries, as the server gives them to anybody else."""
    found = [icalendar.Calendar.from_ical(ics) for ics in calendar.contents()]
    return [event for one in found for event in one.walk("VEVENT") if str(event["UID"]).startswith("ma-")]


def test_a_slot_chosen_by_mail_becomes_an_event_a_confirmation_and_a_word_to_the_mentor(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        start = second_slot(world)
        town.learner_answers(LEA, "Bonjour, le 2 me va, merci !")
        town.settle(world)
        town.settle(world, timedelta(minutes=30))
        (entry,) = entries(town.calendar)
        assert (entry["DTSTART"].dt, str(entry["STATUS"]), "ATTENDEE" in entry) == (start, "TENTATIVE", False)
        (letter,) = confirmations(town)
        event = invited(letter)
        assert (event["UID"], event["DTSTART"].dt) == (entry["UID"], start)
        assert event["ATTENDEE"] == f"mailto:{LEA}"
        assert event["ORGANIZER"] == f"mailto:{town.account.address}"
        (word,) = told(town)
        assert "dans votre agenda" in word
        world.store.close()


def test_a_calendar_that_refuses_the_event_still_confirms_and_the_mentor_is_told_to_enter_it(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        start = second_slot(world)
        town.radicale.refuse_writing()
        town.learner_answers(LEA, "le 2 me va")
        town.settle(world)
        town.settle(world, timedelta(minutes=30))
        assert entries(town.calendar) == []
        (letter,) = confirmations(town)
        assert invited(letter)["DTSTART"].dt == start
        (word,) = told(town)
        assert "Ajoutez-le vous-même" in word
        world.store.close()


def test_a_choice_that_nobody_vouches_for_books_nothing(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        town.smtp.vouched.discard("learner.example")
        town.learner_answers(LEA, "le 2 me va")
        town.settle(world)
        assert (entries(town.calendar), confirmations(town), told(town)) == ([], [], [])
        world.store.close()


def test_a_memo_about_plagiarism_reaches_support_once_and_only_by_the_mentor_s_word(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        town.mentor_notes("Léa : plagiat, projet 4", "Son code est celui d'un dépôt public.")
        town.settle(world)
        assert "Léa Moreau" in body(town.question("noté"))
        draft = town.question("À approuver")
        assert "celui d’un dépôt public" in body(draft).replace("'", "’")
        assert town.letters(SUPPORT) == []
        town.answer(draft, "ok")
        town.settle(world)
        town.settle(world, timedelta(days=1))
        (alert,) = town.letters(SUPPORT)
        assert "Léa Moreau" in str(alert["Subject"])
        assert "projet 4" in str(alert["Subject"])
        assert "dépôt public" in body(alert)
        assert [row.rule for row in world.store.outbox.in_state(Outgoing.SENT) if row.recipient == SUPPORT] == ["R17"]
        subjects = [str(mail["Subject"]) for mail in town.inbox()]
        assert not any("rien fait" in subject for subject in subjects)  # of the copy in the inbox nothing is asked
        world.store.close()
