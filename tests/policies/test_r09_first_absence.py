"""R09: a first absence is written about to the learner, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from agent.model import Audience, Judgement, Matter, Party, RequestKind, RequestState, SessionStatus, Snapshot
from agent.policies.r09_first_absence import check
from tests.policies.snapshots import LEARNER, at, clause, request, session, situation, snapshot

WEEK = 168.0
COMPLETED, ABSENT, CANCELLED = SessionStatus.COMPLETED, SessionStatus.ABSENT, SessionStatus.CANCELLED
MISSED = session(1, 1, ABSENT)
END = 1.75


def judge(known: Snapshot, hours: float = 3) -> Judgement:
    return check(known, clause("R09"), at(hours))


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    (miss,) = judged.misses
    return miss.reason


def test_a_first_absence_asks_for_a_letter_by_the_next_day_with_slots_of_the_two_weeks_to_come() -> None:
    (owed,) = judge(snapshot(MISSED)).hits
    assert (owed.key, owed.template, owed.audience) == ("R09/letter/1", "after_absence", Audience.LEARNER)
    assert owed.due == at(END + 24)
    assert owed.offer is not None
    assert (owed.offer.start, owed.offer.end) == (at(3), at(3 + 2 * WEEK))
    assert "2026-11-02 09:00 UTC, the first in a row" in owed.reason


def test_with_the_next_session_planned_no_slots_are_offered() -> None:
    (owed,) = judge(snapshot(MISSED, session(2, 1 + WEEK))).hits
    assert owed.offer is None
    assert "the next session is on 2026-11-09 09:00 UTC" in owed.reason


def test_a_next_session_that_the_calendar_cancelled_is_none() -> None:
    (owed,) = judge(snapshot(MISSED, session(2, 1 + WEEK, gone=True))).hits
    assert owed.offer is not None


def test_no_absence_however_first_is_told_to_support() -> None:
    for known in (snapshot(MISSED), snapshot(MISSED, session(2, 1 + WEEK))):
        assert {hit.audience for hit in judge(known).hits} == {Audience.LEARNER}


def test_a_second_absence_in_a_row_is_a_matter_of_r10() -> None:
    judged = judge(snapshot(MISSED, session(2, 1 + WEEK, ABSENT)), WEEK + 3)
    assert reason(judged) == "2 in a row: a matter of R10"


def test_the_first_absence_of_a_new_run_is_written_about_again() -> None:
    known = snapshot(MISSED, session(2, 1 + WEEK, COMPLETED), session(3, 1 + 2 * WEEK, ABSENT), done=("R09/letter/1",))
    assert [hit.key for hit in judge(known, 2 * WEEK + 3).hits] == ["R09/letter/3"]


def test_an_absence_after_a_cancelled_session_is_a_first_one() -> None:
    known = snapshot(session(1, 1, CANCELLED), session(2, 1 + WEEK, ABSENT))
    assert [hit.key for hit in judge(known, WEEK + 3).hits] == ["R09/letter/2"]


def test_a_justified_absence_asks_for_no_letter_and_says_until_when() -> None:
    excuse = situation(9, Matter.JUSTIFIED, 2, since=0, until=40 * 24)
    text = reason(judge(snapshot(MISSED, situations=(excuse,))))
    assert "the absence of 2026-11-02 09:00 UTC is justified until 2026-12-12 08:00 UTC" in text


def test_in_a_justified_period_that_began_after_the_absence_the_letter_rests_until_its_end() -> None:
    later = situation(9, Matter.JUSTIFIED, 2.5, since=2.5, until=26)
    judged = judge(snapshot(MISSED, situations=(later,)))
    assert "at rest in a justified absence until 2026-11-03 10:00 UTC" in reason(judged)
    assert judged.look_again == at(26)
    assert judge(snapshot(MISSED, situations=(later,)), 26).hits


@pytest.mark.parametrize(("said", "owed"), [(0.5, False), (1.5, True)])
def test_an_absence_announced_before_the_session_is_no_silence_and_one_announced_during_it_is(
    said: float, owed: bool
) -> None:
    word = situation(9, Matter.ANNOUNCED, said, about=1, by=Party.MENTOR)
    assert bool(judge(snapshot(MISSED, situations=(word,))).hits) is owed


def test_an_announcement_of_another_session_says_nothing_of_this_one() -> None:
    word = situation(9, Matter.ANNOUNCED, 0.5, about=2)
    assert judge(snapshot(MISSED, situations=(word,))).hits


def test_a_learner_who_has_written_since_is_not_told_that_there_was_no_news() -> None:
    word = situation(9, Matter.ILLNESS, 2, by=Party.LEARNER)
    assert "the learner wrote on 2026-11-02 10:00 UTC" in reason(judge(snapshot(MISSED, situations=(word,))))
    before = situation(9, Matter.ADMINISTRATION, 0, by=Party.LEARNER)
    assert judge(snapshot(MISSED, situations=(before,))).hits


def test_a_mentor_who_wrote_to_the_learner_since_has_done_it() -> None:
    assert "the mentor wrote to the learner on 2026-11-02 10:30 UTC" in reason(judge(snapshot(MISSED, letters=(2.5,))))
    assert judge(snapshot(MISSED, letters=(1.2,))).hits, "a mail sent during the session is no follow-up"


def test_an_absence_older_than_a_week_is_no_longer_written_about() -> None:
    assert judge(snapshot(MISSED), END + WEEK - 0.1).hits
    assert "too long ago" in reason(judge(snapshot(MISSED), END + WEEK))
    assert judge(snapshot(MISSED), 3).look_again == at(END + WEEK)


def test_a_later_session_that_is_over_and_not_marked_yet_comes_first() -> None:
    text = reason(judge(snapshot(MISSED, session(2, 49)), 50))
    assert "the session of 2026-11-04 09:00 UTC, which came after it, is not marked yet" in text


def test_an_absence_from_before_the_agent_began_to_watch_is_not_its_debt() -> None:
    assert "before the agent began to watch" in reason(judge(snapshot(MISSED, watch_since=END + 25), 30))


def test_a_letter_that_went_or_was_refused_is_not_owed_again() -> None:
    assert "on its way" in reason(judge(snapshot(MISSED, done=("R09/letter/1",))))
    no = request("R09/letter/1", RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reason(judge(snapshot(MISSED, requests=(no,))))


def test_a_letter_that_waits_for_approval_stays_owed() -> None:
    waiting = request("R09/letter/1", kind=RequestKind.LETTER)
    assert judge(snapshot(MISSED, requests=(waiting,)), 100).hits


def test_a_status_corrected_to_completed_ends_it() -> None:
    assert "no first absence" in reason(judge(snapshot(session(1, 1, COMPLETED))))


def test_who_has_no_address_or_has_left_is_not_written_to() -> None:
    assert "no address" in reason(judge(snapshot(MISSED, learner=replace(LEARNER, address=None))))
    assert "left on" in reason(judge(snapshot(MISSED, learner=replace(LEARNER, left_at=at(2)))))


def test_a_learner_in_another_zone_has_the_same_24_hours() -> None:
    far = replace(LEARNER, zone=ZoneInfo("America/Montreal"))
    assert judge(snapshot(MISSED, learner=far)).hits[0].due == at(END + 24)
