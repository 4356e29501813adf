"""Reading the mentor's answer to "how did the session go?" (R08). An absence starts letters: it is never guessed."""

from __future__ import annotations

import pytest

from agent.model import SessionStatus
from agent.understand.mail import Attachment
from agent.understand.session_answer import SessionAnswer, read_session_answer, vtt_text
from agent.understand.verdict import Doubt
from tests.understand.material import WORDS

VTT = """WEBVTT - cours

NOTE ceci n'est pas dit

1
00:00:01.000 --> 00:00:04.000 align:start
<v Claire Martin>Bonjour <b>Zoé</b></v>

2
00:05.000 --> 00:06.000
il était absent hier
"""


def read(text: str, *files: Attachment) -> SessionAnswer:
    """The answer with this text and these files."""
    return read_session_answer(text, files, WORDS)


def file(name: str, text: str | None) -> Attachment:
    """A text file."""
    return Attachment(name, "text/plain", text, len(text or ""))


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("réalisée", SessionStatus.COMPLETED),
        ("completed", SessionStatus.COMPLETED),
        ("absent", SessionStatus.ABSENT),
        ("annulée", SessionStatus.CANCELLED),
        ("cancelled", SessionStatus.CANCELLED),
        ("annulée tardivement", SessionStatus.CANCELLED_LATE),
        ("cancelled late", SessionStatus.CANCELLED_LATE),
        ("déplacée", SessionStatus.MOVED),
        ("moved", SessionStatus.MOVED),
    ],
)
def test_a_button_gives_its_status_and_the_notes_below(label: str, status: SessionStatus) -> None:
    assert read(f"statut : {label}") == SessionAnswer(status)
    assert read(f"Status: {label}\n\nNotes :\nProjet 3\nabsent mardi") == SessionAnswer(
        status, "Projet 3\nabsent mardi"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Non, finalement on a passé tout ce temps au téléphone avec le support pour son problème de connexion internet",
        "La session n'a pas pu se faire, il y avait un problème de connexion internet chez elle et chez moi aussi",
        "réalisée ?",
        "pas réalisée",
        "ok ?",
        "absente ?",
        "je crois qu'elle est absente",
        "pas absente",
        "absente, non ?",
    ],
)
def test_a_session_that_may_not_have_been_held_is_never_completed_nor_an_absence(text: str) -> None:
    assert read(text).status is None


def test_notes_that_begin_with_a_no_of_their_own_are_notes() -> None:
    notes = "No blockers this week: we went through the joins, then the exercise on keys, and planned the next project."
    assert read(notes).status is SessionStatus.COMPLETED


def test_a_status_nobody_knows_or_two_at_once_are_asked_about() -> None:
    assert read("statut : peut-être").unclear is Doubt.STATUS
    assert read("statut : absent\nstatut : réalisée").unclear is Doubt.STATUS
    assert read("statut : pas absent").unclear is Doubt.STATUS


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("absent", SessionStatus.ABSENT),
        ("Elle n'est pas venue.", SessionStatus.ABSENT),
        ("no show", SessionStatus.ABSENT),
        ("Anne-Sophie Petit absente", SessionStatus.ABSENT),
        ("absent sans prévenir", SessionStatus.ABSENT),
        ("annulée par l'apprenante", SessionStatus.CANCELLED),
        ("annulée plus de 24h avant", SessionStatus.CANCELLED),
        ("annulée hier soir, moins de 24h", SessionStatus.CANCELLED_LATE),
        ("reportée à lundi 10h", SessionStatus.MOVED),
        ("ok", SessionStatus.COMPLETED),
    ],
)
def test_a_few_plain_words_are_enough(text: str, status: SessionStatus) -> None:
    assert read(text).status is status


@pytest.mark.parametrize(
    "text",
    [
        "bonne session, il était absent la semaine dernière",
        "pas absent",
        "Il n'était pas absent",
        "Absente lundi prochain",
        "absent ?",
        "La session n'a pas eu lieu",
        "Marie ne s'est pas connectée",
        "Elle était malade aujourd'hui",
        "annulé, reporté à lundi",
        "Session moved on to React",
        "annulée pas moins de 24h avant",
        "demain",
        "je te réponds demain matin",
        "non",
        "laquelle ?",
        "",
        " ",
        "Nous avons vu les tests unitaires, parlé de la session de mardi, annulée, et de la suite du projet trois.",
    ],
)
def test_what_could_be_read_two_ways_gives_no_status(text: str) -> None:
    answer = read(text)
    assert answer.status is None
    assert answer.unclear is not None


def test_plain_notes_are_a_completed_session() -> None:
    notes = "Session sur les tests unitaires, Marie a bien avancé."
    assert read(notes) == SessionAnswer(SessionStatus.COMPLETED, notes)
    assert read(f"notes : {notes}") == SessionAnswer(SessionStatus.COMPLETED, notes)


def test_files_are_added_to_the_notes() -> None:
    answer = read("statut : réalisée\nnotes : voir fichier", file("a.md", "# Projet 3"), file("photo.png", None))
    assert answer == SessionAnswer(SessionStatus.COMPLETED, "voir fichier\n\n# Projet 3")


def test_a_transcript_alone_is_a_completed_session_but_notes_of_an_absence_are_asked_about() -> None:
    assert read("", file("cours.VTT", VTT)).status is SessionStatus.COMPLETED
    assert read("", file("notes.txt", "Il était absent")).unclear is Doubt.STATUS


def test_a_transcript_keeps_who_said_what_and_nothing_else() -> None:
    assert vtt_text(VTT) == "Claire Martin: Bonjour Zoé\nil était absent hier"
    assert vtt_text("") == ""


SRT = "1\n00:00:01,000 --> 00:00:04,000\nClaire Martin: Bonjour Zoé\n\n2\n00:00:05,000 --> 00:00:06,000\non a vu SQL\n"


def test_subrip_is_read_as_webvtt_is() -> None:
    assert vtt_text(SRT) == "Claire Martin: Bonjour Zoé\non a vu SQL"
    assert read("", file("cours.srt", SRT)).status is SessionStatus.COMPLETED


def test_transcripts_stand_below_their_mark_after_everything_that_was_written() -> None:
    answer = read("statut : réalisée\nBonne session.", file("a.vtt", VTT), file("b.txt", "Vu SQL."))
    assert answer.notes == "Bonne session.\n\nVu SQL.\n\nWEBVTT\n\nClaire Martin: Bonjour Zoé\nil était absent hier"
