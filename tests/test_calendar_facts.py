"""The calendar as facts (R29, P8): what is a session, whose it is, what is not believed, and what is put aside."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.commands import learners
from agent.errors import ConfigError, TransientError
from agent.model import Session, SessionStatus
from tests.stage import MENTOR, MONDAY, Stage, body, event
from tests.stories import ASKED, LEA, START, TOM, UID, WEEK, settled

EMPTIED = "Votre agenda"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def sessions(stage: Stage) -> list[Session]:
    return stage.world.store.people.sessions(1)


def series(uid: str, summary: str, weeks: int) -> str:
    once = event(uid, summary, START, START + timedelta(minutes=45))
    return once.replace("SUMMARY:", f"RRULE:FREQ=WEEKLY;COUNT={weeks}\r\nSUMMARY:")


# -- whose session it is


def test_a_series_is_as_many_sessions_and_one_that_moves_stays_itself(stage: Stage) -> None:
    stage.calendar.put("series.ics", series("weekly", "Session de mentorat avec Léa Moreau", 4))
    stage.pass_time(minutes=20)
    before = sessions(stage)
    moved = event(
        "weekly", "Session de mentorat avec Léa Moreau", START + timedelta(days=8), START + timedelta(days=8, hours=1)
    )
    override = moved[moved.index("BEGIN:VEVENT") : moved.index("END:VCALENDAR")]
    override = override.replace("SUMMARY:", f"RECURRENCE-ID:{START + WEEK:%Y%m%dT%H%M%SZ}\r\nSUMMARY:")
    whole = series("weekly", "Session de mentorat avec Léa Moreau", 4).replace(
        "END:VCALENDAR", override + "END:VCALENDAR"
    )
    stage.calendar.put("series.ics", whole)
    stage.pass_time(minutes=20)
    after = sessions(stage)
    assert [one.id for one in after] == [one.id for one in before]
    assert [one.start - START for one in after] == [timedelta(0), timedelta(days=8), 2 * WEEK, 3 * WEEK]


def test_a_presentation_is_no_session(stage: Stage) -> None:
    stage.calendar.put(
        "x.ics", event("x", "Soutenance - Session de mentorat avec Léa Moreau", START, START + WEEK / 168)
    )
    stage.pass_time(minutes=20)
    assert sessions(stage) == []


def test_a_session_of_an_unknown_learner_is_put_aside_until_the_learner_is_known(stage: Stage) -> None:
    stage.session("Tom Petit", START)
    stage.pass_time(minutes=20)
    (line,) = stage.parked()
    assert "no learner is called Tom Petit" in line
    assert "learners add" in line
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=20)
    assert stage.parked() == []
    assert len(stage.world.store.people.sessions(2)) == 1


def test_a_learner_whom_the_mentor_adds_by_command_is_asked_about_for_the_session_that_is_just_over(
    stage: Stage,
) -> None:
    stage.session("Tom Petit", START)
    stage.now = START + timedelta(hours=1)
    stage.pass_time(minutes=20)
    settings = f"""
