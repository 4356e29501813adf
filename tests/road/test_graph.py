"""The whole road on one Microsoft 365 account: the agent is built from a settings file, and speaks to the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent import accounts, config
from agent.bootstrap import build
from agent.store import Outgoing
from agent.world import World
from tests.road.whole_account import LEA, NOTES, answer, assigned, newest, settings, settle
from tests.servers.graph import GraphServer, certificate, graph_server
from tests.stage import body, event, parse

CLAIRE = "claire@example.org"


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server(CLAIRE) as made:
        yield made


@pytest.fixture
def world(server: GraphServer, tmp_path: Path) -> Iterator[World]:
    """The agent's world, as the daemon would build it, signed in."""
    app = f'[graph]\nclient_id = "client-1"\nurl = "{server.base}"\nlogin_url = "{server.root}"\n'
    file = settings(tmp_path, CLAIRE, f"graph://{CLAIRE}", certificate().path, app)
    chosen = config.load(file)
    device = accounts.graph(chosen, {}).connect().device
    assert device is not None
    device.sign_in(lambda _: None)
    made = build(chosen, {})
    yield made
    made.mailbox.close()
    made.store.close()


def question(server: GraphServer, containing: str) -> EmailMessage:
    return newest((item.raw for item in server.mail.items.values() if item.folder == "inbox"), containing)


def school_assigns(server: GraphServer) -> None:
    server.mail.put(assigned(CLAIRE))


def letters(server: GraphServer, address: str) -> list[EmailMessage]:
    return [mail for mail in map(parse, server.mail.accepted) if address in str(mail["To"])]


def test_from_the_school_s_mail_to_the_question_after_a_session_and_the_report(
    server: GraphServer, world: World
) -> None:
    settle(world)
    school_assigns(server)
    settle(world)
    (letter,) = letters(server, LEA)
    assert "vous" in body(letter)
    settle(world)
    (row,) = [one for one in world.store.outbox.in_state(Outgoing.SENT) if one.recipient == LEA]
    assert row.seen_at is not None  # in Sent Items, where the server kept it

    start = datetime.now(UTC) + timedelta(minutes=1)
    server.events.put("lea", event("lea", "Session de mentorat avec Léa Moreau", start, start + timedelta(minutes=1)))
    later = timedelta(minutes=3)
    settle(world, later)
    server.mail.put(answer(question(server, "comment s’est passée"), CLAIRE, NOTES), "sentitems")
    settle(world, later)
    assert "jointures SQL" in body(question(server, "À relire"))
    assert len(letters(server, LEA)) == 1


def test_a_letter_whose_acceptance_was_lost_is_found_in_sent_and_goes_once(server: GraphServer, world: World) -> None:
    settle(world)
    school_assigns(server)
    server.fail(where="sendMail", drop="after")
    for minutes in range(3):
        settle(world, timedelta(minutes=minutes))

    assert len(letters(server, LEA)) == 1
    sent = [str(parse(raw)["Message-ID"]) for raw in server.mail.accepted]
    assert len(sent) == len(set(sent))
    assert not world.store.outbox.in_state(*(set(Outgoing) - {Outgoing.SENT}))
