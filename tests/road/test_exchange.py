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
from pathlib import Path

import pytest

from agent import config
from agent.bootstrap import build
from agent.store import Outgoing
from agent.world import World
from tests.road.whole_account import LEA, NOTES, answer, assigned, newest, settings, settle
from tests.servers.certificates import Certificate
from tests.servers.ews import PASSWORD, EwsServer, Fault
from tests.servers.ews_events import item_of
from tests.servers.ews_store import Mailbox
from tests.servers.town import eventually
from tests.stage import body, event, parse

CLAIRE = "claire@mentor.example"
ENVIRONMENT = {"MENTOR_AGENT_MAILBOX_PASSWORD": PASSWORD}


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
    return settings(tmp_path, CLAIRE, f"ews://MENTOR%5Cclaire@{server.host}/", certificate.path)


@pytest.fixture
def world(file: Path) -> Iterator[World]:
    """The agent's world, as the daemon would build it."""
    made = build(config.load(file), ENVIRONMENT)
    yield made
    made.mailbox.close()
    made.store.close()


def school_assigns(box: Mailbox) -> None:
    box.deliver(assigned(CLAIRE))


def letters(server: EwsServer, address: str) -> list[EmailMessage]:
    return [parse(sent.raw) for sent in server.sent if address in sent.recipients]


def question(box: Mailbox, containing: str) -> EmailMessage:
    return newest((item.raw for item in box.folders["inbox"].items.values()), containing)


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
    box.deliver(answer(question(box, "comment s’est passée"), CLAIRE, NOTES), "sentitems")
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
