"""R03: one session a week with every active learner; the next one is planned ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import (
    Act,
    Audience,
    Judgement,
    Matter,
    Offer,
    Party,
    RequestState,
    SeenLetter,
    SessionStatus,
    Slot,
    Snapshot,
)
from agent.policies.r03_weekly_session import check
from tests.policies.planned import LONG_AGO, PARIS, asked, clause, known, local, meeting, reported

W45, W46 = "R03/slots/1/2026-W45", "R03/slots/1/2026-W46"
BEFORE = meeting(1, local("2026-10-27 18:00"), SessionStatus.COMPLETED)  # they have met
TUESDAY = meeting(2, local("2026-11-03 18:00"))
ANSWERS = [Matter.CHOSEN, Matter.DECLINED, Matter.MOVE]


def judge(snapshot: Snapshot, now: str | datetime, zone: ZoneInfo = PARIS) -> Judgement:
    return check(snapshot, clause("R03"), local(now, zone) if isinstance(now, str) else now)


def keys(snapshot: Snapshot, now: str | datetime, zone: ZoneInfo = PARIS) -> list[str]:
    return [hit.key for hit in judge(snapshot, now, zone).hits]


def reasons(snapshot: Snapshot, now: str) -> str:
    return "\n".join(miss.reason for miss in judge(snapshot, now).misses)


# -- what is owed, and when


def test_slots_for_a_week_without_a_session_are_owed_87_hours_before_its_monday() -> None:
    planned = known(BEFORE, TUESDAY)
    judged = judge(planned, "2026-11-04 23:59")
    assert judged.hits == ()
    assert judged.look_again == local("2026-11-05 09:00")
    (owed,) = judge(planned, "2026-11-05 09:00").hits
    assert (owed.key, owed.act, owed.audience) == (W46, Act.LETTER, Audience.LEARNER)
    assert owed.template == "weekly_slots"
    assert owed.offer == Slot(local("2026-11-09 00:00"), local("2026-11-16 00:00"))
    assert owed.due == local("2026-11-09 00:00")
    assert owed.detail["week"] == "2026-11-09"


def test_a_week_that_has_begun_without_a_session_is_offered_what_is_left_of_it() -> None:
    (owed,) = judge(known(BEFORE), "2026-11-03 10:00").hits
    assert owed.key == W45
    assert owed.offer == Slot(local("2026-11-03 10:00"), local("2026-11-09 00:00"))
    assert owed.due == local("2026-11-07 00:00")


def test_the_last_two_days_of_a_week_are_too_late_for_it_and_the_next_one_is_offered() -> None:
    assert keys(known(BEFORE), "2026-11-06 23:59") == [W45]
    assert keys(known(BEFORE), "2026-11-07 00:00") == [W46]
    assert "too little of the week is left" in reasons(known(BEFORE), "2026-11-07 00:00")


@pytest.mark.parametrize("status", [None, SessionStatus.COMPLETED, SessionStatus.ABSENT, SessionStatus.CANCELLED_LATE])
def test_a_session_to_come_held_missed_or_cancelled_late_is_the_week_s_session(status: SessionStatus | None) -> None:
    held = known(BEFORE, replace(TUESDAY, status=status))
    assert keys(held, "2026-11-04 10:00") == []
    assert "2026-W45: met on 2026-11-03 17:00 UTC" in reasons(held, "2026-11-04 10:00")
    assert "a session is planned on 2026-11-03 17:00 UTC" in reasons(held, "2026-11-02 10:00")


@pytest.mark.parametrize("status", [SessionStatus.CANCELLED, SessionStatus.MOVED])
def test_a_session_cancelled_in_time_or_moved_away_by_hand_leaves_the_week_free_again(status: SessionStatus) -> None:
    assert keys(known(BEFORE, replace(TUESDAY, status=status)), "2026-11-04 10:00") == [W45]


def test_a_session_that_the_calendar_lost_before_it_began_leaves_the_week_free_again() -> None:
    assert keys(known(BEFORE, replace(TUESDAY, gone=True)), "2026-11-02 10:00") == [W45]


def test_a_session_moved_into_the_next_week_stands_for_both() -> None:
    moved = meeting(2, local("2026-11-09 18:00"), planned=local("2026-11-03 18:00"))
    known_so = known(BEFORE, moved)
    assert keys(known_so, "2026-11-05 10:00") == []
    assert "2026-W45: its session was moved to 2026-11-09" in reasons(known_so, "2026-11-05 10:00")


def test_a_session_moved_farther_than_ten_days_leaves_its_week_free() -> None:
    moved = meeting(2, local("2026-11-16 18:00"), planned=local("2026-11-03 18:00"))
    assert keys(known(BEFORE, moved), "2026-11-04 10:00") == [W45]


def test_a_session_from_before_the_assignment_counts_for_nothing() -> None:
    assigned = local("2026-11-04 09:00")
    letters = (SeenLetter(assigned, "R01/first-contact/1"),)
    judged = judge(known(TUESDAY, assigned_at=assigned, letters=letters), assigned + timedelta(hours=73))
    assert [hit.template for hit in judged.hits] == ["follow_up"]


def test_a_learner_who_has_left_or_has_no_address_is_offered_nothing() -> None:
    assert "left on" in reasons(known(BEFORE, left_at=LONG_AGO), "2026-11-03 10:00")
    nowhere = known(BEFORE)
    nowhere = replace(nowhere, learner=replace(nowhere.learner, address=None))
    assert reasons(nowhere, "2026-11-03 10:00") == "no address is known"


def test_a_letter_that_the_mentor_refused_is_not_owed_again_that_week() -> None:
    refused = known(BEFORE, requests=(asked(W45, RequestState.DROPPED),))
    assert keys(refused, "2026-11-03 10:00") == []
    assert "decided against" in reasons(refused, "2026-11-03 10:00")


@pytest.mark.parametrize("matter", [Matter.JUSTIFIED, Matter.AWAY])
def test_no_session_is_due_in_a_justified_absence_or_while_the_mentor_is_away(matter: Matter) -> None:
    at = local("2026-10-30 09:00")
    period = reported(1, matter, at, since=at, until=local("2026-11-07 00:00"), mentor_s_own=matter is Matter.AWAY)
    away = known(BEFORE, situations=(period,))
    assert keys(away, "2026-11-03 10:00") == []
    assert "until 2026-11-06 23:00 UTC" in reasons(away, "2026-11-03 10:00")
    assert keys(away, "2026-11-05 10:00") == [W46]


# -- a learner who never met the mentor


ASSIGNED = local("2026-11-02 09:00")
CONTACT = SeenLetter(ASSIGNED + timedelta(hours=1), "R01/first-contact/1")


def test_a_new_learner_is_first_written_to_by_the_first_contact() -> None:
    assert reasons(known(assigned_at=ASSIGNED, letters=()), "2026-11-03 10:00") == "the first contact comes first"


def test_silence_after_the_first_contact_is_followed_up_after_72_hours_though_its_slots_are_on_offer() -> None:
    offer = Offer("R01/first-contact/1", local("2026-11-10 09:00"), local("2026-11-10 09:45"))
    silent = known(assigned_at=ASSIGNED, letters=(CONTACT,), offers=(offer,))
    judged = judge(silent, CONTACT.at + timedelta(hours=71))
    assert judged.hits == ()
    assert judged.look_again == CONTACT.at + timedelta(hours=72)
    (owed,) = judge(silent, CONTACT.at + timedelta(hours=72)).hits
    assert (owed.key, owed.template) == (W45, "follow_up")


def test_a_learner_who_answered_the_first_contact_is_not_told_that_they_did_not() -> None:
    said = reported(1, Matter.DECLINED, CONTACT.at + timedelta(hours=2), by=Party.LEARNER)
    silent = known(assigned_at=ASSIGNED, letters=(CONTACT,), situations=(said,))
    (owed,) = judge(silent, "2026-11-05 18:00").hits
    assert owed.template == "weekly_slots"


def test_a_learner_from_before_the_agent_s_time_is_never_told_that_they_did_not_answer() -> None:
    watch = local("2026-11-02 08:00")
    today = SeenLetter(watch + timedelta(hours=1), None)  # the mentor's own mail: certainly not the first
    for letters in ((), (today,)):
        (owed,) = judge(known(letters=letters, watch_since=watch), "2026-11-05 10:00").hits
        assert owed.template == "weekly_slots"


# -- one letter at a time


def test_while_slots_are_on_offer_no_second_letter_is_written() -> None:
    last = local("2026-11-06 17:00")
    offer = Offer("R09/after-absence/7", last - timedelta(minutes=45), last)
    offered = known(BEFORE, TUESDAY, offers=(offer,))
    judged = judge(offered, "2026-11-05 10:00")
    assert judged.hits == ()
    assert judged.look_again == last
    assert "slots are on offer until 2026-11-06 16:00 UTC" in judged.misses[1].reason
    assert keys(offered, last) == [W46]


def test_a_letter_that_waits_for_the_mentor_stays_owed_beside_its_own_slots_and_keeps_the_next_one_back() -> None:
    own = Offer(W45, local("2026-11-06 09:00"), local("2026-11-06 09:45"))
    waiting = known(BEFORE, requests=(asked(W45),), offers=(own,))
    assert keys(waiting, "2026-11-05 10:00") == [W45]
    assert keys(known(BEFORE, requests=(asked(W45),)), "2026-11-05 10:00") == [W45]


def test_a_letter_that_waits_for_the_mentor_gives_way_to_the_slots_of_another_rule_s_letter() -> None:
    own = Offer(W45, local("2026-11-06 09:00"), local("2026-11-06 09:45"))
    other = Offer("R09/letter/7", local("2026-11-06 10:00"), local("2026-11-06 10:45"))
    waiting = known(BEFORE, requests=(asked(W45),), offers=(own, other))
    assert keys(waiting, "2026-11-05 10:00") == []
    assert "slots are on offer until" in reasons(waiting, "2026-11-05 10:00")


def test_a_letter_sent_without_slots_is_left_72_hours_to_be_answered() -> None:
    sent = local("2026-11-04 10:00")
    queued = known(BEFORE, done=frozenset({W45}), queued={W45: sent})
    seen = known(BEFORE, done=frozenset({W45}), letters=(SeenLetter(LONG_AGO, None), SeenLetter(sent, W45)))
    for fresh in (queued, seen):
        judged = judge(fresh, "2026-11-05 10:00")
        assert judged.hits == ()
        assert judged.look_again == local("2026-11-07 00:00")
        assert keys(fresh, sent + timedelta(hours=72)) == [W46]


@pytest.mark.parametrize("matter", ANSWERS)
def test_an_answer_that_nobody_wrote_back_to_holds_the_next_letter_back_for_72_hours(matter: Matter) -> None:
    said = reported(1, matter, local("2026-11-05 12:00"), by=Party.LEARNER)
    answered = known(BEFORE, TUESDAY, situations=(said,))
    assert keys(answered, "2026-11-05 13:00") == []
    assert "the learner answered on 2026-11-05 11:00 UTC" in reasons(answered, "2026-11-05 13:00")
    assert keys(answered, "2026-11-08 12:00") == [W46]


def test_an_answer_makes_a_letter_that_still_waits_for_the_mentor_superfluous() -> None:
    said = reported(1, Matter.CHOSEN, local("2026-11-03 12:00"), by=Party.LEARNER)
    assert keys(known(BEFORE, requests=(asked(W45),), situations=(said,)), "2026-11-03 13:00") == []


def test_an_answer_that_was_written_back_to_holds_nothing_up() -> None:
    said = reported(1, Matter.MOVE, local("2026-11-03 12:00"), by=Party.LEARNER)
    letters = (SeenLetter(LONG_AGO, None), SeenLetter(local("2026-11-03 14:00"), None))
    assert keys(known(BEFORE, situations=(said,), letters=letters), "2026-11-03 15:00") == [W45]


# -- time


@pytest.mark.parametrize(
    ("now", "week", "begins", "over"),
    [
        ("2026-10-15 09:00", "2026-W43", "2026-10-18T22:00+00:00", "2026-10-25T23:00+00:00"),
        ("2026-10-22 10:00", "2026-W44", "2026-10-25T23:00+00:00", "2026-11-01T23:00+00:00"),
        ("2027-03-18 09:00", "2027-W12", "2027-03-21T23:00+00:00", "2027-03-28T22:00+00:00"),
        ("2027-03-25 08:00", "2027-W13", "2027-03-28T22:00+00:00", "2027-04-04T22:00+00:00"),
        ("2026-12-24 09:00", "2026-W53", "2026-12-27T23:00+00:00", "2027-01-03T23:00+00:00"),
        ("2026-12-31 09:00", "2027-W01", "2027-01-03T23:00+00:00", "2027-01-10T23:00+00:00"),
    ],
)
def test_weeks_beside_a_change_of_clock_or_year_open_87_hours_before_their_monday(
    now: str, week: str, begins: str, over: str
) -> None:
    this = meeting(2, local(now) - timedelta(days=1))  # this week has its session
    (owed,) = judge(known(this), now).hits
    assert owed.key == f"R03/slots/1/{week}"
    assert owed.offer == Slot(datetime.fromisoformat(begins), datetime.fromisoformat(over))
    assert keys(known(this), local(now) - timedelta(minutes=1)) == []


@pytest.mark.parametrize("zone", [ZoneInfo("America/Montreal"), ZoneInfo("Indian/Reunion")])
def test_weeks_are_the_mentor_s_own_wherever_they_live(zone: ZoneInfo) -> None:
    sunday = meeting(1, local("2026-11-08 23:30", zone))
    week = known(BEFORE, sunday, zone=zone)
    assert keys(week, "2026-11-03 10:00", zone) == []
    assert keys(week, "2026-11-05 09:00", zone) == [W46]