state_dir = "state"
mentor = {{ name = "Claire Martin", address = "{MENTOR}", timezone = "Europe/Paris" }}
school = {{ domains = ["school.example"], support = "support@school.example" }}
mailbox = {{ url = "maildir://{stage.folder}/mail" }}
smtp = {{ url = "maildir://{stage.folder}/mail" }}
calendar = {{ url = "dir://{stage.folder}/calendar" }}
"""
    (stage.folder / "agent.toml").write_text(settings, encoding="utf-8")
    given = {"path_": None, "project": None, "funding": "funded", "language": None, "informal": False, "contact": False}
    learners.add(stage.folder / "agent.toml", {"name": "Tom Petit", "address": TOM, **given})
    stage.pass_time(minutes=20)
    assert stage.parked() == []
    assert stage.mails(TOM) == []  # the mentor knows them already
    assert "Tom Petit" in str(stage.last(containing=ASKED)["Subject"])
    with pytest.raises(ConfigError, match="not an e-mail address"):
        learners.add(stage.folder / "agent.toml", {"name": "Éva Née", "address": "éva@learner.example", **given})


def test_an_entry_that_is_deleted_is_no_longer_put_aside(stage: Stage) -> None:
    stage.session("Tom Petit", START, uid="tom")
    stage.pass_time(minutes=20)
    stage.calendar.remove("tom.ics")
    stage.pass_time(minutes=20)
    assert stage.parked() == []


def test_a_first_name_that_two_learners_share_is_asked_about(stage: Stage) -> None:
    stage.school_assigns("Léa Petit", TOM)
    stage.pass_time(minutes=20)
    stage.session("Léa", START)
    stage.pass_time(minutes=20)
    (line,) = stage.parked()
    assert "Léa Moreau or Léa Petit" in line
    stage.session("Léa Petit", START, uid=f"Léa-{START:%Y%m%dT%H%M}")
    stage.pass_time(minutes=20)
    assert stage.parked() == []
    assert len(stage.world.store.people.sessions(2)) == 1


def test_a_namesake_who_comes_later_takes_no_session_away(stage: Stage) -> None:
    stage.session("Léa", START)
    stage.pass_time(minutes=20)
    stage.over(START)
    stage.school_assigns("Léa Petit", TOM)
    stage.pass_time(days=1)  # every entry is read again
    assert [one.learner_id for one in sessions(stage)] == [1]
    assert stage.asked() == 1
    assert stage.request("R07/session/1/20261103T1745").state == "waiting"


def test_what_the_mentor_said_of_a_session_outlives_every_reading_of_the_calendar(stage: Stage) -> None:
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=20)
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    stage.session("Léa Moreau", START, uid=UID, status="CANCELLED")
    stage.pass_time(days=1)
    (one,) = sessions(stage)
    assert (one.status, one.gone) == (SessionStatus.ABSENT, False)


# -- what an entry says of itself


def invited(state: str, *, start: datetime = START, lines: str = "") -> str:
    """The school's invitation, as it lies in the calendar of a mentor who answered it so."""
    guest = f"ATTENDEE;PARTSTAT={state}:mailto:{MENTOR}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{LEA}\r\n{lines}"
    whole = event("inv", "Session de mentorat avec Léa Moreau", start, start + timedelta(minutes=45))
    return whole.replace("SUMMARY:", f"{guest}SUMMARY:")


@pytest.mark.parametrize("state", ["NEEDS-ACTION", "ACCEPTED", "TENTATIVE"])
def test_an_invitation_that_the_mentor_did_not_decline_is_a_session(stage: Stage, state: str) -> None:
    stage.calendar.put("inv.ics", invited(state))
    stage.pass_time(minutes=20)
    assert len(sessions(stage)) == 1


def test_an_invitation_that_the_mentor_declined_is_no_session_and_keeps_no_time(stage: Stage) -> None:
    held = stage.world.store.people.busy(START, START + WEEK)
    stage.calendar.put("inv.ics", invited("DECLINED"))
    stage.pass_time(minutes=20)
    assert sessions(stage) == []
    assert stage.world.store.people.busy(START, START + WEEK) == held


def test_a_session_that_the_mentor_declines_later_is_gone_and_not_asked_about(stage: Stage) -> None:
    stage.calendar.put("inv.ics", invited("ACCEPTED"))
    stage.pass_time(minutes=20)
    stage.calendar.put("inv.ics", invited("DECLINED"))
    stage.pass_time(minutes=20)
    assert [one.gone for one in sessions(stage)] == [True]
    stage.now = START + timedelta(hours=1)
    stage.pass_time(minutes=20)
    assert stage.asked() == 0


