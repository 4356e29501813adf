"""The indicators of the school (R27), counted on histories made by hand: in Paris, mostly in November 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.guidelines import load
from agent.indicators import (
    Goal,
    Indicator,
    Ledger,
    Period,
    Tally,
    Trend,
    comparable,
    indicators,
    month,
    month_before,
    week,
)
from agent.measures import MEASURES
from agent.model import (
    Audience,
    Language,
    Learner,
    Matter,
    Party,
    Request,
    RequestKind,
    RequestState,
    SeenLetter,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
    Version,
)
from agent.phrases import Phrases
from agent.shipped import shipped

PARIS = ZoneInfo("Europe/Paris")
GUIDELINES = load(shipped("guidelines.toml"))
NOVEMBER, OCTOBER = month(2026, 11, PARIS), month(2026, 10, PARIS)
LATER = datetime(2026, 12, 20, tzinfo=UTC)
LEA = Learner(1, "Léa Moreau", "lea.moreau@learner.example", datetime(2026, 9, 1, 8, tzinfo=UTC))
TOM = replace(LEA, id=2, name="Tom Petit")
HELD, ABSENT = SessionStatus.COMPLETED, SessionStatus.ABSENT


def paris(day: int, hour: float = 18, month: int = 11, year: int = 2026) -> datetime:
    """An hour of the clock in Paris, as an instant."""
    local = datetime(year, month, day, int(hour), round(hour % 1 * 60), tzinfo=PARIS)
    return local.astimezone(UTC)


def session(number: int, start: datetime, status: SessionStatus | None = HELD, **more: Any) -> Session:
    return Session(number, f"s{number}", LEA.id, start, start + timedelta(minutes=45), "Session", status=status, **more)


def said(matter: Matter, at: datetime, **more: Any) -> Situation:
    given = {"by": Party.MENTOR, "words": "…", "learner_id": LEA.id, **more}
    return Situation(1, matter, at, **given)


def request(key: str, state: RequestState, text: str = "", audience: Audience = Audience.MENTOR) -> Request:
    version = Version(1, "t", "s", text, "w", paris(3))
    return Request(1, key, RequestKind.REPORT, "R07", state, LEA.id, None, paris(3), version, audience)


def history(*sessions: Session, learner: Learner = LEA, **more: Any) -> Snapshot:
    """A learner who was written to on the day of the assignment."""
    letters = more.pop("letters", (SeenLetter(learner.assigned_at, None),))
    return Snapshot(learner, tuple(sorted(sessions, key=lambda s: s.start)), letters=letters, **more)


def counted(
    *snapshots: Snapshot,
    now: datetime = LATER,
    period: Period = NOVEMBER,
    before: Period = OCTOBER,
    off: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Indicator]:
    law = {
        rule: clause
        for rule in GUIDELINES.dated
        if rule not in off and (clause := GUIDELINES.holding(rule, date(2026, 11, 1)))
    }
    whole = tuple(replace(one, law=law, zone=PARIS) for one in snapshots)
    ledger = Ledger(whole, law, now, **more)
    return {one.name: one for one in indicators(ledger, MEASURES, period, comparable(before, period, now))}


def reported(*handed: tuple[int, datetime]) -> dict[str, datetime]:
    return {f"R07/handover/{number}": at for number, at in handed}


# First contacts (R01)


def newcomer(written: datetime | None, assigned: datetime | None = None) -> Snapshot:
    letters = () if written is None else (SeenLetter(written, None),)
    return history(learner=replace(LEA, assigned_at=assigned or paris(3, 9)), letters=letters)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(48, Tally(1, 1)), (48.1, Tally(0, 1, late=(1,))), (None, Tally(0, 1, act=(1,)))],
)
def test_a_first_contact_counts_up_to_the_48th_hour_and_then_as_late_or_missing(
    hours: float | None, expected: Tally
) -> None:
    written = None if hours is None else paris(3, 9) + timedelta(hours=hours)
    assert counted(newcomer(written))["first_contacts"].tally == expected


def test_a_first_contact_that_still_has_time_is_neither_done_nor_missed() -> None:
    found = counted(newcomer(None), now=paris(4))["first_contacts"]
    assert (found.tally, found.state) == (Tally(0, 0, wait=(1,)), "due")


def test_a_letter_from_before_the_assignment_is_no_first_contact() -> None:
    assert counted(newcomer(paris(2)))["first_contacts"].tally.act == (1,)


def test_a_contact_counts_once_in_the_month_in_which_it_was_made_or_missed() -> None:
    last_evening = paris(31, 20, month=10)
    made, missed = newcomer(last_evening + timedelta(hours=1), last_evening), newcomer(None, last_evening)
    found = counted(made, missed)["first_contacts"]
    assert (found.before, found.tally) == (Tally(1, 1), Tally(0, 1, act=(1,)))


def test_whom_the_mentor_followed_before_the_agent_was_never_assigned_to_it() -> None:
    found = counted(newcomer(None), declared=frozenset({LEA.id}))["first_contacts"]
    assert found.tally == Tally()


# Reports (R07)


def test_reports_are_counted_in_time_late_and_missing_and_none_is_owed_for_a_cancelled_session() -> None:
    sessions = [session(n, paris(n)) for n in (3, 10, 17)]
    sessions += [session(24, paris(24), SessionStatus.CANCELLED_LATE), session(25, paris(25), gone=True)]
    queued = reported((3, paris(4)), (10, paris(13)))
    assert counted(history(*sessions, queued=queued))["reports"].tally == Tally(1, 3, act=(1,), late=(1,))


def test_an_absence_needs_its_report_too_and_so_does_a_session_that_nobody_marked() -> None:
    found = counted(history(session(1, paris(3), ABSENT), session(2, paris(10), None)))
    assert found["reports"].tally == Tally(0, 2, act=(1, 1))
    assert found["unmarked"].tally == Tally(1, 2, act=(1,))


def test_a_report_corrected_after_its_48_hours_was_still_handed_in_within_them() -> None:
    queued = {"R07/handover/1/57": paris(4), "R07/handover/1": paris(20)}
    assert counted(history(session(1, paris(3)), queued=queued))["reports"].tally == Tally(1, 1)


def test_a_report_that_still_has_time_waits() -> None:
    found = counted(history(session(1, paris(3))), now=paris(4))["reports"]
    assert (found.tally, found.state, found.concerned) == (Tally(0, 0, wait=(1,)), "due", (1,))


def test_debts_from_before_the_agent_began_to_watch_are_not_its_own() -> None:
    found = counted(history(session(1, paris(3)), watch_since=paris(9)), watch_since=paris(9))
    assert (found["reports"].tally, found["reports"].before) == (Tally(0, 0), None)


@pytest.mark.parametrize(("text", "empty"), [(" \n—\n", 1), ("Travail accompli : les jointures.", 0)])
def test_an_approved_report_without_a_word_is_an_empty_one(text: str, empty: int) -> None:
    approved = request("R07/report/1", RequestState.APPROVED, text)
    found = counted(history(session(1, paris(3)), requests=(approved,)))["empty_reports"]
    assert (found.tally.count, found.tally.of) == (empty, 1)


# Weeks, moves, second sessions


def test_a_week_without_a_session_counts_and_one_in_a_justified_absence_does_not() -> None:
    sessions = [session(0, paris(27, month=10)), session(1, paris(3)), session(2, paris(24))]  # none on the 9th, 16th
    away = said(Matter.JUSTIFIED, paris(8), since=paris(9, 0), until=paris(16, 0))
    found = counted(history(*sessions))["unplanned_weeks"].tally
    assert (found.count, found.of) == (2, 5)  # five weeks end in November, that of 26 October first
    found = counted(history(*sessions, situations=(away,)))["unplanned_weeks"].tally
    assert (found.count, found.of) == (1, 4)


def test_weeks_count_from_the_first_contact_on_and_until_the_learner_leaves() -> None:
    new = replace(LEA, assigned_at=paris(3, 9), left_at=paris(25))
    assert counted(history(learner=new))["unplanned_weeks"].tally.of == 1  # the 16th's: settled in, and not gone


def test_a_week_that_is_not_over_does_not_count_yet() -> None:
    now = paris(15, 12)
    found = counted(history(session(1, paris(3))), period=week(date(2026, 11, 9), PARIS), now=now)
    assert found["unplanned_weeks"].tally == Tally(0, 0)


@pytest.mark.parametrize(("days", "far"), [(10, 0), (11, 1)])
def test_a_session_is_moved_too_far_only_beyond_ten_days(days: int, far: int) -> None:
    moved = session(1, paris(3) + timedelta(days=days), planned=paris(3))
    assert counted(history(moved))["moved_far"].tally.count == far


def test_a_session_that_the_mentor_s_announced_absence_moved_is_not_held_against_them() -> None:
    leave = said(Matter.AWAY, paris(1), since=paris(2, 0), until=paris(14, 0), learner_id=None)
    moved = session(1, paris(18), planned=paris(3))
    assert counted(history(moved, situations=(leave,)))["moved_far"].tally.count == 0


def test_a_second_session_of_a_week_counts_unless_the_advisor_approved_it() -> None:
    pair = (session(1, paris(9)), session(2, paris(12)))
    allowed = said(Matter.EXTRA_APPROVED, paris(10), since=paris(9, 0), until=paris(16, 0))
    assert counted(history(*pair))["second_sessions"].tally.act == (1,)
    assert counted(history(*pair, situations=(allowed,)))["second_sessions"].tally.count == 0


def test_sunday_night_and_monday_in_paris_are_two_weeks() -> None:
    sunday, monday = paris(15, 23), paris(16, 0.5)
    assert sunday.date() == monday.date()  # both the 15th in UTC
    assert counted(history(session(1, sunday), session(2, monday)))["second_sessions"].tally.count == 0


# What is said of sessions


def test_a_session_cut_short_counts_when_the_learner_did_not_agree_and_waits_while_nobody_knows() -> None:
    cuts = tuple(
        replace(said(Matter.CUT_SHORT, paris(day), agreed=agreed), id=day)
        for day, agreed in ((3, True), (10, False), (17, None))
    )
    found = counted(history(situations=cuts))["cut_short"]
    assert found.tally == Tally(1, 3, act=(1,), wait=(1,))
    assert counted(history(situations=cuts[2:]))["cut_short"].state == "due"


def test_a_completed_session_that_the_learner_had_called_off_counts_until_the_mentor_confirms_it() -> None:
    absent = said(Matter.ANNOUNCED, paris(2), session_id=1, by=Party.LEARNER)
    told = history(session(1, paris(3)), situations=(absent,))
    assert counted(told)["contradicted"].tally.count == 1
    confirmed = replace(told, requests=(request("R23/conflict/1", RequestState.APPROVED),))
    assert counted(confirmed)["contradicted"].tally.count == 0


def test_absences_are_told_apart_by_what_justifies_them() -> None:
    sessions = [session(1, paris(3), ABSENT), session(2, paris(10), ABSENT), session(3, paris(17))]
    ill = said(Matter.JUSTIFIED, paris(12), since=paris(9, 0), until=paris(16, 0))
    found = counted(history(*sessions, situations=(ill,)))
    assert (found["absences"].tally.count, found["absences"].tally.of) == (1, 3)
    assert (found["justified_absences"].tally, found["justified_absences"].state) == (Tally(1, 2), "fine")


def test_an_absence_asks_for_something_until_the_learner_is_back() -> None:
    missed = (session(1, paris(3), ABSENT), session(2, paris(10), ABSENT))
    assert counted(history(*missed))["absences"].tally == Tally(2, 2, act=(1, 1))
    assert counted(history(*missed, session(3, paris(17))))["absences"].tally == Tally(2, 3)


def test_a_late_cancellation_counts_and_one_for_the_mentor_s_emergency_does_not() -> None:
    late = session(1, paris(3), SessionStatus.CANCELLED_LATE)
    urgent = said(Matter.EMERGENCY, paris(3, 12), session_id=1)
    assert counted(history(late))["late_cancellations"].tally == Tally(1, act=(1,))
    assert counted(history(late, situations=(urgent,)))["late_cancellations"].tally.count == 0


def test_alerts_are_counted_as_open_and_as_sent() -> None:
    waiting = request("R10/alert/1", RequestState.WAITING, audience=Audience.SUPPORT)
    found = counted(history(), sent=((paris(20, month=10), 1), (paris(5), 1), (paris(6), None)), waiting=(waiting,))
    assert (found["alerts_open"].tally.count, found["alerts_open"].concerned) == (1, (1,))
    assert (found["alerts_sent"].tally.count, found["alerts_sent"].trend) == (2, Trend.UP)


# Periods and trends


@pytest.mark.parametrize(
    ("year", "number", "hours"), [(2026, 10, 31 * 24 + 1), (2027, 3, 31 * 24 - 1), (2026, 12, 744)]
)
def test_a_month_is_the_mentor_s_with_its_hour_more_or_less(year: int, number: int, hours: int) -> None:
    found = month(year, number, PARIS)
    assert found.end - found.start == timedelta(hours=hours)
    assert month_before(year, number, PARIS).end == found.start


def test_new_year_s_night_parts_two_months() -> None:
    assert month_before(2027, 1, PARIS) == month(2026, 12, PARIS)


def test_in_the_month_of_the_clock_change_sessions_fall_where_the_mentor_s_calendar_has_them() -> None:
    last, first = session(1, paris(31, 23.5, month=10), None), session(2, paris(1, 0.5), None)
    assert last.start.date() == first.start.date()  # both the 31st in UTC: the clock went back on the 25th
    found = counted(history(last, first))["unmarked"]
    assert (found.tally.count, found.before) == (1, Tally(1, 1, act=(1,)))


@pytest.mark.parametrize(
    ("start", "wall", "in_time"),
    [
        (paris(24, 18, month=10), paris(26, 17.5, month=10), True),  # 48.5 hours on the wall clock less 45 minutes
        (paris(24, 18, month=10), paris(26, 18.5, month=10), False),  # 47.75 by the clock on the wall, 48.75 in truth
        (paris(27, 18, month=3, year=2027), paris(29, 19.5, month=3, year=2027), True),  # 48.75 on the wall, 47.75
    ],
)
def test_48_hours_are_48_hours_across_a_clock_change(start: datetime, wall: datetime, in_time: bool) -> None:
    queued = reported((1, wall))
    snapshot = history(session(1, start), queued=queued)
    local = start.astimezone(PARIS)
    period = month(local.year, local.month, PARIS)
    before = month_before(local.year, local.month, PARIS)
    found = counted(snapshot, period=period, before=before, now=wall + timedelta(days=3))
    assert found["reports"].tally.count == int(in_time)


def test_a_month_that_is_not_over_is_compared_with_as_much_of_the_one_before() -> None:
    sessions = [session(n, paris(n, month=10), ABSENT) for n in (6, 13, 20, 27)]
    sessions += [session(40, paris(3), ABSENT), session(41, paris(10), ABSENT)]
    found = counted(history(*sessions), now=paris(14))["absences"]
    assert (found.tally.count, found.before and found.before.count, found.trend) == (2, 2, Trend.SAME)
    assert counted(history(*sessions))["absences"].trend is Trend.BETTER


def indicator(goal: Goal, tally: Tally, before: Tally | None) -> Indicator:
    return Indicator("x", "R01", goal, tally, before)


@pytest.mark.parametrize(
    ("goal", "now", "before", "trend"),
    [
        (Goal.ALL, Tally(3, 4), Tally(9, 10), Trend.WORSE),
        (Goal.ALL, Tally(1, 1), Tally(9, 10), Trend.BETTER),
        (Goal.ALL, Tally(2, 2), Tally(9, 9), Trend.SAME),
        (Goal.ALL, Tally(0, 0), Tally(9, 9), None),
        (Goal.NONE, Tally(2, 9), Tally(1, 1), Trend.WORSE),
        (Goal.NONE, Tally(0, 9), Tally(1, 1), Trend.BETTER),
        (Goal.KNOWN, Tally(1), Tally(2), Trend.DOWN),
        (Goal.NONE, Tally(1), None, None),
    ],
)
def test_a_trend_is_judged_by_what_a_mentor_wants(goal: Goal, now: Tally, before: Tally, trend: Trend | None) -> None:
    assert indicator(goal, now, before).trend is trend


def test_there_is_no_trend_against_a_time_that_the_agent_did_not_see() -> None:
    found = counted(history(session(1, paris(10), ABSENT)), watch_since=paris(20, month=10))
    assert (found["absences"].tally.count, found["absences"].trend) == (1, None)


def test_several_learners_add_up_and_each_is_named_once() -> None:
    found = counted(
        history(session(1, paris(3), ABSENT), session(2, paris(10), ABSENT)),
        history(session(3, paris(4)), session(4, paris(11), ABSENT), learner=TOM),
    )["absences"]
    assert (found.tally.count, found.tally.of, found.concerned) == (3, 4, (1, 2))


def test_a_rule_that_is_off_is_not_measured() -> None:
    found = counted(history(session(1, paris(3))), off=("R21", "R04"))
    assert found.keys().isdisjoint({"second_sessions", "unplanned_weeks"})
    assert set(counted(history())) - set(found) == {"second_sessions", "unplanned_weeks"}


def test_a_month_in_which_nothing_happened_divides_by_nothing() -> None:
    found = counted(history(), period=month(2026, 7, PARIS), before=month(2026, 6, PARIS))
    assert [one.name for one in found.values() if one.tally.share is not None or one.state != "fine"] == []


STATES = {Goal.ALL: ("act", "late", "due"), Goal.NONE: ("act",), Goal.KNOWN: ()}
NAMES = [(measure.name, state) for measure in MEASURES for state in STATES[measure.goal]]


@pytest.mark.parametrize(("name", "state"), [*NAMES, ("cut_short", "due"), ("alerts_open", "act")])
@pytest.mark.parametrize("language", list(Language))
def test_every_indicator_says_what_to_do_next(name: str, state: str, language: Language) -> None:
    phrases = Phrases()
    assert phrases.say(language, f"indicator.{name}")
    assert "Léa Moreau" in phrases.say(language, f"indicator.{name}_{state}", names="Léa Moreau")
