"""R06: the mentor is away: support is told, and every session inside moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import (
    Audience,
    Desk,
    Funding,
    Judgement,
    Matter,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.r06_mentor_away import check, desk
from tests.policies.snapshots import LEARNER, PARIS, at, clause, request, session, situation, snapshot

DAY, WEEK = 24.0, 168.0
AWAY = situation(7, Matter.AWAY, 2, since=DAY, until=4 * DAY, mine=True, words="je suis hospitalisée jusqu'à jeudi")
INSIDE = session(1, 33)
ALERT, MOVED = "R06/alert/7", "R06/moved/1/7"


def judge(known: Snapshot, hours: float = 3) -> Judgement:
    return check(known, clause("R06"), at(hours))


def at_desk(
    *sessions: Session, hours: float = 3, situations: tuple[Situation, ...] = (AWAY,), **more: object
) -> Judgement:
    known = Desk(at(0), PARIS, situations=situations, sessions=sessions, names={1: "Léa Moreau"})
    return desk(replace(known, **more), clause("R06"), at(hours))  # type: ignore[arg-type]


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    return " | ".join(miss.reason for miss in judged.misses)


def test_support_is_told_of_the_mentor_s_absence_once_with_the_sessions_concerned() -> None:
    (owed,) = at_desk(INSIDE, session(2, 60, gone=True), session(3, 5 * DAY)).hits
    assert (owed.key, owed.template, owed.audience) == (ALERT, "away_alert", Audience.SUPPORT)
    assert (owed.learner_id, owed.due) == (None, at(26))
    assert (owed.detail["sessions"], owed.detail["situations"]) == ("1", "7")
    assert owed.detail["until"] == at(4 * DAY).isoformat()


def test_support_is_told_even_where_no_session_is_concerned_or_the_end_is_not_known() -> None:
    assert at_desk().hits
    (owed,) = at_desk(situations=(replace(AWAY, until=None),)).hits
    assert "with no end known" in owed.reason
    assert "until" not in owed.detail


def test_an_absence_that_is_over_asks_nothing() -> None:
    assert "is over" in reason(at_desk(hours=4 * DAY))
    assert at_desk(hours=3).look_again == at(4 * DAY)
    assert judge(snapshot(INSIDE, situations=(AWAY,)), 4 * DAY).hits == ()


def test_what_was_told_or_refused_is_not_told_again_and_what_waits_stays() -> None:
    assert "on its way" in reason(at_desk(done=frozenset({ALERT})))
    no = request(ALERT, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reason(at_desk(requests=(no,)))
    assert at_desk(requests=(request(ALERT, kind=RequestKind.LETTER),), hours=3 * DAY).hits


def test_an_absence_from_before_the_agent_began_to_watch_is_not_its_debt() -> None:
    assert "before the agent began" in reason(at_desk(watch_since=at(30), hours=31))
    assert judge(snapshot(INSIDE, situations=(AWAY,), watch_since=30), 31).hits == ()


def test_without_an_absence_nobody_is_told_anything() -> None:
    assert reason(at_desk(situations=())) == "no absence was reported"
    assert "no session lies" in reason(judge(snapshot(INSIDE)))


def test_each_learner_with_a_session_inside_is_written_to_and_nobody_else() -> None:
    (owed,) = judge(snapshot(INSIDE, session(2, 33 + WEEK), situations=(AWAY,))).hits
    assert (owed.key, owed.template, owed.audience) == (MOVED, "moved", Audience.LEARNER)
    assert (owed.session_id, owed.due) == (1, at(26))
    assert (owed.detail["since"], owed.detail["until"]) == (at(DAY).isoformat(), at(4 * DAY).isoformat())
    assert judge(snapshot(session(2, 33 + WEEK), situations=(AWAY,))).hits == ()


def test_an_absence_told_on_the_day_is_written_about_before_the_session_begins() -> None:
    soon = situation(7, Matter.AWAY, 30, since=30, until=4 * DAY, mine=True)
    assert judge(snapshot(INSIDE, situations=(soon,)), 30).hits[0].due == at(33)


@pytest.mark.parametrize("funding", [Funding.FUNDED, Funding.APPRENTICESHIP, Funding.SOCIAL])
def test_a_short_absence_moves_a_funded_learner_s_session_to_the_week_before_or_after(funding: Funding) -> None:
    (owed,) = judge(snapshot(INSIDE, situations=(AWAY,), learner=replace(LEARNER, funding=funding))).hits
    assert owed.offer is not None
    assert (owed.offer.start, owed.offer.end) == (at(3), at(4 * DAY + WEEK)), "nothing is offered in the past"
    later = situation(7, Matter.AWAY, 2, since=3 * WEEK, until=3 * WEEK + 3 * DAY, mine=True)
    learner = replace(LEARNER, funding=funding)
    (owed,) = judge(snapshot(session(1, 3 * WEEK + 9), situations=(later,), learner=learner)).hits
    assert owed.offer is not None
    assert (owed.offer.start, owed.offer.end) == (at(2 * WEEK), at(4 * WEEK + 3 * DAY))


@pytest.mark.parametrize("funding", [Funding.SELF_FUNDED, Funding.UNKNOWN])
def test_any_other_learner_s_session_moves_to_the_two_weeks_after_the_absence(funding: Funding) -> None:
    (owed,) = judge(snapshot(INSIDE, situations=(AWAY,), learner=replace(LEARNER, funding=funding))).hits
    assert owed.offer is not None
    assert (owed.offer.start, owed.offer.end) == (at(4 * DAY), at(18 * DAY))


def test_an_absence_of_a_week_or_more_moves_everybody_s_session_behind_it() -> None:
    long = replace(AWAY, until=at(8 * DAY))
    (owed,) = judge(snapshot(INSIDE, situations=(long,), learner=replace(LEARNER, funding=Funding.FUNDED))).hits
    assert owed.offer is not None
    assert owed.offer.start == at(8 * DAY)


@pytest.mark.parametrize(
    "settled",
    [session(1, 5 * DAY), session(1, 33, gone=True), session(1, 33, SessionStatus.CANCELLED)],
    ids=["moved out of it", "gone", "cancelled"],
)
def test_a_session_that_no_longer_lies_in_it_asks_for_nothing(settled: Session) -> None:
    assert judge(snapshot(settled, situations=(AWAY,))).hits == ()


def test_a_session_that_has_begun_is_no_longer_moved_and_the_learner_is_looked_at_then() -> None:
    judged = judge(snapshot(INSIDE, situations=(AWAY,)))
    assert judged.look_again == at(33)
    assert judge(snapshot(INSIDE, situations=(AWAY,)), 33).hits == ()


def test_a_session_the_learner_is_excused_from_anyway_or_one_of_an_emergency_is_not_written_about_twice() -> None:
    excused = situation(8, Matter.JUSTIFIED, 1, since=0, until=WEEK)
    assert "is justified until" in reason(judge(snapshot(INSIDE, situations=(excused, AWAY))))
    urgent = situation(8, Matter.EMERGENCY, 2, about=1)
    assert "a matter of R05" in reason(judge(snapshot(INSIDE, situations=(AWAY, urgent))))


def test_the_letter_is_written_once_to_those_who_can_be_written_to() -> None:
    assert "on its way" in reason(judge(snapshot(INSIDE, situations=(AWAY,), done=(MOVED,))))
    no = request(MOVED, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reason(judge(snapshot(INSIDE, situations=(AWAY,), requests=(no,))))
    assert "no address" in reason(judge(snapshot(INSIDE, situations=(AWAY,), learner=replace(LEARNER, address=None))))
    assert "left on" in reason(judge(snapshot(INSIDE, situations=(AWAY,), learner=replace(LEARNER, left_at=at(1)))))
