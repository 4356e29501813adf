"""A report as the mentor reads it and as it is pasted."""

from __future__ import annotations

from agent.model import Language, Report, Section, Sentence
from agent.report.render import as_markdown, as_text, without_marks

REPORT = Report(
    (
        Section(
            "Travail", (Sentence("Vu SQL.", "vu SQL"), Sentence("Vu 3 tables.", "vu 2 tables", "nombre [3] absent"))
        ),
        Section("Objectifs", (Sentence("Lire a_b* sur https://d.example/a_b.", "lire"),)),
    ),
    "model",
)


def test_the_text_to_paste_has_titles_and_lines_and_no_marks() -> None:
    assert as_text(REPORT, Language.FR) == (
        "Travail\n- Vu SQL.\n- Vu 3 tables.\n\nObjectifs\nLire a_b* sur https://d.example/a_b.\n"
    )


def test_the_mentor_sees_what_must_be_looked_at_at_the_end_of_its_line() -> None:
    assert "- Vu 3 tables. [à vérifier\u00a0: nombre (3) absent]\n" in as_text(REPORT, Language.FR, marks=True)
    assert "- Vu 3 tables. [to check: nombre (3) absent]\n" in as_text(REPORT, Language.EN, marks=True)


def test_marks_come_out_again_once_they_were_looked_at() -> None:
    for language in Language:
        marked = as_text(REPORT, language, marks=True)
        assert marked != as_text(REPORT, language)
        assert without_marks(marked, language) == as_text(REPORT, language)


def test_markdown_keeps_links_and_escapes_what_would_be_markup() -> None:
    assert as_markdown(REPORT, Language.FR) == (
        "## Travail\n\n- Vu SQL.\n- Vu 3 tables.\n\n## Objectifs\n\n- Lire a\\_b\\* sur https://d.example/a_b.\n"
    )
