"""Two programs that answer each other come to an end (RFC 3834 2): at most two letters go out in a month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.memory_mail import MemoryMailbox, MemoryTransport
from agent.loop import tick
from agent.simulation.place import counting_bytes
from agent.world import World
from tests.stage import AUTHSERV, MENTOR, MONDAY, SUPPORT, Stage, body, build_world, parse, settings_data
from tests.stories import LEA, START, WEEK, settled

PAUL = "paul.girard@mentor.example"
MONTH = timedelta(days=30)
STEP = timedelta(hours=6)
AT_MOST = 2
ANSWERING = {f"R{n:02}": "off" for n in range(1, 30)} | {"R01": "auto", "R05": "auto", "R20": "auto"}
"""The rules that write because somebody wrote, all by themselves: nothing else would start a loop."""

Robot = Callable[[EmailMessage, int], EmailMessage | None]


def reply(mail: EmailMessage, number: int, text: str, *, subject: str = "", sender: str = LEA) -> EmailMessage:
    """A program answers, and says nowhere that it is one."""
    answer = EmailMessage()
    answer["From"] = f"Léa Moreau <{sender}>"
    answer["To"] = MENTOR
    answer["Subject"] = subject or f"Re: {mail['Subject']}"
    answer["Message-ID"] = f"<robot-{number}@{sender.partition('@')[2]}>"
    answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in body(mail).splitlines())
    answer.set_content(f"{text}\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin <{MENTOR}> a écrit :\n{quoted}\n")
    return answer


def a_month(stage: Stage, address: str, robot: Robot) -> None:
    """Whatever is sent to `address` is answered within seconds, for a month."""
    answered, end = 0, stage.now + MONTH
    while stage.now < end:
        stage.pass_time(seconds=STEP.total_seconds())
        mails = stage.mails(address)
        for number, mail in enumerate(mails[answered:], answered):
            if (answer := robot(mail, number)) is not None:
                stage.now += timedelta(seconds=4)
                stage.arrives(answer, address.partition("@")[2])
        answered = len(mails)


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, j'ai bien reçu votre message et vous réponds dès que possible.",
        "Bonjour, je serai en congés la semaine prochaine, à qui dois-je m'adresser ?",
        "Je suis en arrêt maladie.",
        "Le créneau 1 me convient.",
        "Aucun ne me convient.",
        "Thank you for your message. I will reply soon.",
    ],
)
def test_a_learner_s_program_that_answers_everything_and_hides_it_gets_two_letters_at_most(
    text: str, tmp_path: Path
) -> None:
    stage = settled(tmp_path, rules=ANSWERING)
    stage.school_assigns("Léa Moreau", LEA)
    before = len(stage.mails(MENTOR))
    a_month(stage, LEA, lambda mail, number: reply(mail, number, text))
    assert 1 <= len(stage.mails(LEA)) <= AT_MOST
    assert len(stage.mails(MENTOR)) - before <= 2 * AT_MOST + 1  # each letter's notice, and what was answered to it


def test_a_program_that_writes_every_day_by_itself_does_not_fill_the_mentor_s_mailbox(tmp_path: Path) -> None:
    stage = settled(tmp_path, rules=ANSWERING)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    first = stage.mails(LEA)[0]
    for number in range(30 * 4):
        text = f"Votre demande {4242 + number} est en cours, peut-être ?"
        stage.arrives(reply(first, number, text), "learner.example")
        stage.pass_time(seconds=STEP.total_seconds())
    assert len(stage.mails(LEA)) <= AT_MOST
    assert stage.count("Léa Moreau vous a écrit") <= AT_MOST


@pytest.mark.parametrize("kept", ["everything", "List-Id", "nothing"])
def test_a_mailing_list_that_sends_our_letters_back_ends_there(kept: str, tmp_path: Path) -> None:
    stage = settled(tmp_path, rules=ANSWERING)
    stage.school_assigns("Léa Moreau", LEA)

    def redistributes(mail: EmailMessage, number: int) -> EmailMessage:
        sent = EmailMessage()
        sent["From"] = f"Claire Martin via Promo <{LEA}>"
        sent["To"] = MENTOR
        sent["Subject"] = f"[promo] {mail['Subject']}"
        sent["Message-ID"] = f"<list-{number}@learner.example>"
        if kept != "nothing":
            sent["List-Id"] = "<promo.learner.example>"
        for name in ("X-Mentor-Agent-Key", "Auto-Submitted", "References") if kept == "everything" else ():
            sent[name] = str(mail[name] or "<none@learner.example>")
        sent.set_content(body(mail) + "\n-- \nPour vous désabonner : promo@learner.example\n")
        return sent

    a_month(stage, LEA, redistributes)
    assert 1 <= len(stage.mails(LEA)) <= AT_MOST
    assert stage.world.store.people.get(1).left_at is None


@pytest.mark.parametrize("honest", [True, False])
def test_a_ticket_system_that_acknowledges_every_mail_under_a_new_subject_gets_two_letters_at_most(
    honest: bool,
    tmp_path: Path,
) -> None:
    stage = settled(tmp_path, rules={**ANSWERING, "R07": "approve", "R10": "auto"}, allow_automatic_alerts=True)
    stage.school_assigns("Léa Moreau", LEA)
    for week in range(2):
        stage.session("Léa Moreau", START + week * WEEK)
        stage.pass_time(minutes=5)
        stage.answer(stage.over(START + week * WEEK), "absente")
        stage.pass_time(minutes=5)

    def acknowledges(mail: EmailMessage, number: int) -> EmailMessage:
        text = f"Bonjour,\n\nvotre demande a été enregistrée sous le numéro {4242 + number}."
        answer = reply(mail, number, text, subject=f"[Ticket #{4242 + number}] Demande reçue", sender=SUPPORT)
        if honest:
            answer["Auto-Submitted"] = "auto-replied"
        return answer

    a_month(stage, SUPPORT, acknowledges)
    assert 1 <= len(stage.mails(SUPPORT)) <= AT_MOST


@dataclass
class Agent:
    """One of two agents: its mentor is the other one's learner."""

    name: str
    address: str
    folder: Path
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    transport: MemoryTransport = field(default_factory=MemoryTransport)
    carried: int = 0
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = build_world(
            self.folder / "agent.sqlite3",
            mailbox=self.mailbox,
            transport=self.transport,
            calendar=MemoryCalendar(),
            random_bytes=counting_bytes(self.name),
            base=self.folder,
            data=settings_data(
                rules=ANSWERING, mentor={"name": self.name, "address": self.address, "timezone": "Europe/Paris"}
            ),
        )

    def letters_to(self, address: str) -> list[EmailMessage]:
        return [parse(sent.raw) for sent in self.transport.sent if address in sent.recipients]


