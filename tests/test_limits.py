"""The last look before a letter leaves (P4): never to strangers, never too many."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent import outgoing
from agent.model import Audience
from agent.render import Rendered
from tests.stage import MENTOR, Stage
from tests.stories import LEA, TOM, settled

CEILING = "Trop de lettres"


def letters(stage: Stage) -> int:
    """How many letters went to others."""
    return sum(MENTOR not in sent.recipients for sent in stage.transport.sent)


@pytest.mark.parametrize("audience", [Audience.LEARNER, Audience.SUPPORT, Audience.MENTOR])
def test_an_address_that_is_nobody_s_is_refused(tmp_path: Path, audience: Audience) -> None:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stranger = "victim@elsewhere.example"
    rendered = Rendered("Bonjour", "Bonjour", "<p>Bonjour</p>")
    outgoing.enqueue(
        stage.world,
        key="stranger",
        rule="R01",
        audience=audience,
        recipient=stranger,
        rendered=rendered,
        now=stage.now,
        learner_id=1,
    )
    stage.pass_time(minutes=5)
    assert stage.mails(stranger) == []
    (line,) = stage.parked()
    assert "neither a learner's" in line


def test_beyond_the_ceiling_everything_stops_until_the_mentor_says_yes(tmp_path: Path) -> None:
    stage = settled(tmp_path, limits={"per_hour": 2})
    for number in range(5):
        stage.school_assigns(f"Léa Numéro{'abcde'[number]}", f"l{number}@learner.example")
    stage.pass_time(minutes=5)
    assert (letters(stage), stage.count(CEILING)) == (2, 1)
    assert stage.live(stage.now + timedelta(hours=30)) < 1500
    assert (letters(stage), stage.count(CEILING)) == (2, 1)
    stage.answer(stage.last(containing=CEILING), "oui")
    stage.pass_time(minutes=5)
    assert (letters(stage), stage.count(CEILING)) == (4, 2)


def test_no_to_the_ceiling_stops_for_the_hour(tmp_path: Path) -> None:
    stage = settled(tmp_path, limits={"per_hour": 1})
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=CEILING), "non")
    stage.pass_time(minutes=40)
    assert len(stage.mails(LEA)) + len(stage.mails(TOM)) == 1


def test_mails_to_the_mentor_are_under_no_ceiling(tmp_path: Path) -> None:
    stage = settled(tmp_path, limits={"per_hour": 1})
    for number in range(5):
        stage.school_assigns(f"Léa Numéro{number}", f"l{number}@learner.example", proven=False)
    stage.pass_time(minutes=5)
    assert stage.count("À confirmer") == 5
