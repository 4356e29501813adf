"""R05: every planned session takes place; what the mentor's emergency prevents is made up for within ten days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import Act, Audience, Judgement, Matter, Party, RequestKind, RequestState, SessionStatus, Snapshot
from agent.policies.r05_session_takes_place import check
from tests.policies.snapshots import LEARNER, PARIS, at, clause, request, session, situation, snapshot

DAY, WEEK = 24.0, 168.0
TUESDAY = 33.0  # 18:00 in Paris
SESSION = session(1, TUESDAY)
URGENT = situation(7, Matter.EMERGENCY, 30, about=1)
LETTER, RECORD = "R05/emergency/7", "R05/record/7"


def judge(known: Snapshot, hours: float = 30) -> Judgement:
    return check(known, clause("R05"), at(hours))


def letter(judged: Judgement) -> object:
    return next(hit for hit in judged.hits if hit.act is Act.LETTER)


def reasons(judged: Judgement) -> str:
    return " | ".join(miss.reason for miss in judged.misses)


def test_an_emergency_owes_the_learner_an_apology_at_once_and_the_mentor_a_reminder_to_record_it() -> None:
    owed, record = judge(snapshot(SESSION, situations=(URGENT,))).hits
    assert (owed.key, owed.template, owed.audience) == (LETTER, "emergency", Audience.LEARNER)
    assert (owed.session_id, owed.due) == (1, at(31))
    assert (record.key, record.act, record.template) == (RECORD, Act.NOTICE, "record_emergency")


def test_the_new_date_is_offered_in_the_same_week_while_a_day_of_it_is_left() -> None:
    sunday_midnight = 6 * DAY + 15  # in Paris
    (owed, _) = judge(snapshot(SESSION, situations=(URGENT,))).hits
    assert owed.offer is not None
    assert (owed.offer.start, owed.offer.end) == (at(30), at(sunday_midnight))


def test_at_the_end_of_the_week_it_is_offered_within_ten_days_of_the_first_date() -> None:
    saturday = session(1, 5 * DAY + 22)
    urgent = situation(7, Matter.EMERGENCY, 5 * DAY + 20, about=1)
    (owed, _) = judge(snapshot(saturday, situations=(urgent,)), 5 * DAY + 20).hits
    assert owed.offer is not None
    assert owed.offer.end == at(15 * DAY + 22)


@pytest.mark.parametrize("hours", [30.0, 100.0, 5 * DAY + 20, 8 * DAY])
def test_whenever_it_is_judged_nothing_later_than_ten_days_is_offered(hours: float) -> None:
    (owed, _) = judge(snapshot(SESSION, situations=(URGENT,)), hours).hits
    assert owed.offer is not None
    assert at(hours) == owed.offer.start < owed.offer.end <= SESSION.start + timedelta(days=10)


def test_ten_days_after_the_first_date_it_is_too_late_to_make_up_for_it() -> None:
    judged = judge(snapshot(SESSION, situations=(URGENT,)), TUESDAY + 10 * DAY)
    assert judged.hits == ()
    assert "the time for making up for it ended on 2026-11-13 17:00 UTC" in reasons(judged)


@pytest.mark.parametrize(
    "instead",
    [(session(2, TUESDAY + 2 * DAY),), (session(2, TUESDAY + 7 * DAY), session(3, TUESDAY + 9 * DAY))],
    ids=["in the same week", "as a second one in the next week"],
)
def test_a_session_that_replaces_it_is_named_in_place_of_slots(instead: tuple[object, ...]) -> None:
    (owed, _) = judge(snapshot(SESSION, *instead, situations=(URGENT,))).hits  # type: ignore[arg-type]
    assert owed.offer is None
    assert "replaced on" in owed.reason


def test_the_next_week_s_own_session_replaces_nothing() -> None:
    (owed, _) = judge(snapshot(SESSION, session(2, TUESDAY + 7 * DAY), situations=(URGENT,))).hits
    assert owed.offer is not None


def test_a_session_already_moved_within_ten_days_is_the_new_date_and_the_letter_is_about_the_old_one() -> None:
    moved = replace(session(1, TUESDAY + 2 * DAY), planned=at(TUESDAY))
    (owed, _) = judge(snapshot(moved, situations=(URGENT,))).hits
    assert owed.offer is None
    assert owed.session_id is None
    assert owed.detail["since"] == at(TUESDAY).isoformat()


def test_an_emergency_that_names_the_start_and_not_the_session_means_the_session_of_that_start() -> None:
    urgent = situation(7, Matter.EMERGENCY, 30, since=TUESDAY)
    assert judge(snapshot(SESSION, situations=(urgent,))).hits[0].session_id == 1
    assert judge(snapshot(session(1, TUESDAY + 1), situations=(urgent,))).hits == ()


def test_the_learner_s_own_emergency_is_not_the_mentor_s() -> None:
    theirs = situation(7, Matter.EMERGENCY, 30, about=1, by=Party.LEARNER)
    assert judge(snapshot(SESSION, situations=(theirs,))).hits == ()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SessionStatus.ABSENT, "the learner was absent: it is not made up for"),
        (SessionStatus.CANCELLED_LATE, "it was cancelled late: it is not made up for"),
    ],
)
def test_an_absence_or_a_late_cancellation_is_not_made_up_for(status: SessionStatus, words: str) -> None:
    for situations in ((), (URGENT,)):
        judged = judge(snapshot(session(1, TUESDAY, status), situations=situations), 40)
        assert judged.hits == ()
        assert words in reasons(judged)


def test_a_session_that_took_place_after_all_is_not_apologised_for() -> None:
    judged = judge(snapshot(session(1, TUESDAY, SessionStatus.COMPLETED), situations=(URGENT,)), 40)
    assert judged.hits == ()
    assert "it took place after all" in reasons(judged)


def test_a_session_that_the_mentor_cancelled_in_the_calendar_is_still_apologised_for() -> None:
    assert letter(judge(snapshot(session(1, TUESDAY, gone=True), situations=(URGENT,))))


def test_what_was_written_or_refused_is_not_owed_again_and_what_waits_stays() -> None:
    assert judge(snapshot(SESSION, situations=(URGENT,), done=(LETTER, RECORD))).hits == ()
    no = request(LETTER, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert [hit.key for hit in judge(snapshot(SESSION, situations=(URGENT,), requests=(no,))).hits] == [RECORD]
    waiting = request(LETTER, kind=RequestKind.LETTER)
    assert letter(judge(snapshot(SESSION, situations=(URGENT,), requests=(waiting,)), 100))


def test_who_has_no_address_is_not_written_to_but_the_mentor_is_told_what_to_record() -> None:
    nobody = replace(LEARNER, address=None)
    assert [hit.key for hit in judge(snapshot(SESSION, situations=(URGENT,), learner=nobody)).hits] == [RECORD]


def test_for_a_learner_who_has_left_nothing_is_made_up() -> None:
    gone = replace(LEARNER, left_at=at(20))
    assert judge(snapshot(SESSION, situations=(URGENT,), learner=gone)).hits == ()


def test_an_emergency_from_before_the_agent_began_to_watch_is_not_its_debt() -> None:
    judged = judge(snapshot(SESSION, situations=(URGENT,), watch_since=32), 33)
    assert judged.hits == ()
    assert "before the agent began to watch" in reasons(judged)


def test_without_an_emergency_nothing_is_owed() -> None:
    judged = judge(snapshot(SESSION))
    assert judged.hits == ()
    assert reasons(judged) == "no emergency of the mentor's was reported"


def test_a_session_moved_more_than_ten_days_from_its_first_date_is_told_to_the_mentor_once_a_date() -> None:
    far = replace(session(1, TUESDAY + 10 * DAY + 1), planned=at(TUESDAY))
    (owed,) = judge(snapshot(far)).hits
    assert (owed.key, owed.act, owed.template) == ("R05/far/1/20261113T1800", Act.NOTICE, "moved_too_far")
    assert owed.detail["days"] == "10"
    assert judge(snapshot(far, done=(owed.key,))).hits == ()
    farther = replace(session(1, TUESDAY + 12 * DAY), planned=at(TUESDAY))
    assert judge(snapshot(farther, done=(owed.key,))).hits


def test_exactly_ten_days_are_allowed_and_a_session_of_the_past_is_let_be() -> None:
    allowed = replace(session(1, TUESDAY + 10 * DAY), planned=at(TUESDAY))
    far = replace(session(1, TUESDAY + 11 * DAY), planned=at(TUESDAY))
    assert judge(snapshot(allowed)).hits == ()
    assert judge(snapshot(far), TUESDAY + 12 * DAY).hits == ()
    assert judge(snapshot(replace(far, gone=True))).hits == ()


@pytest.mark.parametrize(
    "period",
    [
        situation(8, Matter.JUSTIFIED, 1, since=0, until=2 * WEEK),
        situation(8, Matter.AWAY, 1, since=0, until=2 * WEEK, mine=True),
    ],
)
def test_a_justified_absence_or_the_mentor_s_own_excuses_a_far_move(period: object) -> None:
    far = replace(session(1, TUESDAY + 15 * DAY), planned=at(TUESDAY))
    judged = judge(snapshot(far, situations=(period,)))  # type: ignore[arg-type]
    assert judged.hits == ()
    assert "was moved to" in reasons(judged)


@pytest.mark.parametrize(
    ("start", "zone", "week_ends"),
    [
        (datetime(2026, 10, 20, 16, tzinfo=UTC), PARIS, datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (datetime(2026, 10, 27, 17, tzinfo=UTC), PARIS, datetime(2026, 11, 1, 23, tzinfo=UTC)),
        (datetime(2027, 3, 23, 17, tzinfo=UTC), PARIS, datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (datetime(2027, 3, 30, 16, tzinfo=UTC), PARIS, datetime(2027, 4, 4, 22, tzinfo=UTC)),
        (datetime(2026, 10, 20, 16, tzinfo=UTC), ZoneInfo("Indian/Reunion"), datetime(2026, 10, 25, 20, tzinfo=UTC)),
    ],
)
def test_the_same_week_ends_at_the_mentor_s_midnight_around_daylight_saving_changes(
    start: datetime, zone: ZoneInfo, week_ends: datetime
) -> None:
    """A learner in another zone changes nothing: weeks are the mentor's."""
    far = replace(LEARNER, assigned_at=start - timedelta(days=30), zone=ZoneInfo("America/Montreal"))
    held = replace(SESSION, start=start, end=start + timedelta(minutes=45))
    urgent = replace(URGENT, at=start - timedelta(hours=1))
    known = replace(
        snapshot(held, situations=(urgent,), learner=far), zone=zone, watch_since=start - timedelta(days=30)
    )
    owed, _ = check(known, clause("R05"), start - timedelta(hours=1)).hits
    assert owed.offer is not None
    assert owed.offer.end == week_ends


def test_a_second_emergency_on_a_session_that_was_moved_is_about_its_new_date_and_offers_others() -> None:
    moved = replace(session(1, TUESDAY + 2 * DAY), planned=at(TUESDAY))
    until = TUESDAY + 2 * DAY + 0.75
    again = situation(8, Matter.EMERGENCY, 60, about=1, since=TUESDAY + 2 * DAY, until=until)
    (owed, record) = judge(snapshot(moved, situations=(URGENT, again), done=(LETTER, RECORD)), 60).hits
    assert (owed.key, owed.session_id, owed.offer is not None) == ("R05/emergency/8", 1, True)
    assert owed.detail["since"] == record.detail["since"] == at(TUESDAY + 2 * DAY).isoformat()
    assert record.detail["until"] == at(TUESDAY + 10 * DAY).isoformat()  # from its first date on, all the same
