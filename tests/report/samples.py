"""Invented people and notes for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.model import Brief, Language, Report, Section, Sentence, SessionStatus

NOTES_FR = """Bonjour,

- revu les jointures SQL -> ok maintenant
- lea bloque sur GROUP BY, pb de compréhension des agrégats
- conseillé la doc https://sql.example/cours/group-by
Prochaine fois : finir la partie 2 du projet 5 (80%)

Merci
"""
NOTES_EN = """Hi,

* went over the pull request together
* she is stuck on the tests: they don't run on her machine
* read the chapter on fixtures, https://docs.example/fixtures

Next time:
1. finish the login page
2. submit a draft by Friday
"""

_BRIEF = Brief(
    language=Language.FR,
    first_name="Léa",
    status=SessionStatus.COMPLETED,
    start=datetime(2026, 3, 10, 17, 0, tzinfo=UTC),
    end=datetime(2026, 3, 10, 17, 45, tzinfo=UTC),
    timezone="Europe/Paris",
    notes=NOTES_FR,
    project="Analysez des ventes",
    mentor_name="Camille Roy",
    known_names=("Léa Martin", "Karim Benali", "Camille Roy"),
)


def brief(notes: str = NOTES_FR, **changes: Any) -> Brief:
    """A completed session of Léa's, 10 March 2026, 18:00 to 18:45 in Paris."""
    return replace(_BRIEF, notes=notes, **changes)


def said(report: Report) -> dict[str, list[str]]:
    """Title -> what stands below it."""
    return {section.title: [s.text for s in section.sentences] for section in report.sections}


def report(*sentences: tuple[str, str | None]) -> Report:
    """A report with these (text, source) in one section."""
    return Report((Section("Travail", tuple(Sentence(text, source) for text, source in sentences)),), "model")
