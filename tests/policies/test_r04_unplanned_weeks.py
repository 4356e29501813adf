"""R04: a week without a planned session: its context is asked for; two in a row: support is told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import (
    Act,
    Audience,
    Judgement,
    Matter,
    RequestKind,
    RequestState,
    SeenLetter,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.r04_unplanned_weeks import check
from tests.policies.planned import LONG_AGO, PARIS, asked, clause, known, local, meeting, reported

HELD = meeting(1, local("2026-11-03 18:00"), SessionStatus.COMPLETED)  # in W45: the run begins after it
CONTEXT_46, CONTEXT_47 = "R04/context/1/2026-W46", "R04/context/1/2026-W47"
ALERT_47, ALERT_49 = "R04/alert/1/2026-W47", "R04/alert/1/2026-W49"
SUNDAY_W47 = "2026-11-22 12:00"


def judge(snapshot: Snapshot, now: str, zone: ZoneInfo = PARIS) -> Judgement:
    return check(snapshot, clause("R04"), local(now, zone))


def keys(snapshot: Snapshot, now: str, zone: ZoneInfo = PARIS) -> list[str]:
    return [hit.key for hit in judge(snapshot, now, zone).hits]


def reasons(snapshot: Snapshot, now: str) -> str:
    return "\n".join(miss.reason for miss in judge(snapshot, now).misses)


def context(number: int, at: str, words: str, monday: str | None = None) -> Situation:
    return reported(number, Matter.CONTEXT, local(at), words=words, since=local(monday) if monday else None)


BOTH = (
    context(1, "2026-11-13 15:00", "Elle est\nen examen.", "2026-11-09 00:00"),
    context(2, "2026-11-20 15:00", "Pas de réponse.", "2026-11-16 00:00"),
)


# -- the question


def test_60_hours_before_the_end_of_a_week_without_a_session_its_context_is_asked_for() -> None:
    judged = judge(known(HELD), "2026-11-13 11:59")
    assert judged.hits == ()
    assert judged.look_again == local("2026-11-13 12:00")
    (owed,) = judge(known(HELD), "2026-11-13 12:00").hits
    assert (owed.key, owed.act, owed.question) == (CONTEXT_46, Act.QUESTION, RequestKind.CONTEXT)
    assert (owed.template, owed.detail["weeks"]) == ("context_question", "2026-11-09")
    assert owed.due == local("2026-11-16 00:00")
    assert owed.reason == "no session was planned in 2026-W46"


def test_a_question_stays_owed_until_it_is_answered() -> None:
    for state, open_still in ((RequestState.WAITING, True), (RequestState.ANSWERED, False)):
        request = asked(CONTEXT_46, state, kind=RequestKind.CONTEXT)
        assert (CONTEXT_46 in keys(known(HELD, requests=(request,)), "2026-11-17 09:00")) is open_still


@pytest.mark.parametrize(
    "said",
    [
        context(1, "2026-11-11 10:00", "Elle est en examen."),  # unasked, in that very week
        context(1, "2026-11-17 10:00", "Elle était en examen.", "2026-11-09 00:00"),  # an answer, a week later
    ],
)
def test_a_context_that_is_known_is_not_asked_for(said: Situation) -> None:
    explained = known(HELD, situations=(said,))
    assert CONTEXT_46 not in keys(explained, "2026-11-17 12:00")
    assert "its context is known" in reasons(explained, "2026-11-17 12:00")


def test_a_context_of_another_week_answers_nothing() -> None:
    explained = known(HELD, situations=(context(1, "2026-11-04 10:00", "Tout va bien."),))
    assert keys(explained, "2026-11-13 12:00") == [CONTEXT_46]


# -- the alert


def test_a_second_week_without_a_session_alerts_support_with_the_context_of_both() -> None:
    judged = judge(known(HELD, situations=BOTH), "2026-11-20 16:00")
    (owed,) = judged.hits
    assert (owed.key, owed.act, owed.audience) == (ALERT_47, Act.LETTER, Audience.SUPPORT)
    assert owed.template == "unplanned_alert"
    assert owed.due == local("2026-11-23 00:00")
    assert owed.detail == {"weeks": "2026-11-09 2026-11-16", "contexts": "Elle est en examen.\nPas de réponse."}
    assert owed.reason == "no session was planned in 2026-W46 and 2026-W47"


def test_one_week_alone_alerts_nobody() -> None:
    explained = known(HELD, situations=BOTH)
    assert keys(explained, "2026-11-19 12:00") == []
    assert "1 in a row, 2 needed" in reasons(explained, "2026-11-19 12:00")


def test_the_alert_waits_for_the_context_but_not_beyond_36_hours_before_the_end_of_the_week() -> None:
    judged = judge(known(HELD, situations=BOTH[:1]), "2026-11-21 11:59")
    assert [hit.key for hit in judged.hits] == [CONTEXT_47]
    assert judged.look_again == local("2026-11-21 12:00")
    assert "waits for the context until 2026-11-21 11:00 UTC" in judged.misses[-1].reason
    assert keys(known(HELD, situations=BOTH[:1]), "2026-11-21 12:00") == [CONTEXT_47, ALERT_47]


@pytest.mark.parametrize("status", [None, *SessionStatus])
def test_a_session_planned_in_the_second_week_withdraws_the_alert_whatever_becomes_of_it(
    status: SessionStatus | None,
) -> None:
    saturday = meeting(2, local("2026-11-21 18:00"), status)
    assert ALERT_47 not in keys(known(HELD, saturday), "2026-11-21 12:00")
    assert keys(known(HELD, saturday), SUNDAY_W47) == []


def test_a_session_that_was_moved_out_of_the_week_planned_it_all_the_same() -> None:
    moved = meeting(2, local("2026-11-24 18:00"), planned=local("2026-11-17 18:00"))
    assert ALERT_47 not in keys(known(HELD, moved), SUNDAY_W47)


def test_a_session_that_the_calendar_lost_before_it_began_planned_nothing() -> None:
    assert ALERT_47 in keys(known(HELD, meeting(2, local("2026-11-17 18:00"), gone=True)), SUNDAY_W47)


def test_a_session_planned_for_the_week_after_leaves_the_alert_owed_until_it_begins() -> None:
    back = meeting(2, local("2026-11-25 18:00"))
    judged = judge(known(HELD, back), "2026-11-24 09:00")
    assert ALERT_47 in [hit.key for hit in judged.hits]
    assert judged.look_again == back.start
    assert keys(known(HELD, back), "2026-11-25 18:00") == []


def test_an_excused_week_neither_counts_nor_breaks_the_run() -> None:
    ill = reported(
        1,
        Matter.JUSTIFIED,
        local("2026-11-16 09:00"),
        since=local("2026-11-16 00:00"),
        until=local("2026-11-21 00:00"),
    )
    assert ALERT_47 not in keys(known(HELD, situations=(ill,)), SUNDAY_W47)
    assert "R04/alert/1/2026-W48" in keys(known(HELD, situations=(ill,)), "2026-11-29 12:00")


def test_support_is_told_again_only_after_two_more_weeks() -> None:
    told = known(HELD, done=frozenset({ALERT_47}))
    assert [key for key in keys(told, "2026-11-29 12:00") if "alert" in key] == []
    assert "support was told" in reasons(told, "2026-11-29 12:00")
    assert keys(told, "2026-12-06 12:00") == ["R04/context/1/2026-W48", "R04/context/1/2026-W49", ALERT_49]


def test_an_alert_that_the_mentor_refused_is_no_longer_owed_and_the_next_one_is() -> None:
    refused = known(HELD, requests=(asked(ALERT_47, RequestState.DROPPED),))
    assert ALERT_47 not in keys(refused, SUNDAY_W47)
    assert "decided against" in reasons(refused, SUNDAY_W47)
    assert ALERT_49 in keys(refused, "2026-12-06 12:00")


def test_an_alert_that_waits_stays_the_same_when_a_third_week_goes_by() -> None:
    waiting = known(HELD, requests=(asked(ALERT_47),))
    assert [key for key in keys(waiting, "2026-11-29 12:00") if "alert" in key] == [ALERT_47]


def test_a_new_run_after_a_session_alerts_anew() -> None:
    again = known(HELD, meeting(2, local("2026-11-24 18:00")), done=frozenset({ALERT_47}))
    assert keys(again, "2026-12-06 12:00") == ["R04/context/1/2026-W49"]
    assert "R04/alert/1/2026-W50" in keys(again, "2026-12-13 12:00")


# -- which weeks count


def test_the_first_week_after_the_first_contact_does_not_count() -> None:
    new = local("2026-11-03 09:00")  # in W45, so W46 begins too soon
    letters = (SeenLetter(new, "R01/first-contact/1"),)
    fresh = known(assigned_at=new, letters=letters)
    assert keys(fresh, "2026-11-15 12:00") == []
    assert keys(fresh, SUNDAY_W47) == [CONTEXT_47]
    assert keys(known(assigned_at=new, letters=()), SUNDAY_W47) == []


def test_weeks_that_began_before_the_agent_watched_do_not_count() -> None:
    watched = known(watch_since=local("2026-11-10 09:00"))
    assert keys(watched, SUNDAY_W47) == [CONTEXT_47]


def test_a_learner_who_has_left_is_not_counted() -> None:
    assert keys(known(HELD, left_at=LONG_AGO), SUNDAY_W47) == []


def test_after_an_absence_of_the_agent_every_week_it_slept_through_is_asked_about() -> None:
    found = keys(known(HELD), "2026-12-06 12:00")
    assert [key for key in found if "alert" in key] == [ALERT_47, ALERT_49]
    assert len([key for key in found if "context" in key]) == 4


# -- time


@pytest.mark.parametrize(
    ("held", "counts", "key"),
    [
        (
            "2026-10-07 18:00",
            "2026-10-23 13:00",
            "2026-W43",
        ),  # the Sunday has 25 hours: noon is 61 hours before its end
        ("2026-10-14 18:00", "2026-10-30 12:00", "2026-W44"),
        ("2027-03-10 18:00", "2027-03-26 11:00", "2027-W12"),  # the Sunday has 23 hours
        ("2027-03-17 18:00", "2027-04-02 12:00", "2027-W13"),
        ("2026-12-16 18:00", "2027-01-01 12:00", "2026-W53"),
        ("2026-12-23 18:00", "2027-01-08 12:00", "2027-W01"),
    ],
)
def test_a_week_counts_60_true_hours_before_its_end_beside_changes_of_clock_and_year(
    held: str, counts: str, key: str
) -> None:
    run = known(meeting(1, local(held), SessionStatus.COMPLETED))
    just_before = local(counts) - timedelta(minutes=1)
    week = f"R04/context/1/{key}"
    assert week not in [hit.key for hit in check(run, clause("R04"), just_before).hits]
    assert week in keys(run, counts)
    judged = check(run, clause("R04"), local(counts) + timedelta(hours=24))
    assert f"R04/alert/1/{key}" in [hit.key for hit in judged.hits]


@pytest.mark.parametrize("zone", [ZoneInfo("America/Montreal"), ZoneInfo("Indian/Reunion")])
def test_a_session_late_on_sunday_is_in_the_mentor_s_own_week(zone: ZoneInfo) -> None:
    sunday = meeting(2, local("2026-11-15 23:00", zone))
    held = meeting(1, local("2026-11-03 18:00", zone))
    assert keys(known(held, sunday, zone=zone), "2026-11-22 12:00", zone) == [CONTEXT_47]