@pytest.mark.parametrize("marked", [True, False])
def test_two_agents_whose_mentors_are_each_other_s_learners_write_two_letters_at_most(
    marked: bool,
    tmp_path: Path,
) -> None:
    """`marked`: the servers between them keep our headers; otherwise nothing shows that programs wrote."""
    claire, paul = Agent("Claire Martin", MENTOR, tmp_path / "c"), Agent("Paul Girard", PAUL, tmp_path / "p")
    now = MONDAY
    for one, other in ((claire, paul), (paul, claire)):
        tick(one.world, now)
        note = EmailMessage()
        note["From"], note["To"] = "attribution@school.example", one.address
        note["Subject"] = f"Nouvel étudiant : {other.name}"
        note["Message-ID"] = f"<assigns-{other.carried}-{other.address}>"
        note.set_content(f"Nom : {other.name}\nAdresse e-mail : {other.address}\nParcours : Développement web\n")
        proven = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=school.example\r\n".encode()
        one.mailbox.deliver(proven + note.as_bytes(), at=now)
    while now < MONDAY + MONTH:
        now += STEP
        for one in (claire, paul):
            for _ in range(2):
                tick(one.world, now)
                _carry(one, [claire, paul], now, marked=marked)
    assert 1 <= len(claire.letters_to(PAUL)) <= AT_MOST
    assert 1 <= len(paul.letters_to(MENTOR)) <= AT_MOST


def _carry(sender: Agent, agents: list[Agent], now: datetime, *, marked: bool) -> None:
    for sent in sender.transport.sent[sender.carried :]:
        raw = sent.raw
        if not marked:
            ours = (b"auto-submitted:", b"x-mentor-agent-key:")
            head, gap, rest = raw.partition(b"\r\n\r\n")
            raw = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(ours)) + gap + rest
        proven = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=mentor.example\r\n".encode()
        for one in agents:
            if one.address in sent.recipients:
                mine = one is sender  # what is carried to oneself keeps its headers
                one.mailbox.deliver(sent.raw if mine else proven + raw, at=now)
    sender.carried = len(sender.transport.sent)
