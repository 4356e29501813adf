"""Every reader that meets a mail somebody sent: what the fuzzer runs, and what the bench times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from agent.connectors.ports import Folder
from agent.model import Learner, Matter, Offer, Session
from agent.report.notes import fragments
from agent.report.text import canonical
from agent.report.wording import shipped as wording
from agent.shipped import shipped
from agent.understand import (
    corrections,
    dates,
    grammar,
    later,
    learner_answer,
    learner_words,
    recognise,
    remarks,
    reply,
    situation,
    verdict,
)
from agent.understand.delivery_report import report
from agent.understand.dkim_signature import Signed, signed_by_author
from agent.understand.headers import Head, parse_head
from agent.understand.invitation_reply import declined
from agent.understand.machine import machine
from agent.understand.machine_words import shipped as machine_words
from agent.understand.mail import Mail, parse_mail
from agent.understand.proof import Arrival, authserv_id_of, prove, school_proof, sender_proof
from agent.understand.session_answer import read_session_answer

MENTOR = "claire.martin@mentor.example"
SCHOOL = ("school.example",)
SERVER = "mx.mentor.example"
DRAFT = (
    "Bonjour Léa,\n\nnous avons revu les jointures SQL. Elle bloque sur les index.\n\n"
    "Pour la prochaine session : terminer l'exercice 3.\n\nClaire Martin"
)
ASKED = (
    f"--- Répondez au-dessus de cette ligne ---\n\nVoici le texte :\n\n{DRAFT}\n\n"
    "Répondez « ok » pour l'envoyer.\n\nréf. ma-abcdefghijklmnop\n"
)

_PARIS = ZoneInfo("Europe/Paris")
_NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)  # a Wednesday
_SENT = f"From: {MENTOR}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{ASKED}".encode()
_WORDS = recognise.load_recognisers(shipped("recognisers.toml").read_text(encoding="utf-8"))
_GRAMMAR = grammar.load(shipped("situations.toml"))
_LEARNER_WORDS = learner_words.load(shipped("learner.toml"))
_LEARNERS = [
    Learner(1, "Léa Moreau", "lea.moreau@learner.example", _NOW),
    Learner(2, "Tom Petit", "tom.petit@learner.example", _NOW),
]
_OFFERS = [Offer("x", _NOW + timedelta(days=d), _NOW + timedelta(days=d, minutes=45)) for d in (1, 2, 3)]
_SESSIONS = [
    Session(n, f"s{n}", 1, _NOW + timedelta(days=n), _NOW + timedelta(days=n, minutes=45), "x") for n in (1, 8)
]
_HOURS = later.Hours(timedelta(hours=4), time(8), time(14), time(18))
_ARRIVAL = Arrival(_NOW)


@dataclass
class Given:
    """A raw mail, and what the first readers make of it."""

    raw: bytes

    @cached_property
    def head(self) -> Head:
        """Its head."""
        return parse_head(self.raw)

    @cached_property
    def mail(self) -> Mail:
        """The whole mail."""
        return parse_mail(self.raw)

    @cached_property
    def reply(self) -> reply.Reply:
        """The mail taken apart."""
        return reply.read(self.mail)

    @cached_property
    def text(self) -> str:
        """The person's own words; where there are none the whole text, so that the readers of words have some."""
        return self.reply.text or self.mail.text


def _corrections(given: Given) -> object:
    quoted = given.reply.quoted or given.mail.text
    found = corrections.read(quoted, DRAFT, ASKED, 0.3)
    remarks.added(quoted, _SENT, DRAFT, found.text or DRAFT)
    corrections.changes(DRAFT, given.text)
    return corrections.same(DRAFT, given.text), found


def _verdict(given: Given) -> object:
    read = verdict.read_draft_answer(given.text, _WORDS.words, inline=given.reply.inline)
    return read, verdict.read_confirmation(given.text, _WORDS.words)


def _proofs(given: Given) -> object:
    head = given.head
    for folder in Folder:
        prove(
            head,
            folder=folder,
            own_addresses=frozenset({MENTOR}),
            trust_local=False,
            authserv_id=SERVER,
            arrival=_ARRIVAL,
        )
    sender_proof(head, False, SERVER)
    return school_proof(head, SCHOOL, False, SERVER), authserv_id_of(head)


def _later(given: Given) -> object:
    return later.only(given.text, _WORDS.words), later.moment(given.text, _NOW, _PARIS, _HOURS)


def _dates(given: Given) -> object:
    return dates.when(given.text[:20_000], _NOW, _PARIS), dates.unsure(given.text[:20_000], _NOW, _PARIS)


def _learner(given: Given) -> object:
    return learner_answer.read(given.text, _OFFERS, _LEARNER_WORDS, _NOW, _PARIS, _SESSIONS)


def _situation(given: Given) -> object:
    matters = situation.answered(given.text, _GRAMMAR, *(m for m in Matter if m in _GRAMMAR.matters))
    return situation.read(given.text, _GRAMMAR, _LEARNERS, _NOW, _PARIS, given.mail.head.subject), matters


def _school(given: Given) -> object:
    recognise.recognise_assignment(given.mail, _WORDS, school_domains=SCHOOL, excluded=(MENTOR,))
    return recognise.recognise_notice(given.mail, _WORDS, school_domains=SCHOOL)


def _dkim(given: Given) -> object:
    return signed_by_author(given.raw, given.head, Signed(_NOW, timedelta(days=7)), lambda _: ())


READERS: Mapping[str, Callable[[Given], object]] = {
    "parse_head": lambda given: given.head,
    "parse_mail": lambda given: given.mail,
    "reply.read": lambda given: given.reply,
    "reply.tokens": lambda given: (reply.tokens(given.head), reply.tokens(given.mail)),
    "proof": _proofs,
    "dkim": _dkim,
    "machine": lambda given: (machine(given.head), machine(given.head, given.mail)),
    "delivery report": lambda given: report(given.mail, machine_words()),
    "calendar reply": lambda given: declined(given.mail),
    "verdict": _verdict,
    "corrections": _corrections,
    "later": _later,
    "session answer": lambda given: read_session_answer(given.text, given.mail.attachments, _WORDS.words),
    "notes": lambda given: fragments(canonical(given.text), wording()),
    "learner's answer": _learner,
    "situation": _situation,
    "dates": _dates,
    "school": _school,
}
"""In an order in which each finds what the ones before it made."""


def read_all(raw: bytes) -> None:
    """All of them over one mail."""
    given = Given(raw)
    for reader in READERS.values():
        reader(given)
