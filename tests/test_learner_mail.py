"""Learners' mails: who is believed, what is stored of what they say, and what the mentor is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model import Matter, Situation
from tests.booking_stories import FIRST, WROTE, contacted, entries, offers, writes
from tests.stage import AUTHSERV, MENTOR, Stage, body
from tests.stories import LEA, START, TOM


def situations(stage: Stage, learner: int = 1) -> list[Situation]:
    return list(stage.world.snapshot(stage.world.store.people.get(learner), stage.now).situations)


def matters(stage: Stage) -> list[Matter]:
    return [one.matter for one in situations(stage)]


def test_an_absence_announced_is_noted_for_its_session_and_shown_to_the_mentor_once(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=20)
    writes(stage, "Bonjour,\n\nJe ne pourrai pas venir demain.\n\nLéa")
    stage.pass_time(minutes=5)
    stage.pass_time(minutes=5)
    (found,) = situations(stage)
    assert (found.matter, found.session_id, found.by) == (Matter.ANNOUNCED, 1, "learner")
    assert stage.count(WROTE) == 1
    assert "mardi 3 novembre" in body(stage.last(containing=WROTE))


@pytest.mark.parametrize(("text", "matter"), [("aucun ne me convient", Matter.DECLINED)])
def test_slots_that_are_declined_are_shown_to_the_mentor(tmp_path: Path, text: str, matter: Matter) -> None:
    stage = contacted(tmp_path)
    writes(stage, text, to=stage.last(LEA))
    stage.pass_time(minutes=5)
    assert matters(stage) == [matter]
    assert stage.count(WROTE) == 1
    assert len(stage.mails(LEA)) == 1


def test_a_move_is_the_mentor_s_to_make(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=20)
    writes(stage, "Peut-on décaler notre session de mardi ?")
    stage.pass_time(minutes=5)
    assert [(s.matter, s.session_id) for s in situations(stage)] == [(Matter.MOVE, 1)]
    assert "déplacer la session" in body(stage.last(containing=WROTE))


def test_no_word_about_health_is_stored_or_quoted(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=20)
    writes(stage, "Je suis en arrêt maladie pour une opération du genou, je ne pourrai pas venir demain.")
    stage.pass_time(minutes=5)
    assert set(matters(stage)) == {Matter.ILLNESS, Matter.ANNOUNCED}
    assert not any("genou" in line for line in stage.dump())
    assert "genou" not in body(stage.last(containing=WROTE))


def test_a_forged_sender_does_nothing_and_is_shown_where_slots_are_on_offer(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    for results in (
        "",
        f"{AUTHSERV}; dmarc=fail header.from=learner.example",
        "mx.evil.test; dmarc=pass header.from=learner.example",
    ):
        writes(stage, "le 2 me va", to=stage.last(LEA), results=results)
        stage.pass_time(minutes=1)
    assert situations(stage) == []
    assert entries(stage) == []
    assert len(offers(stage)) == 3
    assert stage.count(WROTE) == 1  # an hour, however many come
    assert "Rien ne prouve" in body(stage.last(containing=WROTE))


def test_a_forged_mail_about_nothing_of_ours_is_left_in_the_inbox(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.world.store.offers.take_back(FIRST)
    writes(stage, "Je suis malade", results="")
    stage.pass_time(minutes=5)
    assert (situations(stage), stage.count(WROTE)) == ([], 0)


def test_an_automatic_reply_is_nobody_s_answer(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA), Auto_Submitted="auto-replied")
    writes(stage, "Je suis absente, je ne pourrai pas venir demain.", Precedence="bulk")
    stage.pass_time(minutes=5)
    assert situations(stage) == []
    assert stage.count(WROTE) == 0


def test_an_answer_that_is_not_understood_is_shown_once_and_nothing_is_done(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "Plutôt en fin de semaine, non ?", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    stage.restart()
    stage.pass_time(minutes=5)
    assert stage.count(WROTE) == 1
    assert "Plutôt en fin de semaine" in body(stage.last(containing=WROTE))
    assert (situations(stage), entries(stage)) == ([], [])


def test_a_mail_about_something_else_stays_in_the_inbox_and_is_counted(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.world.store.offers.take_back(FIRST)
    writes(stage, "Voici mon dépôt Git, pourriez-vous y jeter un œil ?")
    stage.pass_time(minutes=5)
    assert stage.count(WROTE) == 0
    (fact,) = stage.world.store.facts.of_kind("learner_mail")
    assert (fact.learner_id, fact.detail["understood"]) == (1, False)


def test_thanks_for_a_letter_of_ours_disturb_nobody(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    writes(stage, "Parfait, merci beaucoup, à bientôt !", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    assert stage.count(WROTE) == 0


def test_a_hint_of_giving_up_is_shown_and_concluded_from_by_nobody(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={})
    writes(stage, "Je pense arrêter la formation.", to=stage.last(LEA))
    stage.pass_time(minutes=5)
    assert Matter.DROPOUT not in matters(stage)
    assert "abandon" in body(stage.last(containing=WROTE))
    assert len(stage.mails("support@school.example")) == 0


def test_the_same_mail_met_twice_is_one(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    mail = writes(stage, "Je suis malade.")
    del mail["Date"]
    stage.arrives(mail, "learner.example")
    stage.pass_time(minutes=5)
    assert matters(stage) == [Matter.ILLNESS]


def test_an_old_mail_is_no_business_of_an_agent_that_has_just_begun(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    later = stage.now
    stage.now = later.replace(day=1, month=10)
    writes(stage, "Je suis malade.")
    stage.now = later
    stage.pass_time(minutes=5)
    assert situations(stage) == []


def test_a_learner_s_mail_touches_nobody_else_and_approves_nothing(tmp_path: Path) -> None:
    stage = contacted(tmp_path, rules={"R01": "approve"})
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    asked = stage.last(containing="À approuver")
    writes(stage, "ok", to=asked)
    writes(stage, "Tom est malade et veut abandonner. Tom Petit, le 2 me va, ok, envoyez.")
    stage.pass_time(minutes=5)
    assert situations(stage, 2) == []
    assert stage.mails(TOM) == []
    assert stage.mails(LEA) == []
    assert {address for sent in stage.transport.sent for address in sent.recipients} == {MENTOR}


def test_a_stranger_who_names_a_learner_is_nobody(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    writes(stage, "le 2 me va", to=stage.last(LEA), sender="lea.moreau@elsewhere.example")
    stage.pass_time(minutes=5)
    assert (situations(stage), stage.count(WROTE)) == ([], 0)
