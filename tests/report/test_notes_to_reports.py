"""Notes as mentors scribble them, each beside the report that the built-in writer makes of it, to be read and signed.

tests/report/notes holds them: "fr_..." and "en_..." by the language of the notes. After a change that is meant, write
the reports anew with `python -m tests.report.test_notes_to_reports` and read every line that changed.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.model import Brief, Language
from agent.report.builtin import BuiltinWriter
from agent.report.grounding import check
from agent.report.kept import goals
from agent.report.render import as_text
from agent.report.text import canonical
from tests.report.samples import brief

FOLDER = Path(__file__).parent / "notes"
REPORT = ".report.txt"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt") if not path.name.endswith(REPORT))
OTHER_LANGUAGE = {"fr_26_report_in_english": Language.EN, "en_07_report_in_french": Language.FR}
LAST_GOALS = {
    "fr_12_goals_met": ("Rendre le projet 4.", "Lire l’énoncé du projet 5."),
    "fr_13_goals_mixed": (
        "Finir l’exercice 3.",
        "Rédiger le README.",
        "Enregistrer la vidéo de présentation.",
        "Lire le chapitre 7.",
    ),
    "en_05_progress": ("Finish exercise 3.", "Draft the plan."),
}
NEXT = datetime(2026, 3, 17, 17, 0, tzinfo=UTC)


def given(name: str) -> Brief:
    """Léa's session with these notes."""
    language = OTHER_LANGUAGE.get(name, Language(name[:2]))
    notes = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    last = LAST_GOALS.get(name, ())
    return brief(notes, language=language, last_goals=last, last_progress=40, next_session=NEXT if last else None)


def text_of(name: str) -> str:
    """The report as it is pasted, and below it what the mentor is told."""
    told = given(name)
    report = BuiltinWriter().write(told)
    note = f"\n({report.fallback})\n" if report.fallback else ""
    return as_text(report, told.language) + note


def test_there_are_notes_of_every_kind() -> None:
    assert len(NAMES) >= 25
    assert {name[:2] for name in NAMES} == set(Language)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_the_one_that_was_read_and_found_fit_to_sign(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}{REPORT}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_check_has_nothing_to_say_against_it(name: str) -> None:
    told = given(name)
    assert [(s.text, s.doubt) for s in check(BuiltinWriter().write(told), told).doubts] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_sentence_shows_its_place_in_the_notes(name: str) -> None:
    told = given(name)
    notes = canonical(told.notes)
    sentences = [s for section in BuiltinWriter().write(told).sections for s in section.sentences]
    from_notes = [s for s in sentences if not (s.source or "").startswith("fact:")]
    assert from_notes
    assert all(notes[s.start : s.end].split() == (s.source or "").split() for s in from_notes)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OTHER_LANGUAGE])
def test_no_report_speaks_in_the_first_or_second_person(name: str) -> None:
    words = set(text_of(name).lower().replace("’", " ").replace("'", " ").split())
    assert not words & {"je", "j", "tu", "nous", "mon", "ton", "i", "we", "my", "our", "you"}


def test_the_goals_of_a_kept_report_are_read_again_for_the_next_one() -> None:
    assert goals(text_of("fr_08_list_done")) == ("Finir la conclusion.", "Répéter la soutenance 2 fois.")
    assert goals(text_of("en_01_shorthand")) == ("Finish exercise 4 and write tests.",)


def test_it_takes_milliseconds() -> None:
    told = [given(name) for name in NAMES]
    writer = BuiltinWriter()
    started = time.perf_counter()
    for one in told:
        writer.write(one)
    assert (time.perf_counter() - started) / len(told) < 0.05


if __name__ == "__main__":
    for one in NAMES:
        (FOLDER / f"{one}{REPORT}").write_text(text_of(one), encoding="utf-8")
