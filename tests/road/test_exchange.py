"""The whole road on one account of an Exchange server: the agent is built from a settings file, or run as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from agent import config
from agent.bootstrap import build
from agent.loop import tick
from agent.store import Outgoing
from agent.world import World
from tests.servers.certificates import Certificate
from tests.servers.ews import PASSWORD, EwsServer, Fault
from tests.servers.ews_events import item_of
from tests.servers.ews_store import Mailbox
from tests.servers.town import assignment, eventually
from tests.stage import body, event, parse

CLAIRE, LEA = "claire@mentor.example", "lea.moreau@learner.example"
NOTES = "Revue des jointures SQL\nElle bloque sur les index"
ENVIRONMENT = {"MENTOR_AGENT_MAILBOX_PASSWORD": PASSWORD}

SETTINGS = """
mode = "live"
state_dir = "state"
ca_file = "{ca_file}"

[mentor]
name = "Claire Martin"
address = "{address}"
timezone = "Europe/Paris"

[school]
domains = ["school.example"]
support = "support@school.example"

[mailbox]
url = "ews://MENTOR%5Cclaire@{host}/"
authserv_id = "mx.example.org"

[calendar]
poll_minutes = 0.05

[hours]
{hours}
"""


@pytest.fixture
def server(certificate: Certificate) -> Iterator[EwsServer]:
    """An Exchange server; the mentor logs in with a domain."""
    with EwsServer(certificate) as running:
        running.mailbox(CLAIRE, user="MENTOR\\claire")
        yield running


@pytest.fixture
def box(server: EwsServer) -> Mailbox:
    """The mentor's mailbox, as their own program sees it."""
    return server.mailboxes[CLAIRE]


@pytest.fixture
def file(server: EwsServer, certificate: Certificate, tmp_path: Path) -> Path:
    """The settings file."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = "\n".join(f'{day} = ["00:00-23:30"]' for day in days)
    made = tmp_path / "agent.toml"
    text = SETTINGS.format(address=CLAIRE, ca_file=certificate.path, host=server.host, hours=hours)
    made.write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def world(file: Path) -> Iterator[World]:
    """The agent's world, as the daemon would build it."""
    made = build(config.load(file), ENVIRONMENT)
    yield made
    made.mailbox.close()
    made.store.close()


def settle(world: World, after: timedelta = timedelta()) -> None:
    for _ in range(10):
        done = tick(world, datetime.now(UTC) + after)
        if not done.sent and not done.performed:
            return
    raise AssertionError("the agent does not come to rest")


def school_assigns(box: Mailbox) -> None:
    mail = assignment("Léa Moreau", LEA, CLAIRE, datetime.now(UTC))
    mail["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=school.example"
    box.deliver(mail.as_bytes())


def letters(server: EwsServer, address: str) -> list[EmailMessage]:
    return [parse(sent.raw) for sent in server.sent if address in sent.recipients]


def question(box: Mailbox, containing: str) -> EmailMessage:
    """The newest mail in the inbox whose subject has these words."""
    inbox = [parse(item.raw) for item in box.folders["inbox"].items.values()]
    found = [mail for mail in inbox if containing in str(mail["Subject"])]
    assert found, [str(mail["Subject"]) for mail in inbox]
    return found[-1]


def answer(box: Mailbox, mail: EmailMessage, text: str) -> None:
    """The mentor answers in their own program: a copy lies in Sent."""
    reply = EmailMessage()
    reply["From"] = reply["To"] = f"Claire Martin <{CLAIRE}>"
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = make_msgid(domain="mentor.example")
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply["Date"] = datetime.now(UTC)
    reply.set_content(f"{text}\n")
    box.deliver(reply.as_bytes(), "sentitems")


def test_from_the_school_s_mail_to_the_question_after_a_session_and_the_report(
    server: EwsServer, box: Mailbox, world: World
) -> None:
    settle(world)
    school_assigns(box)
    settle(world)
    (letter,) = letters(server, LEA)
    assert "vous" in body(letter)
    settle(world)
    (row,) = [one for one in world.store.outbox.in_state(Outgoing.SENT) if one.recipient == LEA]
    assert row.seen_at is not None  # in Sent, where the server kept it

    start = datetime.now(UTC) + timedelta(minutes=1)
    session = event("lea", "Session de mentorat avec Léa Moreau", start, start + timedelta(minutes=1))
    box.folders["calendar"].add(item_of(session))
    later = timedelta(minutes=3)
    settle(world, later)
    answer(box, question(box, "comment s’est passée"), NOTES)
    settle(world, later)

    assert "jointures SQL" in body(question(box, "À relire"))
    assert len(letters(server, LEA)) == 1
    sent = [str(parse(item.raw)["Message-ID"]) for item in box.folders["sentitems"].items.values()]
    assert len(sent) == len(set(sent))  # the server keeps its copy, and nobody adds another one


def test_a_letter_whose_acceptance_was_lost_is_found_in_sent_and_goes_once(
    server: EwsServer, box: Mailbox, world: World
) -> None:
    settle(world)
    school_assigns(box)
    server.fail_next("CreateItem", Fault.DROP_AFTER)
    for minutes in range(3):
        settle(world, timedelta(minutes=minutes))

    assert len(letters(server, LEA)) == 1
    assert not world.store.outbox.in_state(*(set(Outgoing) - {Outgoing.SENT}))


def test_the_daemon_is_woken_by_the_server_and_stops_at_once(server: EwsServer, box: Mailbox, file: Path) -> None:
    command = [sys.executable, "-m", "agent", "--config", str(file), "run"]
    daemon = subprocess.Popen(command, env=os.environ | ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: server.streams == 1)
        school_assigns(box)
        eventually(lambda: len(letters(server, LEA)) == 1)
        eventually(lambda: server.streams == 1)
        begin = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=20)
        assert daemon.returncode == 0, log
        assert time.monotonic() - begin < 5
        assert "Traceback" not in log
    finally:
        daemon.kill()
        daemon.wait(10)
    assert len(letters(server, LEA)) == 1
