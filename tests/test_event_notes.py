"""Notes in the appointment itself: the mentor's own lines below a marker, and never the platform's text."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.event_notes import below_marker
from tests.papers import event
from tests.stage import Stage, body
from tests.stories import DRAFT, GIVEN_BACK, START, met

PLATFORM = "Rejoindre la session : https://visio.school.example/abc\\nPréparez vos questions."
NOTES = "Revu les jointures SQL.\\nProchaine fois : finir la partie 2."
ENTRY = "notes-entry"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


def described(stage: Stage, description: str, rule: str = "") -> None:
    """The session's entry with this description (RFC 5545 text), and a recurrence rule if given."""
    href, uid = next((item.href, item.ics.split("UID:")[1].split()[0]) for item in stage.world.store.objects())
    entry = event(uid, "Session de mentorat avec Léa Moreau", START, START + timedelta(minutes=45))
    extra = f"DESCRIPTION:{description}\r\n{rule}END:VEVENT"
    stage.calendar.put(href, entry.replace("END:VEVENT", extra))


def test_a_session_that_went_well_is_reported_from_the_notes_in_its_appointment(stage: Stage) -> None:
    question = stage.over(START)
    described(stage, f"{PLATFORM}\\n\\nNotes :\\n{NOTES}")
    stage.pass_time(minutes=20)
    stage.answer(question, "statut : réalisée")
    stage.pass_time(minutes=5)
    draft = body(stage.last(containing=DRAFT))
    assert "jointures SQL" in draft
    assert "visio" not in draft
    assert "questions" not in draft.split("jointures")[1].split("partie 2")[0]


def test_notes_in_the_answer_count_and_not_those_in_the_appointment(stage: Stage) -> None:
    question = stage.over(START)
    described(stage, f"Notes : {NOTES}")
    stage.pass_time(minutes=20)
    stage.answer(question, "statut : réalisée\n\nTravaillé sur les boucles Python avec des exemples.")
    stage.pass_time(minutes=5)
    assert "jointures" not in body(stage.last(containing=DRAFT))


def test_the_platform_s_text_is_no_notes(stage: Stage) -> None:
    question = stage.over(START)
    described(stage, PLATFORM)
    stage.pass_time(minutes=20)
    stage.answer(question, "statut : réalisée")
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 0
    assert "notes" in body(stage.last(containing=GIVEN_BACK))


@pytest.mark.parametrize(
    ("description", "notes"),
    [
        ("Texte\nNotes :\nVu SQL.\nBloque sur GROUP BY.", "Vu SQL.\nBloque sur GROUP BY."),
        ("Texte\n**Mes notes**\nVu SQL.", "Vu SQL."),
        ("notes: Vu SQL.\nPuis Git.", "Vu SQL.\nPuis Git."),
        ("## Notes de la session\n\nVu SQL.", "Vu SQL."),
        ("My notes:\nSQL.", "SQL."),
        ("Prenez des notes :\nrien", ""),
        ("Les notes de la session sont ici : https://x.example", ""),
        ("Notes de frais et autres documents", ""),
        ("", ""),
        ("Vu SQL.", ""),
    ],
)
def test_only_what_stands_below_a_marker_counts(description: str, notes: str) -> None:
    assert below_marker(description) == notes
