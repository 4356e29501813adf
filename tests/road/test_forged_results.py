"""What `doctor --mail` finds out on real servers: whose judgement counts, and whether a forged one would (RFC 8601)."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import authserv, config
from agent.bootstrap import memory
from agent.commands import doctor_mail
from agent.probe import Finding, Verdict
from agent.store import Store
from tests.servers.dovecot import Dovecot
from tests.servers.town import Town, assignment

NAME = "mx.example.org"
SET = f'authserv_id = "{NAME}"\n'
LEA = "lea.moreau@learner.example"


@pytest.fixture
def town(dovecot: Dovecot, tmp_path: Path) -> Iterator[Town]:
    """A mentor who has not said whose judgement counts, on a server that judges nothing."""
    with Town(dovecot, tmp_path, model=False) as place:
        text = place.settings_file.read_text(encoding="utf-8")
        place.settings_file.write_text(text.replace(SET, ""), encoding="utf-8")
        yield place


def doctor(town: Town, patience: float = 20) -> Finding:
    """What the doctor says of the mails to oneself."""
    settings = config.load(town.settings_file)
    now = datetime.now(UTC)
    (finding,) = doctor_mail.findings(settings, town.environment, now=now, patience=patience)
    return finding


def says(town: Town, name: str) -> None:
    """The mentor sets whose judgement counts."""
    text = town.settings_file.read_text(encoding="utf-8")
    town.settings_file.write_text(text.replace("[mailbox]\n", f'[mailbox]\nauthserv_id = "{name}"\n'), encoding="utf-8")


def trusted(town: Town) -> str | None:
    """Whose judgement counts from now on."""
    settings = config.load(town.settings_file)
    store: Store = memory(settings)
    try:
        return authserv.trusted(settings, store)
    finally:
        store.close()


def judging(town: Town, *, strips: bool) -> None:
    """The server judges what the mentor's own domain sends."""
    town.smtp.vouched.add("example.org")
    town.smtp.strips = strips


def test_a_server_that_judges_and_removes_forgeries_is_learnt_and_trusted(town: Town) -> None:
    judging(town, strips=True)
    found = doctor(town)
    assert (found.verdict, trusted(town)) == (Verdict.OK, NAME)
    assert "removes forged judgements" in found.text
    said = town.command("doctor", "--mail", "--patience", "20")  # asked again, as one would from a terminal
    assert "removes forged judgements" in said
    assert "keeps forged ones out" in said


def test_a_server_that_judges_above_a_forgery_is_trusted_and_the_mentor_is_told(town: Town) -> None:
    judging(town, strips=False)
    found = doctor(town)
    assert (found.verdict, trusted(town)) == (Verdict.NOTE, NAME)
    assert "leaves in the mail" in found.text


def test_a_server_that_judges_nothing_teaches_no_name(town: Town) -> None:
    found = doctor(town)
    assert (found.verdict, trusted(town)) == (Verdict.NOTE, None)
    assert "adds no Authentication-Results" in found.text


def test_a_server_that_lets_a_forgery_through_is_believed_no_more_until_it_is_mended(town: Town) -> None:
    says(town, NAME)
    found = doctor(town)
    assert (found.verdict, trusted(town)) == (Verdict.WRONG, None)
    assert "RFC 8601" in found.remedy
    world = town.world()
    town.settle(world)
    send_forged_assignment(town)
    town.settle(world)
    assert town.letters(LEA) == []  # the mentor is asked first
    assert town.question("À confirmer")
    world.store.close()
    judging(town, strips=True)
    assert (doctor(town).verdict, trusted(town)) == (Verdict.OK, NAME)


def test_a_wrong_name_in_the_settings_is_told_with_the_right_one(town: Town) -> None:
    judging(town, strips=True)
    says(town, "mx.other.example")
    found = doctor(town)
    assert found.verdict is Verdict.WRONG
    assert NAME in found.remedy
    assert trusted(town) is None  # anybody could write in that name


def test_a_mail_that_does_not_come_back_changes_nothing(town: Town) -> None:
    town.dovecot.addresses.discard(town.account.address)  # what is sent goes elsewhere
    found = doctor(town, patience=1)
    assert (found.verdict, trusted(town)) == (Verdict.NOTE, None)
    assert "did not come back" in found.text


def test_the_agent_takes_no_notice_of_the_doctor_s_mails(town: Town) -> None:
    judging(town, strips=True)
    world = town.world()
    town.settle(world)
    before = len(town.smtp.accepted)
    doctor(town)
    town.settle(world)
    assert len(town.smtp.accepted) == before + 2
    assert world.store.parking.all() == []
    world.store.close()


def send_forged_assignment(town: Town) -> None:
    """From somewhere else, with the server's own judgement on it already."""
    mail = assignment("Léa Moreau", LEA, town.account.address, datetime.now(UTC))
    forged = f"Authentication-Results: {NAME}; dmarc=pass header.from=school.example\r\n".encode()
    with smtplib.SMTP(town.smtp.host, town.smtp.port, timeout=30) as smtp:
        smtp.sendmail("eve@evil.test", [town.account.address], forged + mail.as_bytes())
