"""`rehearse`: the command that shows the past, day by day."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from agent.commands.common import clock
from tests.commands.conftest import Run
from tests.commands.places import MENTOR, options
from tests.papers import ASSIGNMENT, event


def lived(folder: Path, run: Run) -> None:
    """Ten days ago the school assigned Léa; a week ago there was a session; nobody wrote to her."""
    assert run(*options(folder)).exit_code == 0
    mail = EmailMessage()
    mail["From"] = "École Exemple <attribution@school.example>"
    mail["To"] = MENTOR
    mail["Subject"] = "Nouvel étudiant : Léa Moreau"
    mail["Message-ID"] = "<assigned@school.example>"
    mail["Date"] = clock() - timedelta(days=10)
    mail.set_content(ASSIGNMENT.format(name="Léa Moreau", address="lea.moreau@learner.example"))
    file = folder / "Mail" / "cur" / "1.host:2,S"
    file.write_bytes(mail.as_bytes())
    arrived = (clock() - timedelta(days=10)).timestamp()
    os.utime(file, (arrived, arrived))  # a maildir's time of arrival
    start = clock() - timedelta(days=7)
    text = event("s", "Session de mentorat avec Léa Moreau", start, start + timedelta(minutes=45))
    (folder / "sessions" / "s.ics").write_text(text, encoding="utf-8")


def since(days: int) -> str:
    return f"{clock() - timedelta(days=days):%Y-%m-%d}"


def test_the_days_show_what_would_have_been_sent_asked_and_reminded(run: Run, tmp_path: Path) -> None:
    lived(tmp_path, run)
    done = run("rehearse", "--since", since(12))
    assert done.exit_code == 0, done.output
    for word in ("sent      to lea.moreau@learner.example", "asked", "reminded", "First contacts", "In all:"):
        assert word in done.output


def test_json_holds_every_letter_with_its_rule_and_the_deadlines(run: Run, tmp_path: Path) -> None:
    lived(tmp_path, run)
    done = run("rehearse", "--since", since(12), "--json")
    told = json.loads(done.stdout)
    assert {"R01", "R07"} <= {letter["rule"] for letter in told["letters"]}
    assert [contact["learner"] for contact in told["contacts"]] == ["Léa Moreau"]
    assert told["sessions"] == 1


def test_nothing_is_kept_or_sent(run: Run, tmp_path: Path) -> None:
    lived(tmp_path, run)
    run("rehearse", "--since", since(12))
    outgoing = tmp_path / "outgoing"
    assert [path for path in outgoing.rglob("*") if path.is_file()] == []
    assert json.loads(run("learners", "--json").stdout) == []


def test_a_day_to_come_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    lived(tmp_path, run)
    done = run("rehearse", "--since", since(-2))
    assert done.exit_code == 2
    assert "a day in the last 400 days" in done.output