def test_one_week_of_a_series_that_the_mentor_declined_is_gone_alone(stage: Stage) -> None:
    weekly = invited("ACCEPTED", lines="RRULE:FREQ=WEEKLY;COUNT=3\r\n")
    one = invited("DECLINED", start=START + WEEK, lines=f"RECURRENCE-ID:{START + WEEK:%Y%m%dT%H%M%SZ}\r\n")
    stage.calendar.put("inv.ics", weekly)
    stage.pass_time(minutes=20)
    stage.calendar.put("inv.ics", weekly.replace("END:VCALENDAR", one[one.index("BEGIN:VEVENT") :]))
    stage.pass_time(minutes=20)
    assert [one.gone for one in sessions(stage)] == [False, True, False]


def test_what_the_learner_declined_stays_a_session_until_the_mentor_says_so(stage: Stage) -> None:
    stage.calendar.put("inv.ics", invited("ACCEPTED").replace(f"ACCEPTED:mailto:{LEA}", f"DECLINED:mailto:{LEA}"))
    stage.pass_time(minutes=20)
    assert [one.gone for one in sessions(stage)] == [False]


@pytest.mark.parametrize(
    ("what", "lines", "busy"),
    [
        ("private", "CLASS:PRIVATE\r\n", 1),
        ("free time", "TRANSP:TRANSPARENT\r\n", 0),
        ("in the zone's Windows name", "", 1),
        ("floating", "", 1),
    ],
)
def test_sessions_of_every_make_are_met_at_their_hour(stage: Stage, what: str, lines: str, busy: int) -> None:
    before = len(stage.world.store.people.busy(START, START + timedelta(minutes=45)))
    whole = event("x", "Session de mentorat avec Léa Moreau", START, START + timedelta(minutes=45))
    local = f"DTSTART:{START + timedelta(hours=1):%Y%m%dT%H%M%S}\r\nDURATION:PT45M\r\n"  # winter in Paris
    if what in ("floating", "in the zone's Windows name"):
        zone = "" if what == "floating" else ";TZID=Romance Standard Time"
        whole = "\r\n".join(line for line in whole.split("\r\n") if not line.startswith(("DTSTART", "DTEND")))
        lines = local.replace("DTSTART:", f"DTSTART{zone}:")
    stage.calendar.put("x.ics", whole.replace("SUMMARY:", f"{lines}SUMMARY:"))
    stage.pass_time(minutes=20)
    assert [(one.start, one.end) for one in sessions(stage)] == [(START, START + timedelta(minutes=45))]
    assert len(stage.world.store.people.busy(START, START + timedelta(minutes=45))) == before + busy


def test_a_day_off_keeps_the_whole_day(stage: Stage) -> None:
    day = event("off", "Congé", START, START).replace(
        f"DTSTART:{START:%Y%m%dT%H%M%SZ}", f"DTSTART;VALUE=DATE:{START:%Y%m%d}"
    )
    stage.calendar.put("off.ics", "\r\n".join(line for line in day.split("\r\n") if not line.startswith("DTEND")))
    stage.pass_time(minutes=20)
    assert (START - timedelta(hours=18), START + timedelta(hours=6)) in stage.world.store.people.busy(
        START, START + WEEK
    )


# -- what is not believed (P8)


@pytest.fixture
def full(stage: Stage) -> Stage:
    for week in range(4):
        stage.session("Léa Moreau", START + week * WEEK, uid=f"s{week}")
    stage.pass_time(minutes=20)
    assert len(sessions(stage)) == 4
    return stage


def empty(stage: Stage) -> None:
    for week in range(4):
        stage.calendar.remove(f"s{week}.ics")
    stage.pass_time(minutes=20)


def test_a_calendar_that_is_suddenly_empty_cancels_nothing_and_asks_once(full: Stage) -> None:
    empty(full)
    full.live(full.now + timedelta(hours=6))
    assert not any(one.gone for one in sessions(full))
    assert full.count(EMPTIED) == 1
    full.over(START)
    assert full.asked() == 1


