"""R25: evenings and weekends only where both agree and the funding allows it. Hours are the mentor's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import Act, Audience, Funding, SessionStatus, Slot, Snapshot
from agent.policies.r25_evenings_and_weekends import allows, check
from tests.policies.planned import PARIS, clause, known, local, meeting

NOW = local("2026-11-02 09:00")
EVENING = meeting(7, local("2026-11-03 19:30"))


def agreed(snapshot: Snapshot, funding: Funding, *, evenings: bool = True) -> Snapshot:
    return replace(snapshot, learner=replace(snapshot.learner, funding=funding, evenings=evenings))


def warned(snapshot: Snapshot) -> bool:
    return bool(check(snapshot, clause("R25"), NOW).hits)


@pytest.mark.parametrize(
    ("start", "odd"),
    [
        ("2026-11-03 08:00", False),
        ("2026-11-03 07:45", True),
        ("2026-11-03 18:15", False),  # over at 19:00
        ("2026-11-03 18:30", True),
        ("2026-11-03 23:30", True),  # over the next day
        ("2026-11-06 18:00", False),  # Friday
        ("2026-11-07 10:00", True),  # Saturday
        ("2026-11-08 10:00", True),
        ("2026-11-09 10:00", False),
    ],
)
def test_a_session_in_the_evening_or_at_the_weekend_is_told_to_the_mentor(start: str, *, odd: bool) -> None:
    session = meeting(1, local(start))
    assert warned(known(session)) is odd
    assert allows(Slot(session.start, session.end), known().learner, clause("R25"), PARIS) is not odd


def test_the_mentor_is_told_once_for_each_time_that_the_session_has() -> None:
    (owed,) = check(known(EVENING), clause("R25"), NOW).hits
    assert (owed.key, owed.act, owed.audience) == ("R25/warn/7/20261103T1830", Act.NOTICE, Audience.MENTOR)
    assert (owed.template, owed.session_id) == ("evening_session", 7)
    assert "it was not agreed" in owed.reason
    told = known(EVENING, done=frozenset({owed.key}))
    assert not warned(told)
    moved = replace(EVENING, start=EVENING.start + timedelta(days=1), end=EVENING.end + timedelta(days=1))
    assert warned(replace(told, sessions=(moved,)))


@pytest.mark.parametrize(
    ("funding", "allowed"),
    [
        (Funding.SELF_FUNDED, True),
        (Funding.FUNDED, True),
        (Funding.APPRENTICESHIP, False),
        (Funding.SOCIAL, False),
        (Funding.UNKNOWN, False),
    ],
)
def test_an_agreement_counts_only_where_the_funding_allows_it(funding: Funding, *, allowed: bool) -> None:
    assert warned(agreed(known(EVENING), funding)) is not allowed
    assert warned(agreed(known(EVENING), funding, evenings=False))


@pytest.mark.parametrize(
    "session",
    [
        meeting(1, NOW - timedelta(hours=12)),  # last evening
        replace(EVENING, gone=True),
        replace(EVENING, status=SessionStatus.CANCELLED),
        replace(EVENING, status=SessionStatus.MOVED),
    ],
)
def test_a_session_that_is_past_or_will_not_take_place_warns_nobody(session: object) -> None:
    judged = check(replace(known(), sessions=(session,)), clause("R25"), NOW)  # type: ignore[arg-type]  # a Session
    assert judged.hits == ()
    assert judged.misses[0].reason == "no session is to come"


def test_a_learner_who_has_left_warns_nobody() -> None:
    assert not warned(known(EVENING, left_at=NOW))


@pytest.mark.parametrize(("day", "odd"), [("2026-10-26", False), ("2027-03-29", False), ("2026-10-25", True)])
def test_hours_are_read_on_the_wall_clock_beside_a_change_of_it(day: str, *, odd: bool) -> None:
    session = meeting(1, local(f"{day} 18:00"))
    assert bool(check(known(session), clause("R25"), session.start - timedelta(days=2)).hits) is odd


def test_the_evening_is_the_mentor_s_in_montreal_and_the_warning_names_utc() -> None:
    montreal = ZoneInfo("America/Montreal")
    late_in_paris = meeting(1, local("2026-11-03 21:00"))  # 15:00 in Montréal
    assert not warned(known(late_in_paris, zone=montreal))
    assert warned(known(late_in_paris))
