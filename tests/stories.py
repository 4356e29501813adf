"""The beginnings that several stories share: a learner, a session, its question, its draft, two absences."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from tests.stage import MONDAY, Stage

LEA = "lea.moreau@learner.example"
TOM = "tom.petit@learner.example"
WEEK = timedelta(weeks=1)
START = MONDAY + timedelta(days=1, hours=9)  # Tuesday 18:00 in Paris
END = START + timedelta(minutes=45)
DEADLINE = END + timedelta(hours=48)
UID = "Léa-Moreau-20261103T1700"
NOTES = "Nous avons revu les jointures SQL. Elle bloque sur les index. Pour la prochaine fois : finir l'exercice 3."
REPORT = "R07/report/1"

# How the subjects of the mails to the mentor begin, or what stands in them.
ASKED = "passée la session"
DRAFT = "À relire"
READY = "Compte rendu prêt"
TO_APPROVE = "À approuver"
GIVEN_BACK = "Je n"


def settled(folder: Path, **changes: object) -> Stage:
    """An agent that has been greeted."""
    stage = Stage(folder, dict(changes))
    stage.tick()
    return stage


def met(stage: Stage, start: datetime = START) -> Stage:
    """A learner who was written to, and a session to come."""
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", start)
    stage.pass_time(minutes=5)
    return stage


def drafted(stage: Stage, notes: str = NOTES) -> EmailMessage:
    """The draft that the mentor is shown after answering with notes."""
    stage.answer(stage.over(START), notes)
    stage.pass_time(minutes=5)
    return stage.last(containing=DRAFT)


def kept(stage: Stage) -> list[str]:
    """The reports that were handed over, as their files."""
    folder = stage.folder / "state" / "reports"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())] if folder.exists() else []


def missed(stage: Stage, *answers: str) -> None:
    """Weekly sessions that the mentor answers so; two absences without any. Stops just after the last answer."""
    stage.school_assigns("Léa Moreau", LEA)
    for week, text in enumerate(answers or ("absente", "absente")):
        stage.session("Léa Moreau", START + week * WEEK)
        stage.pass_time(minutes=5)
        stage.answer(stage.over(START + week * WEEK), text)
        stage.pass_time(minutes=5)
