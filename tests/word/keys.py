"""Keys, signatures and a DNS for the tests of DKIM. Keys are made by the openssl command when they are needed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from dkim import DKIM

from agent.errors import TransientError
from tests.servers.name_server import served

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
SELECTOR = "s1"


@cache
def private_key(bits: int = 1024) -> bytes:
    """An RSA key as PEM; the same for the whole run."""
    command = ["openssl", "genrsa", "-traditional", str(bits)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@cache
def record(bits: int = 1024, tags: str = "v=DKIM1; k=rsa") -> bytes:
    """Its public half as a TXT record (RFC 6376 3.6.1)."""
    command = ["openssl", "rsa", "-pubout", "-outform", "PEM"]
    done = subprocess.run(command, input=private_key(bits), capture_output=True, check=True)
    return f"{tags}; p={''.join(done.stdout.decode().splitlines()[1:-1])}".encode()


def signed(
    raw: bytes,
    domain: str = "mentor.example",
    *,
    headers: tuple[str, ...] = HEADERS,
    bits: int = 1024,
    algorithm: str = "rsa-sha256",
    length: bool = False,
    identity: str | None = None,
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
) -> bytes:
    """The mail with a DKIM-Signature on top that covers those of `headers` that it has, each as often as named."""
    signer = DKIM(raw, signature_algorithm=algorithm.encode(), minkey=0)
    there = {name.lower() for name, _ in signer.headers}
    field = signer.sign(
        SELECTOR.encode(),
        domain.encode(),
        private_key(bits),
        identity=identity.encode() if identity else None,
        canonicalize=canonical,
        include_headers=[name.encode() for name in headers if name.lower().encode() in there],
        length=length,
    )
    return bytes(field) + raw


class Zone:
    """TXT records by name, as `World.text_records`; `away` makes it silent. `asked` is what was looked up."""

    def __init__(self, *records: bytes, domain: str = "mentor.example") -> None:
        self.records = {f"{SELECTOR}._domainkey.{domain}.": records} if records else {}
        self.asked: list[str] = []
        self.away = False

    def __call__(self, name: str) -> tuple[bytes, ...]:
        """See `TextRecords`."""
        self.asked.append(name)
        if self.away:
            raise TransientError("no name server answers")
        return self.records.get(name.lower(), ())


@contextmanager
def name_server(zone: Zone) -> Iterator[tuple[str, int]]:
    """The zone over UDP on loopback; while it is away it says nothing."""

    def look_up(name: str, kind: str) -> list[str] | None:
        found = [_quoted(text) for text in zone(name)] if kind == "TXT" else []
        return found or None

    with served(look_up) as door:
        yield door


def _quoted(text: bytes) -> str:
    """A TXT record as zone files write it, in pieces of at most 255 bytes (RFC 1035 3.3.14)."""
    pieces = [text[start : start + 255].decode("ascii") for start in range(0, len(text), 255)]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
