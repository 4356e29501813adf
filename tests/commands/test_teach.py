"""`teach`: one real sample becomes a recogniser that is shown, tried on everything else, and saved when confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from agent.commands.common import clock
from tests.commands.conftest import Run
from tests.commands.places import MENTOR, options
from tests.papers import event

ASSIGNMENT = """Bonjour Claire,

Votre candidature a été retenue ! {name} rejoint votre liste à partir du 23/11.
Pour la joindre : {address} ou 06 12 34 56 78.
Elle suit
    {path}
et commence par « Nettoyez un jeu de données » (prise en charge par un OPCO).
Voir https://ecole.example/dash/8f7d9s8f7sd98f?token=abc
"""
VALUES = {
    "name": "Inès Lambert",
    "address": "ines.lambert@learner.example",
    "path": "Data Analyst",
    "project": "Nettoyez un jeu de données",
    "funding": "prise en charge par un OPCO",
}


def written(name: str, address: str, path: str, number: int = 1) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "École <attributions@school.example>"
    mail["To"] = MENTOR
    mail["Subject"] = f"Bonne nouvelle, vous suivez désormais {name} (n° {number})"
    mail["Message-ID"] = f"<{number}@school.example>"
    mail["Date"] = clock() - timedelta(hours=number)
    mail.set_content(ASSIGNMENT.format(name=name, address=address, path=path))
    return mail


@pytest.fixture
def sample(tmp_path: Path, run: Run) -> Path:
    """A place that is set up, and the school's real mail, which no shipped pattern knows."""
    assert run(*options(tmp_path)).exit_code == 0
    file = tmp_path / "sample.eml"
    file.write_bytes(written("Inès Lambert", "ines.lambert@learner.example", "Data Analyst").as_bytes())
    return file


def received(folder: Path, mail: EmailMessage, number: int) -> None:
    (folder / "Mail" / "cur" / f"{number}.host:2,S").write_bytes(mail.as_bytes())


