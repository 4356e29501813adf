"""A mentor at another school changes three files and no code: Northgate Academy, English and invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.model import Audience, Language, Matter, Party, Proof
from agent.store import NewSituation
from tests.papers import body, event
from tests.stage import MENTOR, Stage

NORTHGATE = Path(__file__).parent / "schools" / "northgate"
MAYA = "maya.singh@learner.example"
COACHES = "coaches@campus.northgate.example"
FILES = {name: str(NORTHGATE / f"{name}.toml") for name in ("guidelines", "responsibility_matrix", "recognisers")}
LONDON = {"name": "Claire Martin", "address": MENTOR, "timezone": "Europe/London", "language": "en"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    school = {"domains": ["campus.northgate.example"], "support": COACHES}
    stage = Stage(tmp_path, {"rules": {}, "mentor": LONDON, "school": school, **FILES})
    stage.tick()
    return stage


def matched(stage: Stage) -> datetime:
    """The academy's mail; when it came."""
    mail = EmailMessage()
    mail["From"] = "Northgate <matching@campus.northgate.example>"
    mail["To"] = MENTOR
    mail["Subject"] = "You have been matched"
    mail["Message-ID"] = "<match@campus.northgate.example>"
    mail.set_content(f"Hello Claire,\n\nmeet Maya Singh ({MAYA}), who is studying Data Engineering.\n")
    stage.arrives(mail, "campus.northgate.example")
    at = stage.now
    stage.tick()
    return at


def missed_calls(stage: Stage, count: int) -> datetime:
    """Weekly calls that the mentor marks as missed; the end of the last one."""
    end = stage.now
    for week in range(count):
        start = datetime(2026, 11, 3, 10, 0, tzinfo=stage.now.tzinfo) + timedelta(weeks=week)
        end = start + timedelta(hours=1)
        stage.calendar.put(f"{week}.ics", event(f"call-{week}", "Call / Maya Singh", start, end))
        stage.pass_time(minutes=5)
        stage.now = end
        stage.pass_time(minutes=1)
        stage.answer(stage.last(containing="how did the session"), "absent")
        stage.pass_time(minutes=5)
    return end


def reported(stage: Stage, matter: Matter, words: str) -> None:
    new = NewSituation(f"test/{matter}", matter, stage.now, Party.MENTOR, words, Proof.COMMAND, learner_id=1)
    stage.world.store.situations.add(new)
    stage.tick()


def test_the_academy_s_mail_is_recognised_and_answered_in_english_with_two_slots_of_an_hour(stage: Stage) -> None:
    matched(stage)
    (learner,) = stage.world.store.people.all()
    assert (learner.name, learner.address, learner.language) == ("Maya Singh", MAYA, Language.EN)
    letter = body(stage.last(MAYA))
    assert "Data Engineering" in letter
    assert "2. " in letter
    assert "3. " not in letter
    assert "60" in letter


def test_the_first_contact_is_due_within_its_24_hours(stage: Stage) -> None:
    stage.restart(rules={"R01": "approve"})
    at = matched(stage)
    assert stage.request("R01/first-contact/1").deadline == at + timedelta(hours=24)


def test_a_report_is_due_within_72_hours_and_reminded_of_twice(stage: Stage) -> None:
    matched(stage)
    start = datetime(2026, 11, 3, 10, 0, tzinfo=stage.now.tzinfo)
    stage.calendar.put("0.ics", event("call", "Call / Maya Singh", start, start + timedelta(hours=1)))
    stage.live(start + timedelta(days=5))
    assert stage.count("Reminder") == 2
    (asked,) = [r for r in stage.world.store.requests.all() if r.key.startswith("R07/session/")]
    assert asked.deadline == start + timedelta(hours=73)


def test_two_missed_calls_are_no_alert_there_and_three_are(stage: Stage) -> None:
    matched(stage)
    missed_calls(stage, 2)
    assert [r.rule for r in stage.world.store.requests.all() if r.key.startswith("R10/")] == []
    end = missed_calls(stage, 3)
    (alert,) = [r for r in stage.world.store.requests.all() if r.key.startswith("R10/alert")]
    assert alert.not_before == end + timedelta(hours=24)


def test_illness_is_the_mentor_s_to_report_there_and_thoughts_of_leaving_are_the_learner_s(stage: Stage) -> None:
    matched(stage)
    reported(stage, Matter.ILLNESS, "Maya is ill until Monday")
    reported(stage, Matter.DROPOUT, "Maya thinks of giving up")
    letters = {r.rule: r for r in stage.world.store.requests.all() if r.key.split("/")[0] in {"R15", "R19", "R20"}}
    assert {rule: request.audience for rule, request in letters.items()} == {
        "R19": Audience.SUPPORT,
        "R20": Audience.LEARNER,
    }
    assert "the thought of leaving" in letters["R20"].version.text


def test_an_excuse_in_the_academy_s_words_is_understood(stage: Stage) -> None:
    matched(stage)
    mail = EmailMessage()
    mail["From"] = "Coaches <coaches@campus.northgate.example>"
    mail["To"] = MENTOR
    mail["Subject"] = "Excused: a learner of yours"
    mail["Message-ID"] = "<excused@campus.northgate.example>"
    mail.set_content("Hello,\n\nMaya Singh is excused until 20 November.\n")
    stage.arrives(mail, "campus.northgate.example")
    stage.tick()
    (found,) = stage.world.store.situations.of_learner(1, stage.now - timedelta(days=1))
    assert (found.matter, found.by) == (Matter.JUSTIFIED, Party.SCHOOL)


def test_every_word_the_mentor_and_the_coaches_read_is_english(stage: Stage) -> None:
    matched(stage)
    missed_calls(stage, 3)
    stage.pass_time(days=2)
    french = (" vous ", " votre ", " apprenant", " avant ", " jusqu", " école")
    for sent in stage.mails(MENTOR) + stage.mails(MAYA) + stage.mails(COACHES):
        text = body(sent).lower().replace("répondez au-dessus de cette ligne", "")
        assert [word for word in french if word in text] == []


def test_the_digest_comes_on_friday_afternoon_there(stage: Stage) -> None:
    matched(stage)
    stage.live(datetime(2026, 11, 14, 0, 0, tzinfo=stage.now.tzinfo))
    digests = [row for key in ("R27/digest/2026-W45", "R27/digest/2026-W46") if (row := stage.row(key))]
    assert {row.created_at.strftime("%a %H") for row in digests if row.created_at} == {"Fri 16"}


def test_the_files_of_the_academy_hold_every_rule(stage: Stage) -> None:
    law = stage.world.rules.law(stage.now)
    assert len(law) == 29
    assert all(clause.section.startswith("Handbook") for clause in law.values())
    assert stage.world.clause("R01", stage.now).text["fr"] == stage.world.clause("R01", stage.now).text["en"]
