"""A name server on loopback (RFC 1035, over UDP), for whatever a test says is in the DNS."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from agent.errors import TransientError

LookUp = Callable[[str, str], Sequence[str] | None]
"""From an absolute name and a type to records as zone files write them; None: no such name. TransientError: silence."""


@contextmanager
def served(look_up: LookUp) -> Iterator[tuple[str, int]]:
    """One question at a time, until the end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    question, sender = door.recvfrom(4096)
                    door.sendto(_answer(question, look_up), sender)
                except (TimeoutError, TransientError):
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield "127.0.0.1", int(door.getsockname()[1])
        finally:
            over.set()
            thread.join()


class Records:
    """A zone as a test writes it, {"example.org MX": ["10 mx.example.org."]}; `asked` is what was looked up."""

    def __init__(self, records: Mapping[str, Sequence[str]] | None = None) -> None:
        self.records = dict(records or {})
        self.asked: list[str] = []
        self.away = False

    def __call__(self, name: str, kind: str) -> Sequence[str] | None:
        """See `LookUp`."""
        wanted = f"{name.rstrip('.').lower()} {kind}"
        self.asked.append(wanted)
        if self.away:
            raise TransientError("no name server answers")
        if wanted in self.records:
            return self.records[wanted]
        return [] if any(key.split()[0] == wanted.split(maxsplit=1)[0] for key in self.records) else None


def _answer(raw: bytes, look_up: LookUp) -> bytes:
    question = dns.message.from_wire(raw)
    (asked,) = question.question
    records = look_up(str(asked.name), dns.rdatatype.to_text(asked.rdtype))
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    if records is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif records:
        answer.answer.append(dns.rrset.from_text(asked.name, 60, dns.rdataclass.IN, asked.rdtype, *records))
    return answer.to_wire()
