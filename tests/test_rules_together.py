"""How the rules get on with each other: one matter, one letter; no letter that another one contradicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.errors import TransientError
from agent.model import Matter, Party, Proof, RequestState
from agent.store import NewSituation
from tests.booking_stories import entries, offers, writes
from tests.stage import MENTOR, SUPPORT, Stage, body, settings_data
from tests.stories import LEA, START, TO_APPROVE, WEEK

W46 = "R03/slots/1/2026-W46"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def begun(folder: Path, *, sessions: int = 1, **changes: object) -> Stage:
    """Every rule as shipped: Léa, her first session on Tuesday of W45, and one a week after it."""
    stage = Stage(folder, {"rules": {}, **changes})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    for week in range(sessions):
        stage.session("Léa Moreau", START + week * WEEK)
    stage.pass_time(minutes=5)
    return stage


def approve(stage: Stage, key: str, text: str = "ok") -> None:
    """The mentor answers what is open under this key."""
    token = stage.request(key).version.token
    mail = next(m for m in reversed(stage.mails(MENTOR)) if token in str(m["Message-ID"]))
    stage.answer(mail, text)
    stage.tick()
    stage.tick()


def told(stage: Stage, matter: Matter, *, until: datetime | None = None, learner: int | None = 1) -> int:
    """The mentor reports something; its number."""
    found = stage.world.store.situations.add(
        NewSituation(
            f"told/{stage.now}/{matter}",
            matter,
            stage.now,
            Party.MENTOR,
            "voilà",
            Proof.COMMAND,
            learner,
            since=stage.now if until else None,
            until=until,
        )
    )
    assert found is not None
    stage.tick()
    stage.tick()
    return found


def waiting(stage: Stage, rule: str) -> list[str]:
    """What waits for the mentor under a rule."""
    return [r.key for r in stage.world.store.requests.in_state(RequestState.WAITING) if r.rule == rule]


def marked(stage: Stage, week: int, answer: str) -> None:
    """The session of that week is over, and the mentor says how it went."""
    stage.live(START + week * WEEK + HOUR)
    approve(stage, f"R07/session/{week + 1}/{START + week * WEEK + timedelta(minutes=45):%Y%m%dT%H%M}", answer)


# -- slots


def test_a_weekly_letter_that_waits_gives_way_to_the_letter_after_an_absence(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.session("Léa Moreau", START + 3 * DAY, uid="friday")
    stage.session("Léa Moreau", START, uid="Léa-Moreau-20261103T1700", status="CANCELLED")
    stage.live(START + 3 * DAY + HOUR)
    assert waiting(stage, "R03") == [W46]
    approve(stage, next(key for key in waiting(stage, "R07")), "absente")
    assert waiting(stage, "R09") == ["R09/letter/2"]
    assert waiting(stage, "R03") == []
    approve(stage, "R09/letter/2")
    letters = [mail for mail in stage.mails(LEA) if "1. " in body(mail)]
    assert len(letters) == 2, "the first contact, and one letter after the absence"


def test_the_letter_after_an_absence_repeats_the_slots_that_were_sent_and_either_answer_books_one(
    tmp_path: Path,
) -> None:
    stage = begun(tmp_path)
    stage.session("Léa Moreau", START + 3 * DAY, uid="friday")
    stage.session("Léa Moreau", START, uid="Léa-Moreau-20261103T1700", status="CANCELLED")
    stage.live(START + 2 * DAY)
    approve(stage, W46)
    stage.live(START + 3 * DAY + HOUR)
    approve(stage, next(key for key in waiting(stage, "R07")), "absente")
    approve(stage, "R09/letter/2")
    before, after = ([(o.start, o.end) for o in offers(stage, key)] for key in (W46, "R09/letter/2"))
    assert before == after
    writes(stage, "Bonjour, le 2 me va. Merci")
    stage.tick()
    assert len(entries(stage)) == 1
    assert offers(stage, W46) == offers(stage, "R09/letter/2") == []


def test_an_approval_that_comes_when_slots_have_passed_shows_the_letter_again_with_others(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.live(START + 8 * DAY)
    past = offers(stage, W46)[0].start
    assert past < stage.now
    before = len(stage.mails(LEA))
    approve(stage, W46)
    assert len(stage.mails(LEA)) == before
    assert stage.request(W46).version.number == 2
    assert "créneaux étaient passés" in body(stage.last(containing=TO_APPROVE))
    assert all(offer.start > stage.now for offer in offers(stage, W46))
    approve(stage, W46)
    assert len(stage.mails(LEA)) == before + 1


def test_a_slot_chosen_after_its_time_is_told_to_the_mentor_and_not_passed_over(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.live(START + 2 * DAY)
    approve(stage, W46)
    first = offers(stage, W46)[0]
    stage.live(first.start + HOUR)
    writes(stage, "Bonjour, le 1 me va. Merci", to=stage.mails(LEA)[-1])
    stage.pass_time(minutes=1)
    assert entries(stage) == []
    assert "passée avant que" in body(stage.last(containing="vous a écrit"))
    told_so = len(stage.mails(MENTOR))
    stage.pass_time(minutes=30)
    assert len(stage.mails(MENTOR)) == told_so
    writes(stage, "Alors le 3. Merci", to=stage.mails(LEA)[-1])
    stage.pass_time(minutes=1)
    assert len(entries(stage)) == 1


def test_a_choice_that_a_silent_calendar_kept_from_being_booked_is_told_once_its_time_has_passed(
    tmp_path: Path,
) -> None:
    stage = begun(tmp_path)
    stage.live(START + 2 * DAY)
    approve(stage, W46)
    first = offers(stage, W46)[0]
    stage.live(first.start - HOUR)
    stage.calendar.fail(TransientError("the server is away"))
    writes(stage, "Le 1 me va. Merci", to=stage.mails(LEA)[-1])
    stage.live(first.start + HOUR)
    stage.calendar.fail(None)
    assert entries(stage) == []
    assert "passée avant que" in body(stage.last(containing="vous a écrit"))


def test_a_slot_chosen_inside_an_absence_reported_since_is_not_booked(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.live(START + 2 * DAY)
    approve(stage, W46)
    told(stage, Matter.AWAY, until=START + 20 * DAY, learner=None)
    writes(stage, "Le 2 me va. Merci", to=stage.mails(LEA)[-1])
    stage.pass_time(minutes=1)
    assert entries(stage) == []
    assert stage.last(containing="a choisi un créneau qui n") is not None


# -- the mentor's own absences


def test_an_absence_that_is_prolonged_makes_one_alert_and_one_letter_for_a_session(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    told(stage, Matter.AWAY, until=START + 3 * DAY, learner=None)
    stage.pass_time(hours=1)
    told(stage, Matter.AWAY, until=START + 17 * DAY, learner=None)
    assert sorted(waiting(stage, "R06")) == ["R06/alert/2", "R06/moved/1/2"]
    for key in ("R06/alert/1", "R06/moved/1/1"):
        assert stage.request(key).state is RequestState.WITHDRAWN


def test_a_session_cancelled_on_the_platform_while_its_letter_waits_is_replaced_all_the_same(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    told(stage, Matter.AWAY, until=START + 3 * DAY, learner=None)
    stage.calendar.remove("Léa-Moreau-20261103T1700.ics")
    stage.pass_time(minutes=30)
    assert sorted(waiting(stage, "R06")) == ["R06/alert/1", "R06/moved/1/1"]


def test_a_session_that_the_mentor_called_off_is_asked_about_once_and_never_reminded_of(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    told(stage, Matter.AWAY, until=START + 3 * DAY, learner=None)
    stage.live(START + 3 * DAY)
    assert stage.asked() == 1
    assert stage.count("Rappel") == 0


# -- support


def test_a_late_cancellation_and_a_late_arrival_after_an_absence_make_one_alert(tmp_path: Path) -> None:
    stage = begun(tmp_path, sessions=3)
    marked(stage, 0, "absente")
    marked(stage, 1, "annulée tardivement")
    stage.live(START + 2 * WEEK + HOUR)
    told(stage, Matter.LATE_ARRIVAL)
    assert waiting(stage, "R13") == ["R13/alert/situation-1"]
    assert waiting(stage, "R15") == []
    approve(stage, "R13/alert/situation-1", "non")
    stage.pass_time(hours=2)
    assert waiting(stage, "R15") == [], "the mentor has just said no to telling it"


def test_what_is_taken_back_after_its_alert_left_is_told_to_the_mentor_and_support_hears_no_more(
    tmp_path: Path,
) -> None:
    stage = begun(tmp_path)
    memo(stage, "plagiat de Léa, projet 4 : son code est celui d'un dépôt public")
    approve(stage, "R17/alert/1")
    (noted,) = waiting(stage, "P2")
    approve(stage, noted, "annuler")
    assert "déjà partie" in body(stage.last(containing="Déjà partie"))
    stage.pass_time(days=2)
    assert len(stage.mails(SUPPORT)) == 1
    assert stage.count("Déjà partie") == 1


def memo(stage: Stage, text: str) -> None:
    """The mentor writes to themself."""
    stage.mentor_writes(MENTOR, text)
    stage.tick()
    stage.tick()


# -- settings


def test_a_letter_that_waits_leaves_once_by_itself_when_its_rule_is_set_to_auto(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.live(START + 2 * DAY)
    assert waiting(stage, "R03") == [W46]
    before = len(stage.mails(LEA))
    stage.restart(rules={"R03": "auto"})
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == before + 1
    assert waiting(stage, "R03") == []
    assert stage.count("Retirée") == 0, "it was sent"
    assert len(offers(stage, W46)) == 3, "what the learner reads, and no slots that only the draft had"


def test_a_letter_that_the_mentor_has_reworded_waits_for_their_word_though_its_rule_is_set_to_auto(
    tmp_path: Path,
) -> None:
    stage = begun(tmp_path)
    stage.live(START + 2 * DAY)
    approve(stage, W46, "modifier : Bonjour Léa, quel jour vous irait la semaine prochaine ? Claire")
    before = len(stage.mails(LEA))
    stage.restart(rules={"R03": "auto"})
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == before
    approve(stage, W46)
    assert "quel jour vous irait" in body(stage.mails(LEA)[-1])


def test_a_rule_switched_off_and_on_again_asks_anew_with_its_own_subject_and_deadline(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    marked(stage, 0, "absente")
    first = stage.request("R09/letter/1").version.subject
    stage.restart(rules={"R09": "off"})
    stage.pass_time(minutes=5)
    assert stage.request("R09/letter/1").state is RequestState.WITHDRAWN
    stage.session("Léa Moreau", START + WEEK)
    stage.restart(rules={})
    stage.pass_time(minutes=5)
    again = stage.request("R09/letter/1")
    assert again.state is RequestState.WAITING
    assert "10 novembre" in again.version.subject != first
    assert again.version.subject in str(stage.last(containing=TO_APPROVE)["Subject"])


def test_what_shadow_mode_offered_keeps_no_slot_once_letters_leave(tmp_path: Path) -> None:
    stage = begun(tmp_path, mode="shadow")
    shown = offers(stage, "shadow/R01/first-contact/1")
    assert shown
    stage.restart(mode="live")
    stage.pass_time(minutes=5)
    assert offers(stage, "shadow/R01/first-contact/1") == []
    assert [o.start for o in offers(stage, "R01/first-contact/1")] == [o.start for o in shown]
    writes(stage, "Le 2 me va. Merci")
    stage.session("Léa Moreau", START, status="CANCELLED")
    stage.pass_time(minutes=1)
    assert len(entries(stage)) == 1


# -- learners who come and go


@pytest.mark.parametrize("later", [DAY, 130 * DAY])  # sessions are remembered for 120
def test_a_learner_who_left_and_is_given_again_is_written_to_again_within_48_hours(
    tmp_path: Path, later: timedelta
) -> None:
    stage = begun(tmp_path)
    memo(stage, "Léa a terminé sa formation")
    assert stage.world.store.people.get(1).left_at is not None
    assert stage.world.store.offers.of_learner(1, stage.now) == []
    stage.live(stage.now + later)
    before = len(stage.mails(LEA))
    stage.school_assigns("Léa Moreau", LEA, again="-again")
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == before + 1
    assert stage.world.store.people.get(1).left_at is None
    stage.school_assigns("Léa Moreau", LEA, again="-twice")
    stage.live(stage.now + DAY)
    assert len(stage.mails(LEA)) == before + 1


def test_an_unproven_second_assignment_brings_nobody_back_before_the_mentor_s_word(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    memo(stage, "Léa a terminé sa formation")
    stage.pass_time(days=1)
    stage.school_assigns("Léa Moreau", LEA, again="-again", proven=False)
    stage.pass_time(minutes=5)
    assert stage.world.store.people.get(1).left_at is not None
    approve(stage, waiting(stage, "R01")[0], "oui")
    assert stage.world.store.people.get(1).left_at is None


# -- time


def test_a_learner_far_away_is_offered_nothing_in_the_middle_of_their_night(tmp_path: Path) -> None:
    montreal = ZoneInfo("America/Montreal")
    stage = begun(tmp_path)
    stage.world.store.people.change(replace(stage.world.store.people.get(1), zone=montreal))
    stage.live(START + 2 * DAY)
    found = [offer.start.astimezone(montreal) for offer in offers(stage, W46)]
    assert found
    assert all(8 <= start.hour < 19 for start in found)
    assert "heure de Montréal" in body(stage.last(containing=TO_APPROVE))


@pytest.mark.parametrize("zone", ["Europe/Paris", "Indian/Reunion", "America/Montreal"])
@pytest.mark.parametrize("change", [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)])
def test_an_alert_keeps_its_48_hours_of_grace_over_a_change_of_clock(
    tmp_path: Path, zone: str, change: datetime
) -> None:
    data = settings_data()["mentor"] | {"timezone": zone}
    stage = Stage(tmp_path, {"rules": {}, "mentor": data}, now=change - 10 * DAY)
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    first = change - 8 * DAY + 14 * HOUR  # twice on a Saturday, just before the change
    for number in range(2):
        start = first + number * WEEK
        stage.session("Léa Moreau", start)
        stage.live(start + HOUR)
        approve(stage, next(k for k in waiting(stage, "R07") if "/session/" in k), "absente")
    end = first + WEEK + timedelta(minutes=45)
    approve(stage, "R10/alert/2")
    stage.live(end + timedelta(hours=47, minutes=59))
    assert stage.mails(SUPPORT) == []
    stage.live(end + timedelta(hours=48, minutes=1))
    assert len(stage.mails(SUPPORT)) == 1
