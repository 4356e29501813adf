"""The whole road on one Microsoft 365 account: the agent is built from a settings file, and speaks to the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from agent import accounts, config
from agent.bootstrap import build
from agent.loop import tick
from agent.store import Outgoing
from agent.world import World
from tests.servers.graph import GraphServer, certificate, graph_server
from tests.servers.town import assignment
from tests.stage import body, event, parse

CLAIRE, LEA = "claire@example.org", "lea.moreau@learner.example"
NOTES = "Revue des jointures SQL\nElle bloque sur les index"

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
url = "graph://{address}"
authserv_id = "mx.example.org"

[graph]
client_id = "client-1"
url = "{base}"
login_url = "{login}"

[calendar]
poll_minutes = 0.05

[hours]
{hours}
"""


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server(CLAIRE) as made:
        yield made


@pytest.fixture
def world(server: GraphServer, tmp_path: Path) -> Iterator[World]:
    """The agent's world, as the daemon would build it, signed in."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = "\n".join(f'{day} = ["00:00-23:30"]' for day in days)
    file = tmp_path / "agent.toml"
    text = SETTINGS.format(address=CLAIRE, ca_file=certificate().path, base=server.base, login=server.root, hours=hours)
    file.write_text(text, encoding="utf-8")
    settings = config.load(file)
    device = accounts.graph(settings, {}).connect().device
    assert device is not None
    device.sign_in(lambda _: None)
    made = build(settings, {})
    yield made
    made.mailbox.close()
    made.store.close()


def settle(world: World, after: timedelta = timedelta()) -> None:
    for _ in range(10):
        done = tick(world, datetime.now(UTC) + after)
        if not done.sent and not done.performed:
            return
    raise AssertionError("the agent does not come to rest")


def question(server: GraphServer, containing: str) -> EmailMessage:
    """The newest mail in the inbox whose subject has these words."""
    inbox = [parse(item.raw) for item in server.mail.items.values() if item.folder == "inbox"]
    found = [mail for mail in inbox if containing in str(mail["Subject"])]
    assert found, [str(mail["Subject"]) for mail in inbox]
    return found[-1]


def school_assigns(server: GraphServer) -> None:
    mail = assignment("Léa Moreau", LEA, CLAIRE, datetime.now(UTC))
    mail["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=school.example"
    server.mail.put(mail.as_bytes())


def answered(server: GraphServer, mail: EmailMessage, text: str) -> None:
    """The mentor answers in Outlook, quoting nothing: the answer lies in Sent Items."""
    reply = EmailMessage()
    reply["From"] = reply["To"] = CLAIRE
    reply["Subject"] = f"RE: {mail['Subject']}"
    reply["Message-ID"] = make_msgid(domain="example.org")
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply.set_content(f"{text}\n")
    server.mail.put(reply.as_bytes(), "sentitems")


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
    answered(server, question(server, "comment s’est passée"), NOTES)
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
