"""What the school writes beside assignments: believed when proven, put aside when it is not clear."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.model import Matter, Party, Situation
from tests.stage import MENTOR, MONDAY, PARIS, QUIET, Stage
from tests.stories import LEA, START, missed

JUSTIFIED = "Bonjour,\n\nL'absence de {name} est justifiée jusqu'au 12/12.\n\nLe conseiller pédagogique"


def writes(stage: Stage, subject: str, text: str, *, proven: bool = True, ident: str = "notice") -> None:
    mail = EmailMessage()
    mail["From"] = "École Exemple <conseil@school.example>"
    mail["To"] = MENTOR
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{ident}@school.example>"
    mail.set_content(text)
    stage.arrives(mail, "school.example" if proven else None)
    stage.tick()


def known(stage: Stage) -> list[Situation]:
    return stage.world.store.situations.between(MONDAY - timedelta(days=1), stage.now + timedelta(days=1))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, {"rules": {**QUIET, "R11": "auto"}})
    stage.tick()
    return stage


def test_an_advisor_s_justification_excuses_the_latest_absence_and_what_follows(stage: Stage) -> None:
    missed(stage, "absente")
    writes(stage, "Absence justifiée", JUSTIFIED.format(name="Léa Moreau"))
    (found,) = known(stage)
    assert (found.matter, found.by, found.learner_id) == (Matter.JUSTIFIED, Party.SCHOOL, 1)
    assert found.since is not None
    assert found.since <= START
    assert found.until == datetime(2026, 12, 13, tzinfo=PARIS)


def test_a_justification_withdraws_the_alert_that_was_only_drafted(stage: Stage) -> None:
    missed(stage)
    assert stage.count("À approuver") == 1
    writes(stage, "Absence justifiée", JUSTIFIED.format(name="Léa Moreau"))
    stage.pass_time(days=4)
    assert stage.mails("support@school.example") == []


def test_a_justification_that_nobody_vouches_for_is_put_aside(stage: Stage) -> None:
    missed(stage, "absente")
    writes(stage, "Absence justifiée", JUSTIFIED.format(name="Léa Moreau"), proven=False)
    assert known(stage) == []
    assert any("not believed" in line for line in stage.parked())


def test_a_justification_of_somebody_unknown_or_of_two_is_put_aside(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Léa Petit", "lea.petit@learner.example")
    stage.tick()
    writes(stage, "Absence justifiée", JUSTIFIED.format(name="Léa"))
    writes(stage, "Absence justifiée", JUSTIFIED.format(name="Inès Lambert"), ident="other")
    assert known(stage) == []
    assert [("several" in line, "no learner" in line) for line in stage.parked()] == [(True, False), (False, True)]


def test_a_justification_with_both_its_days_holds_between_them(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    text = "L'absence de Léa Moreau est justifiée du 9 novembre au 20 novembre."
    writes(stage, "Absence justifiée", text)
    (found,) = known(stage)
    assert (found.since, found.until) == (datetime(2026, 11, 9, tzinfo=PARIS), datetime(2026, 11, 21, tzinfo=PARIS))


def test_the_same_notice_twice_is_one(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    for _ in range(2):
        writes(stage, "Absence justifiée", JUSTIFIED.format(name="Léa Moreau"))
    assert len(known(stage)) == 1


def test_an_absence_that_the_school_announces_is_known_of_the_session_of_that_day(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", START)
    stage.tick()
    writes(stage, "Absence annoncée", "Léa Moreau sera absente le mardi 3 novembre.")
    (found,) = known(stage)
    assert (found.matter, found.session_id, found.since) == (Matter.ANNOUNCED, 1, START)


def test_an_absence_on_a_day_without_a_session_is_put_aside(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    writes(stage, "Absence annoncée", "Léa Moreau sera absente le mardi 3 novembre.")
    assert known(stage) == []
    assert any("not clear" in line for line in stage.parked())


def test_an_approved_extra_session_holds_for_its_week(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    text = "La session supplémentaire avec Léa Moreau est approuvée pour la semaine du 9 novembre."
    writes(stage, "Session supplémentaire", text)
    (found,) = known(stage)
    assert found.matter is Matter.EXTRA_APPROVED
    assert (found.since, found.until) == (datetime(2026, 11, 9, tzinfo=PARIS), datetime(2026, 11, 16, tzinfo=PARIS))


def test_the_english_notices_are_read_as_well(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    text = "Hello,\n\nThe absence of Léa Moreau is justified until 12 December.\n\nThe advisor"
    writes(stage, "Absence justified", text)
    (found,) = known(stage)
    assert found.until == datetime(2026, 12, 13, tzinfo=PARIS)


def test_an_answer_that_quotes_a_notice_is_none(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    writes(stage, "Re: Absence justifiée", JUSTIFIED.format(name="Léa Moreau"))
    assert known(stage) == []