def typed(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--value", f"{name}={value}")]


def test_a_taught_assignment_is_recognised_in_the_next_learner_s_mail(run: Run, tmp_path: Path, sample: Path) -> None:
    done = run("teach", str(sample), "--kind", "assignment", *typed(VALUES), "--yes")
    assert done.exit_code == 0, done.output
    received(tmp_path, written("Tom Petit", "tom.petit@learner.example", "Développeur web", 2), 2)
    assert run("run", "--once").exit_code == 0
    found = run("learners", "--json").output
    assert '"Tom Petit"' in found
    assert '"tom.petit@learner.example"' in found


def test_what_else_in_the_mailbox_it_would_match_is_shown_before_it_is_saved(
    run: Run, tmp_path: Path, sample: Path
) -> None:
    received(tmp_path, written("Tom Petit", "tom.petit@learner.example", "Développeur web", 2), 2)
    done = run("teach", str(sample), "--kind", "assignment", *typed(VALUES), answers=["n"])
    assert "Tom Petit" in done.output
    assert "Nothing was saved" in done.output
    assert not (tmp_path / "recognisers.toml").exists()


def test_the_values_are_asked_for_and_guesses_are_offered(run: Run, tmp_path: Path, sample: Path) -> None:
    answers = ["assignment", "Inès Lambert", "", "Data Analyst", "", "", "y"]
    done = run("teach", str(sample), answers=answers)
    assert "[ines.lambert@learner.example]" in done.output  # the one address in it
    assert "Saved in" in done.output
    assert 'recognisers = "recognisers.toml"' in (tmp_path / "agent.toml").read_text(encoding="utf-8")


def test_a_value_that_does_not_stand_in_the_sample_is_refused(run: Run, sample: Path) -> None:
    done = run("teach", str(sample), "--kind", "assignment", *typed({**VALUES, "name": "Ines Lambert"}), "--yes")
    assert done.exit_code == 1
    assert "does not stand in the sample" in done.output


def test_an_address_is_needed_for_an_assignment(run: Run, sample: Path) -> None:
    done = run("teach", str(sample), "--kind", "assignment", "--value", "name=Inès Lambert", "--value", "address=")
    assert done.exit_code == 1


def test_a_taught_event_finds_its_learner_and_shows_the_other_entries(run: Run, tmp_path: Path, sample: Path) -> None:
    run("learners", "add", "Inès Lambert", "ines.lambert@learner.example")
    start = clock() + timedelta(days=1)
    for uid, summary in (("a", "Visio | Inès L. | Data Analyst"), ("b", "Visio | Tom P. | Web"), ("c", "Dentiste")):
        text = event(uid, summary, start, start + timedelta(minutes=45))
        (tmp_path / "sessions" / f"{uid}.ics").write_text(text, encoding="utf-8")
    done = run("teach", str(tmp_path / "sessions" / "a.ics"), "--value", "learner=Inès L.", "--yes")
    assert done.exit_code == 0, done.output
    assert "Inès Lambert" in done.output
    assert "nobody known" in done.output  # Tom P.
    assert "Dentiste" not in done.output
    assert run("run", "--once").exit_code == 0
    assert "Visio | Inès L." in run("status").output.replace("\n", " ") or "Inès" in run("status", "--json").output


def test_a_taught_justification_names_the_learner_and_the_day(run: Run, tmp_path: Path, sample: Path) -> None:
    run("learners", "add", "Inès Lambert", "ines.lambert@learner.example")
    mail = EmailMessage()
    mail["From"] = "Conseil <conseil@school.example>"
    mail["To"] = MENTOR
    mail["Subject"] = "Note au tableau de bord de Inès Lambert"
    mail["Message-ID"] = "<note@school.example>"
    mail["Date"] = clock()
    mail.set_content("Bonjour,\n\nInès Lambert nous a fourni un justificatif, elle reprendra après le 12/12.\n")
    file = tmp_path / "note.eml"
    file.write_bytes(mail.as_bytes())
    values = {"learner": "Inès Lambert", "until": "12/12"}
    done = run("teach", str(file), "--kind", "justification", *typed(values), "--yes")
    assert done.exit_code == 0, done.output
    received(tmp_path, mail, 7)
    assert run("run", "--once").exit_code == 0
    explained = run("explain", "Inès").output
    assert "justified" in explained


def test_an_anonymised_copy_names_nobody_and_leads_nowhere(run: Run, tmp_path: Path, sample: Path) -> None:
    copy = tmp_path / "share.eml"
    run("teach", str(sample), "--kind", "assignment", *typed(VALUES), "--anonymise", str(copy), answers=["n"])
    mail = message_from_bytes(copy.read_bytes(), policy=default)
    text = str(mail) + str(mail.get_content())
    for secret in ("Inès", "Lambert", "ines.lambert", "06 12", "token", "8f7d9s", MENTOR, "Claire"):
        assert secret not in text
    assert "Data Analyst" in text  # what a recogniser needs stays
    assert "Votre candidature a été retenue" in text


def test_an_anonymised_event_keeps_its_times_and_shape(run: Run, tmp_path: Path, sample: Path) -> None:
    start = datetime.fromisoformat("2026-12-01T17:00:00+00:00")
    text = event("77-secret", "Visio | Inès Lambert | Data Analyst", start, start + timedelta(minutes=45))
    file, copy = tmp_path / "one.ics", tmp_path / "share.ics"
    file.write_text(text.replace("STATUS:", "ATTENDEE:mailto:ines@learner.example\r\nSTATUS:"), encoding="utf-8")
    run("teach", str(file), "--value", "learner=Inès Lambert", "--anonymise", str(copy), answers=["n"])
    shared = copy.read_text(encoding="utf-8")
    assert "DTSTART:20261201T170000Z" in shared
    assert "Inès" not in shared
    assert "77-secret" not in shared
    assert "ATTENDEE" not in shared
    assert shared.count("UID:") == 1
