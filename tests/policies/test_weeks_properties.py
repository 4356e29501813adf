"""Weeks, R03 and R04 under any arrangement of sessions, excuses, contexts and earlier letters, in several zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import Act, Judgement, Matter, Obligation, RequestState, Session, SessionStatus, Situation, Snapshot
from agent.policies import r03_weekly_session as r03
from agent.policies import r04_unplanned_weeks as r04
from agent.policies.weeks import WEEK, ends, midnight, monday, name
from tests.policies.planned import asked, clause, known, meeting, reported

ZONES = [ZoneInfo(key) for key in ("Europe/Paris", "America/Montreal", "Indian/Reunion", "Pacific/Auckland", "UTC")]
FIRST = date(2026, 9, 28)  # both changes of the Paris clock lie in the weeks that follow, and the turn of the year
WEEKS = 28
HOUR = timedelta(hours=1)
THRICE = settings(max_examples=300, deadline=None)

instants = st.integers(0, WEEKS * 7 * 24 * 4).map(
    lambda quarters: datetime(2026, 9, 28, tzinfo=UTC) + quarters * HOUR / 4
)
mondays = st.integers(0, WEEKS - 1).map(lambda number: FIRST + number * WEEK)


@st.composite
def arrangements(draw: st.DrawFn) -> Snapshot:
    """A learner of some months: sessions of every fate, excused weeks, contexts, letters that went or were refused."""
    zone = draw(st.sampled_from(ZONES))
    sessions = tuple(sorted(draw(st.lists(_sessions(), max_size=25)), key=lambda s: s.start))
    excuses = draw(st.lists(mondays, max_size=6, unique=True))
    said = draw(st.lists(mondays, max_size=6, unique=True))
    situations: list[Situation] = [
        reported(n, Matter.JUSTIFIED, midnight(w, zone), since=midnight(w, zone), until=ends(w, zone))
        for n, w in enumerate(excuses, 1)
    ]
    situations += [
        reported(100 + n, Matter.CONTEXT, ends(week, zone), words="Examens.", since=midnight(week, zone))
        for n, week in enumerate(said)
    ]
    alerted = draw(st.lists(mondays, max_size=3, unique=True))
    refused = draw(st.lists(mondays, max_size=2, unique=True))
    states = draw(st.lists(st.sampled_from(list(RequestState)), min_size=2, max_size=2))
    return known(
        *(replace(session, id=number) for number, session in enumerate(sessions, 1)),
        zone=zone,
        situations=tuple(sorted(situations, key=lambda s: s.at)),
        done=frozenset(r04.alert_key(1, week) for week in alerted),
        requests=tuple(asked(r04.alert_key(1, week), state) for week, state in zip(refused, states, strict=False)),
    )


@st.composite
def _sessions(draw: st.DrawFn) -> Session:
    start = draw(instants)
    status = draw(st.sampled_from([None, *SessionStatus]))
    moved_by = draw(st.sampled_from([None, None, None, *(timedelta(days=d) for d in (-9, -3, 2, 7, 12))]))
    return meeting(0, start, status, gone=draw(st.booleans()), planned=None if moved_by is None else start - moved_by)


def r03_hits(snapshot: Snapshot, now: datetime) -> tuple[Obligation, ...]:
    return r03.check(snapshot, clause("R03"), now).hits


def r04_hits(snapshot: Snapshot, now: datetime) -> tuple[Obligation, ...]:
    return r04.check(snapshot, clause("R04"), now).hits


def weeks_of(hit: Obligation) -> list[date]:
    return [date.fromisoformat(text) for text in hit.detail["weeks"].split()]


def sessions_in(snapshot: Snapshot, week: date) -> list[Session]:
    """Counted by wall-clock days, in another way than the policies do."""
    days = {week + timedelta(days=n) for n in range(7)}
    return [s for s in snapshot.sessions if not s.gone and s.start.astimezone(snapshot.zone).date() in days]


def is_excused(snapshot: Snapshot, week: date) -> bool:
    justified = snapshot.said(Matter.JUSTIFIED)
    return any(s.since is not None and s.since.astimezone(snapshot.zone).date() == week for s in justified)


@THRICE
@given(instants, st.sampled_from(ZONES))
def test_every_instant_lies_in_exactly_the_week_of_its_monday(now: datetime, zone: ZoneInfo) -> None:
    week = monday(now, zone)
    assert week.weekday() == 0
    assert midnight(week, zone) <= now < ends(week, zone)
    assert monday(midnight(week, zone), zone) == week
    assert monday(ends(week, zone) - timedelta(microseconds=1), zone) == week
    assert name(week) != name(week + WEEK)


@THRICE
@given(arrangements(), instants)
def test_a_week_with_a_session_to_come_held_or_missed_is_never_offered_slots(known_so: Snapshot, now: datetime) -> None:
    given_up = {SessionStatus.CANCELLED, SessionStatus.MOVED}
    for hit in r03_hits(known_so, now):
        (week,) = weeks_of(hit)
        assert [s for s in sessions_in(known_so, week) if s.status not in given_up] == []
        assert not is_excused(known_so, week)
        assert hit.offer is not None
        assert midnight(week, known_so.zone) <= hit.offer.start < hit.offer.end == ends(week, known_so.zone)


@THRICE
@given(arrangements(), instants)
def test_a_week_with_a_session_planned_is_never_counted_as_unplanned(known_so: Snapshot, now: datetime) -> None:
    for hit in r04_hits(known_so, now):
        for week in weeks_of(hit):
            assert sessions_in(known_so, week) == []
            assert not is_excused(known_so, week)
            assert midnight(week, known_so.zone) <= now


@THRICE
@given(arrangements(), instants)
def test_an_alert_has_two_unplanned_weeks_with_nothing_but_excused_ones_between(
    known_so: Snapshot, now: datetime
) -> None:
    for hit in (one for one in r04_hits(known_so, now) if "/alert/" in one.key):
        first, last = weeks_of(hit)
        between = [first + n * WEEK for n in range(1, (last - first).days // 7)]
        assert all(is_excused(known_so, week) and not sessions_in(known_so, week) for week in between)
        assert hit.key == r04.alert_key(1, last)
        assert hit.key not in known_so.done


@THRICE
@given(arrangements(), instants)
def test_no_week_is_told_to_support_twice(known_so: Snapshot, now: datetime) -> None:
    told = [week for hit in r04_hits(known_so, now) if "/alert/" in hit.key for week in weeks_of(hit)]
    assert len(told) == len(set(told))


@THRICE
@given(arrangements(), instants)
def test_what_was_sent_is_owed_no_more_and_what_waits_stays_owed(known_so: Snapshot, now: datetime) -> None:
    hits = (*r03_hits(known_so, now), *r04_hits(known_so, now))
    sent = replace(known_so, done=known_so.done | {hit.key for hit in hits if hit.act is Act.LETTER})
    assert not {hit.key for hit in (*r03_hits(sent, now), *r04_hits(sent, now))} & sent.done
    waiting = replace(known_so, requests=tuple(asked(hit.key) for hit in hits) + known_so.requests)
    assert {hit.key for hit in hits} <= {hit.key for hit in (*r03_hits(waiting, now), *r04_hits(waiting, now))}


def _sleeping(
    judge: Callable[[Snapshot, datetime], Judgement], known_so: Snapshot, now: datetime, later: timedelta
) -> None:
    judged = judge(known_so, now)
    wakes = judged.look_again
    if wakes is None or now + later < wakes:
        assert {h.key for h in judge(known_so, now + later).hits} == {h.key for h in judged.hits}
    assert wakes is None or wakes > now


@THRICE
@given(arrangements(), instants, st.integers(1, 4 * 24 * 8))
def test_nothing_changes_before_the_policy_asked_to_be_looked_at_again(
    known_so: Snapshot, now: datetime, quarters: int
) -> None:
    later = quarters * HOUR / 4
    _sleeping(lambda s, at: r03.check(s, clause("R03"), at), known_so, now, later)
    _sleeping(lambda s, at: r04.check(s, clause("R04"), at), known_so, now, later)
