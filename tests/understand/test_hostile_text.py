"""Hostile and odd texts: no reader breaks, none takes long, and what is doubtful is no fact and no choice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import anonymise
from agent.model import Learner, Offer
from agent.shipped import shipped
from agent.understand import grammar, learner_answer, learner_words, recognise, situation
from agent.understand.dates import unsure, when
from agent.understand.mail import parse_mail
from tests.stories import LEA, TOM

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)  # a Wednesday
GRAMMAR = grammar.load(shipped("situations.toml"))
WORDS = learner_words.load(shipped("learner.toml"))
LEARNERS = [Learner(1, "Léa Moreau", LEA, NOW), Learner(2, "Tom Petit", TOM, NOW)]
OFFERS = [Offer("x", NOW + timedelta(days=d), NOW + timedelta(days=d, minutes=45)) for d in (1, 2, 3)]


# -- samples


def test_a_shared_copy_names_nobody_however_the_name_is_written() -> None:
    names = anonymise.replacements(["Léa Moreau-Petit", "Anne-Sophie Roy", "Bo Li"])
    text = "LEA, lea, Léa\nMOREAU ; Sophie et Anne. Bo vous salue. Un bon bo. Le roy. ANNE-SOPHIE"
    told = anonymise.anonymous_text(text, names)
    for name in ("LEA", "lea", "Léa", "MOREAU", "Sophie", "Anne", "Bo ", "roy", "ANNE"):
        assert name not in told
    assert "Un bon bo." in told


# -- the readers themselves

PLAIN = [
    "Léa absente ce soir",
    "Léa : 45 %",
    "Tom parle d'abandonner",
    "je suis malade jusqu'à vendredi",
    "Tom did not show up tonight",
    "urgence, je ne peux pas assurer la session de Léa ce soir",
    "l'absence de Léa est justifiée jusqu'au 12/12",
    "Tom a plagié le projet 4",
]
DENIALS = [
    "Il est faux que",
    "Ce n'est pas vrai :",
    "Je ne crois pas que",
    "Rien ne prouve que",
    "Ne pas écrire que",
    "I do not think that",
    "It is not true that",
    "Si",
    "Est-ce que",
]


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize("text", PLAIN)
def test_what_is_denied_is_no_fact(denial: str, text: str) -> None:
    heard = situation.read(f"{denial} {text}", GRAMMAR, LEARNERS, NOW, PARIS)
    assert [one for one in heard if one.doubt is None] == []
    assert [one.matter for one in situation.read(text, GRAMMAR, LEARNERS, NOW, PARIS) if one.doubt is None]


@pytest.mark.parametrize("day", ["5/11/2027", "5/11/27", "le 5 novembre 2027", "5 November 2027"])
def test_a_day_of_another_year_chooses_no_slot(day: str) -> None:
    assert learner_answer.read(f"{day} me va", OFFERS, WORDS, NOW, PARIS).offer is None
    this = day.replace("2027", "2026").replace("/27", "/26")
    assert learner_answer.read(f"{this} me va", OFFERS, WORDS, NOW, PARIS).offer == OFFERS[0]


WORD = st.sampled_from(
    [
        *("le", "la", "2", "3", "me", "va", "Léa", "Tom", "absente", "malade", "plagiat", "abandonner", "je", "suis"),
        *("congés", "jusqu'au", "12/12", "31/02", "mardi", "jeudi", "18h", "ce", "soir", "session", "justifiée"),
        *("en", "option", "numéro", "merci", "ok", "si", "?", ".", ",", "«", "»", ":", "\n", "29/02", "demain", "tous"),
        *("les", "pour", "999", "semaines", "au", "du", "j'ai", ";", "("),
    ]
)
TEXT = st.lists(WORD, max_size=25).map(" ".join) | st.text(max_size=200)
NEGATION = st.sampled_from(["pas", "ne", "jamais", "aucun", "n'est pas", "not", "never"])


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_no_text_breaks_a_reader(text: str) -> None:
    situation.read(text, GRAMMAR, LEARNERS, NOW, PARIS)
    learner_answer.read(text, OFFERS, WORDS, NOW, PARIS)
    unsure(text, NOW, PARIS)
    said = when(text, NOW, PARIS)
    assert said is None or said.start is None or said.end is None or said.start < said.end
    mail = f"From: a@school.example\nSubject: {' '.join(text.split())} absence justifiée\n\n{text}".encode(
        errors="replace"
    )
    recognise.recognise_notice(parse_mail(mail), stage_recognisers(), school_domains=["school.example"])


def stage_recognisers() -> recognise.Recognisers:
    return recognise.load_recognisers(shipped("recognisers.toml").read_text(encoding="utf-8"))


@settings(max_examples=150, deadline=None)
@given(st.lists(WORD, max_size=8), NEGATION, st.lists(WORD, max_size=8))
def test_a_negation_anywhere_chooses_no_slot(before: list[str], negation: str, after: list[str]) -> None:
    assert learner_answer.read(" ".join([*before, negation, *after]), OFFERS, WORDS, NOW, PARIS).offer is None


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_what_stands_in_quotation_marks_is_never_a_fact(text: str) -> None:
    quoted = text.replace("»", " ").replace("«", " ").replace('"', " ")
    heard = situation.read(f"Léa m'écrit : « {quoted} »", GRAMMAR, LEARNERS, NOW, PARIS)
    assert [one for one in heard if one.doubt is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "projet « " + " " * 19_000 + "x",
        "accompagner ab(" + "@" * 19_000,
        "Léa " * 5_000,
        "12:" * 6_500,
        "Nom :" + "\n \t" * 6_000,
        "a" * 20_000,
        "« " * 10_000,
        "je pense a a " * 1_500,
    ],
)
def test_no_text_takes_a_reader_longer_than_a_second_or_two(text: str) -> None:
    learners = [Learner(n, f"Léa {chr(65 + n % 26)}oreau{n}", None, NOW) for n in range(40)]
    mail = parse_mail(
        b"From: a@school.example\nContent-Type: text/plain; charset=utf-8\n"
        b"Subject: nouvel apprenant\n\n" + text.encode()
    )
    began = time.process_time()
    situation.read(text, GRAMMAR, learners, NOW, PARIS)
    learner_answer.read(text, OFFERS, WORDS, NOW, PARIS)
    recognise.recognise_assignment(mail, stage_recognisers(), school_domains=["school.example"], excluded=())
    recognise.recognise_notice(mail, stage_recognisers(), school_domains=["school.example"])
    assert time.process_time() - began < 3
