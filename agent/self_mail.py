"""What the mentor's server makes of a mail to oneself: the name it judges under, and whether a forged judgement stands.

RFC 8601 section 5: a server removes the Authentication-Results fields that came with a mail under its own name, or its
own stand above them. One that does neither makes every such field worthless. Two mails tell, and neither is read by the
agent: they carry a key header that no letter of ours has.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from agent.connectors.ports import KEY_HEADER, Folder, Mailbox, Transport
from agent.understand.headers import Head, parse_head
from agent.understand.proof import authserv_id_of, verdict_by

PATIENCE = 60.0
"""Seconds that a mail to oneself is waited for."""

_EARLIER = timedelta(days=1)  # the server's clock may be behind
_TEXT = """\
Ce message vérifie la configuration de votre messagerie : vous pouvez le supprimer.
This mail checks how your mailbox is set up: you may delete it.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """One mailbox with its way out: `address` is whose it is, `nonce` what no earlier mail holds."""

    mailbox: Mailbox
    transport: Transport
    address: str
    nonce: str
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found. `arrived` is false where a mail did not come back in time: then nothing is known.

    `name`: the authserv-id on the plain mail, None where the server put none there. `fooled`: whether the forged field
    stands as the server's own, `removed` whether it is gone; None where there was no name to forge.
    """

    arrived: bool
    name: str | None = None
    fooled: bool | None = None
    removed: bool | None = None


def try_out(door: Door, known: str | None, now: datetime) -> Judged:
    """Send one plain mail, then one with a forged field in the name of `known`, or of the name that was learnt.

    Raises what the transport and the mailbox raise (AgentError).
    """
    plain = _there_and_back(door, "plain", None, now)
    if plain is None:
        return Judged(arrived=False)
    name = authserv_id_of(plain)
    if (forged := known or name) is None:
        return Judged(arrived=True)
    came = _there_and_back(door, "forged", forged, now)
    if came is None:
        return Judged(arrived=False, name=name)
    fooled = door.nonce in (verdict_by(came, forged) or "")
    removed = not any(door.nonce in value for value in came.authentication_results)
    return Judged(arrived=True, name=name, fooled=fooled, removed=removed)


def _there_and_back(door: Door, which: str, forged: str | None, now: datetime) -> Head | None:
    """The head of a mail to oneself as it came in; None when time is up."""
    key = f"doctor-{door.nonce}-{which}"
    raw = _compose(door, key, forged, now)
    cursor, since = None, now - _EARLIER
    door.transport.send(raw, door.address, (door.address,), lambda: None)
    end = time.monotonic() + door.patience
    with _never() as interrupt:
        while True:
            delta = door.mailbox.poll(cursor, since)
            cursor = delta.cursor
            for at in delta.heads:
                if at.ref.folder is Folder.INBOX and key.encode() in at.headers:
                    head = parse_head(at.headers)
                    if head.own_key == key:
                        return head
            left = end - time.monotonic()
            if not delta.more and left <= 0:
                return None
            if not delta.more:
                door.mailbox.wait(min(left, 2.0), interrupt)


def _compose(door: Door, key: str, forged: str | None, now: datetime) -> bytes:
    domain = door.address.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    if forged is not None:
        # What anybody outside could write, told from the server's own by its reason.
        mail["Authentication-Results"] = f'{forged}; dmarc=pass reason="{door.nonce}" header.from={domain}'
    mail["From"] = mail["To"] = door.address
    mail["Subject"] = "mentor-agent : vérification / check"
    mail["Date"] = now
    mail["Message-ID"] = make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail[KEY_HEADER] = key
    mail.set_content(_TEXT)
    return mail.as_bytes(policy=SMTP)


@contextmanager
def _never() -> Iterator[int]:
    """A descriptor that never becomes readable."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)
