"""What an hour of talk becomes before anybody words it."""

from __future__ import annotations

import pytest

from agent.errors import UnreadableError
from agent.report import transcript
from agent.report.builtin import BuiltinWriter
from agent.report.draft import draft
from agent.report.privacy import conceal
from tests.report.samples import brief
from tests.report.test_draft import ScriptedWriter, quoting

WEBVTT = """WEBVTT - session
Kind: captions

NOTE recorded by the school's tool

1
00:00:01.000 --> 00:00:04.000 align:start
<v Claire Martin>Bonjour Léa, où en es-tu ?</v>

2
00:00:04.500 --> 00:00:09.000
<v Léa Moreau>Euh, les jointures <i>SQL</i> marchent,

3
00:00:09.000 --> 00:00:12.000
<v Léa Moreau>mais GROUP BY me bloque &amp; m'agace. [rires]

4
00:00:13.000 --> 00:00:14.000
<v Claire Martin>D'accord.

5
00:10:00.000 --> 00:10:08.000
<v Claire Martin>Pour la prochaine fois, finir la partie 2 du projet et lire la documentation.
"""
SUBRIP = """1
00:00:01,000 --> 00:00:04,000
Claire Martin: Bonjour Léa, où en es-tu ?

2
00:00:04,500 --> 00:00:09,000
Léa Moreau: Euh, les jointures SQL marchent,

3
00:00:09,000 --> 00:00:12,000
mais GROUP BY me bloque & m'agace.

4
00:10:00,000 --> 00:10:08,000
Claire Martin: Pour la prochaine fois, finir la partie 2 du projet et lire la documentation.
"""
TIDY = """WEBVTT

Claire Martin: Bonjour Léa, où en es-tu ?
Léa Moreau: les jointures SQL marchent, mais GROUP BY me bloque & m'agace.
Claire Martin: Pour la prochaine fois, finir la partie 2 du projet et lire la documentation."""
TALK = "\n".join(f"Claire Martin: question {n} sur le projet\nLéa Moreau: réponse {n} sur le projet" for n in range(5))
LEA = {"known_names": ("Léa Moreau", "Karim Benali", "Claire Martin"), "mentor_name": "Claire Martin"}


@pytest.mark.parametrize(
    ("notes", "tidy"),
    [
        (WEBVTT, TIDY),
        (SUBRIP, TIDY),
        (SUBRIP.replace("\n", "\r\n"), TIDY),
        ("Elle avance bien.\n\n" + SUBRIP, "Elle avance bien.\n\n" + TIDY),
    ],
    ids=["WebVTT", "SubRip", "line ends of Windows", "notes above it"],
)
def test_times_numbers_tags_and_noises_go_and_each_turn_is_one_line(notes: str, tidy: str) -> None:
    assert transcript.tidy(notes) == tidy


@pytest.mark.parametrize("notes", [WEBVTT, SUBRIP, TALK, "Vu SQL.\n- bloque sur GROUP BY"])
def test_tidying_twice_is_tidying_once(notes: str) -> None:
    assert transcript.tidy(transcript.tidy(notes)) == transcript.tidy(notes)


def test_names_before_colons_are_a_transcript_where_two_people_take_turns() -> None:
    _, turns = transcript.split(TALK)
    assert [turn.speaker for turn in turns[:2]] == ["Claire Martin", "Léa Moreau"]
    assert len(turns) == 10


@pytest.mark.parametrize(
    "notes",
    [
        "Difficultés : GROUP BY\nConseils : lire la doc\nObjectifs : finir la partie 2",
        "Fait : SQL\nFait : Git\nFait : React\nFait : Docker\nFait : CSS\nFait : HTML",
        "Vu SQL.\n\nLéa : motivée\nLéa : bloque sur GROUP BY",
        "Rendez-vous à 18:30 --> confirmé",
    ],
)
def test_notes_with_headings_are_no_transcript(notes: str) -> None:
    assert transcript.split(notes) == (notes, ())
    assert transcript.tidy(notes) == notes


def test_captions_without_speakers_become_sentences() -> None:
    cues = "\n\n".join(f"00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\nla phrase {n}\nfinit ici." for n in range(9))
    turns = transcript.split(f"WEBVTT\n\n{cues}")[1]
    assert [turn.line for turn in turns[:2]] == ["la phrase 0 finit ici.", "la phrase 1 finit ici."]


def test_without_a_model_only_what_sums_up_is_taken() -> None:
    report = draft(brief(WEBVTT), BuiltinWriter(), BuiltinWriter())
    assert "Finir la partie 2 du projet" in report.text or "finir la partie 2 du projet" in report.text
    assert "jointures" not in report.text
    assert report.report.doubts == ()


def test_without_a_model_a_transcript_in_which_nobody_sums_up_is_not_enough() -> None:
    with pytest.raises(UnreadableError):
        draft(brief(TALK), BuiltinWriter(), BuiltinWriter())


def test_a_model_may_tell_what_nobody_summed_up_and_quotes_are_found_across_cues() -> None:
    talk = WEBVTT.replace("Pour la prochaine fois, finir", "Tu vas finir")
    drafted = draft(brief(talk, **LEA), ScriptedWriter(quoting), BuiltinWriter())
    sources = [s.source for section in drafted.report.sections for s in section.sentences if s.source]
    assert any("marchent, mais GROUP BY" in source for source in sources)
    assert not [s for section in drafted.report.sections for s in section.sentences if "sans source" in (s.doubt or "")]


def test_speakers_do_not_leave_by_name_whoever_they_are() -> None:
    talk = WEBVTT.replace("Claire Martin", "Zéphyrine Ouattara").replace("Léa Moreau", "Léa M.")
    seen = conceal(brief(talk, **LEA)).brief.notes
    assert not [name for name in ("Zéphyrine", "Ouattara", "Léa") if name in seen]
    assert "GROUP BY" in seen


def test_speaker_1_is_nobody() -> None:
    talk = "\n".join(f"Speaker {1 + n % 2}: phrase {n} du cours" for n in range(8))
    assert transcript.speakers(talk) == ()
    assert len(transcript.split(talk)[1]) == 8


@pytest.mark.parametrize(
    "endless", ["WEBVTT\n", "00:00:01.000 --> 00:00:02.000\n", "<v a>", "A: b\nB: c\n", "<", "1\n", "Aa ", "[", "a:"]
)
def test_an_endless_transcript_is_no_trap(endless: str) -> None:
    transcript.tidy("WEBVTT\n\n" + endless * (200_000 // len(endless)))
    transcript.tidy(endless * (200_000 // len(endless)))