def test_a_single_series_that_disappears_with_all_its_sessions_is_not_believed_either(stage: Stage) -> None:
    stage.calendar.put("series.ics", series("weekly", "Session de mentorat avec Léa Moreau", 4))
    stage.pass_time(minutes=20)
    stage.calendar.remove("series.ics")
    stage.pass_time(minutes=20)
    assert not any(one.gone for one in sessions(stage))
    assert stage.count(EMPTIED) == 1


def test_yes_accepts_the_emptiness(full: Stage) -> None:
    empty(full)
    full.answer(full.last(containing=EMPTIED), "oui")
    full.pass_time(minutes=20)
    assert all(one.gone for one in sessions(full))
    assert full.world.store.sources.get("calendar").failing_since is None


def test_no_keeps_everything(full: Stage) -> None:
    empty(full)
    full.answer(full.last(containing=EMPTIED), "non")
    full.pass_time(hours=2)
    assert not any(one.gone for one in sessions(full))
    assert full.count(EMPTIED) == 1


def test_a_calendar_that_comes_back_goes_on_and_an_old_yes_accepts_no_later_emptiness(full: Stage) -> None:
    empty(full)
    asked = full.last(containing=EMPTIED)
    for week in range(4):
        full.session("Léa Moreau", START + week * WEEK, uid=f"s{week}")
    full.pass_time(hours=1)
    assert full.world.store.sources.get("calendar").halted is None
    full.answer(asked, "oui")
    empty(full)
    full.pass_time(hours=1)
    assert not any(one.gone for one in sessions(full))


def test_one_entry_that_is_deleted_is_believed(full: Stage) -> None:
    full.calendar.remove("s2.ics")
    full.pass_time(minutes=20)
    assert [one.gone for one in sessions(full)] == [False, False, True, False]


def test_a_calendar_that_is_away_cancels_nothing_and_is_told_to_the_mentor_once_after_an_hour(full: Stage) -> None:
    full.calendar.fail(TransientError("no route to the calendar"))
    full.live(full.now + timedelta(minutes=55))
    assert full.count("Je ne peux plus") == 0
    full.live(full.now + timedelta(hours=5))
    assert full.count("Je ne peux plus") == 1
    assert "no route to the calendar" in body(full.last(containing="joindre"))
    assert not any(one.gone for one in sessions(full))
    full.calendar.fail(None)
    full.live(full.now + timedelta(hours=1))
    assert full.world.store.sources.get("calendar").last_error is None


# -- entries that cannot be read


def test_an_entry_in_a_nonsense_zone_is_put_aside_while_the_others_work(stage: Stage) -> None:
    broken = event("broken", "Session de mentorat avec Léa Moreau", START, START + timedelta(hours=1))
    broken = broken.replace(f"DTSTART:{START:%Y%m%dT%H%M%SZ}", "DTSTART;TZID=Mars/Olympus:20261103T180000")
    stage.calendar.put("broken.ics", broken)
    stage.calendar.put("garbage.ics", "\x00 this is no calendar")
    stage.session("Léa Moreau", START + WEEK)
    stage.pass_time(minutes=20)
    assert len(sessions(stage)) == 1
    zone, garbage = stage.parked()
    assert "Mars/Olympus" in zone
    assert "garbage.ics" in garbage
    stage.session("Léa Moreau", START, uid="broken")
    stage.calendar.remove("garbage.ics")
    stage.pass_time(minutes=20)
    assert stage.parked() == []
    assert len(sessions(stage)) == 2


def test_an_entry_that_became_unreadable_leaves_what_was_known(full: Stage) -> None:
    full.calendar.put("s0.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n")
    full.pass_time(minutes=20)
    assert not any(one.gone for one in sessions(full))
    assert len(full.parked()) == 1


def test_the_window_of_known_sessions_moves_on_by_itself(stage: Stage) -> None:
    stage.session("Léa Moreau", MONDAY + timedelta(days=80))
    stage.pass_time(minutes=20)
    assert sessions(stage) == []
    stage.pass_time(days=30)
    assert len(sessions(stage)) == 1
