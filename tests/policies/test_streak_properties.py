"""Whatever the history: absences in a row are counted as a patient person would, and no alert goes beyond them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.model import Audience, Judgement, SessionStatus, Snapshot
from agent.policies import r09_first_absence, r10_two_absences, streak
from tests.policies.histories import ABSENT, COMPLETED, DAY, History, excused, histories, run_of
from tests.policies.snapshots import at, clause, session


def alert(known: Snapshot, hours: float) -> Judgement:
    return r10_two_absences.check(known, clause("R10"), at(hours))


@given(histories())
def test_the_run_is_the_one_that_is_counted_on_one_s_fingers(story: History) -> None:
    assert list(streak.current(story.known(), at(story.now)).absences) == run_of(story.known(), story.now)


@given(histories())
def test_an_alert_is_owed_exactly_for_two_unjustified_absences_in_a_row(story: History) -> None:
    run = run_of(story.known(), story.now)
    owed = [hit.key for hit in alert(story.known(), story.now).hits]
    assert owed == ([f"R10/alert/{run[1].id}"] if len(run) > 1 else [])


@given(histories())
def test_no_alert_names_an_absence_that_is_excused_or_has_a_session_held_after_it(story: History) -> None:
    now = at(story.now)
    for hit in alert(story.known(), story.now).hits:
        named = [one for one in story.sessions if str(one.id) in hit.detail["sessions"].split()]
        assert len(named) == 2
        assert all(one.status is ABSENT and not excused(one, story.periods) for one in named)
        first = named[0].start
        held = [s for s in story.sessions if s.start > first and s.end <= now and not s.gone and s.status is COMPLETED]
        assert held == []


@given(histories())
def test_no_alert_may_leave_before_the_second_absence_s_48_hours_are_over(story: History) -> None:
    ends = {one.id: one.end for one in story.sessions}
    for hit in alert(story.known(), story.now).hits:
        assert hit.not_before is not None
        assert hit.session_id is not None
        assert hit.not_before == ends[hit.session_id] + timedelta(hours=48)


@given(histories(), st.lists(st.sampled_from([None, *SessionStatus]), max_size=3))
def test_sessions_still_to_come_change_no_alert(story: History, later: list[SessionStatus | None]) -> None:
    start = max([story.now, *(float((one.start - at(0)) / timedelta(hours=1)) for one in story.sessions)])
    more = [session(50 + n, start + (n + 1) * DAY, status) for n, status in enumerate(later)]
    assert alert(story.known(*more), story.now).hits == alert(story.known(), story.now).hits


@given(histories())
def test_the_letter_after_a_first_absence_and_the_alert_are_never_owed_together(story: History) -> None:
    letters = r09_first_absence.check(story.known(), clause("R09"), at(story.now)).hits
    assert all(hit.audience is Audience.LEARNER for hit in letters)
    assert not (letters and alert(story.known(), story.now).hits)
    run = run_of(story.known(), story.now)
    assert [hit.session_id for hit in letters] in ([], [one.id for one in run])


@given(histories())
def test_the_same_history_has_the_same_answer_and_a_queued_alert_is_not_owed_again(story: History) -> None:
    first = alert(story.known(), story.now)
    assert first == alert(story.known(), story.now)
    for hit in first.hits:
        told = r10_two_absences.check(
            _queued(story.known(), hit.key, story.now), clause("R10"), at(story.now) + timedelta(days=1)
        )
        assert hit.key not in {again.key for again in told.hits}


def _queued(known: Snapshot, key: str, hours: float) -> Snapshot:
    return replace(known, done=known.done | {key}, queued={**known.queued, key: at(hours)})
