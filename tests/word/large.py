"""Large mails, for the memory that reading one takes."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

_HEAD = b"From: a@mentor.example\r\nSubject: x\r\n"
_MIXED = _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
_FILE = (
    b"--b\r\nContent-Type: text/plain\r\n\r\nok\r\n--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)
_TEXT = "quelques mots ordinaires, été compris, sur une ligne\r\n".encode()
_PAGE = "<p>quelques <b>mots</b> ordinaires, été compris</p>\r\n".encode()


def _file(size: int) -> bytes:
    line = b64encode(Random(1).randbytes(57)) + b"\r\n"  # noqa: S311 - not for secrets
    return _MIXED + _FILE + line * (size // len(line)) + b"--b--\r\n"


def _text(size: int) -> bytes:
    return _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _TEXT * (size // len(_TEXT))


def _page(size: int) -> bytes:
    return _HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + _PAGE * (size // len(_PAGE))


def _parts(size: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"x" * max(1, size // 10_000 - 40) + b"\r\n"
    return _MIXED + part * 10_000 + b"--b--"


def _lines(size: int) -> bytes:
    return _HEAD + b"\r\n" + b"\n" * size


LARGE: Mapping[str, Callable[[int], bytes]] = {
    "one attachment": _file,
    "one text": _text,
    "one page of HTML": _page,
    "10,000 parts": _parts,
    "empty lines": _lines,
}

_CHILD = """
import json, resource, sys, time, tracemalloc
from agent.understand.mail import parse_mail
from tests.word.large import LARGE
parse_mail(b"Content-Type: text/html\\n\\n<p>x")
raw = LARGE[sys.argv[1]](int(sys.argv[2]))
if sys.argv[3] == "traced":
    tracemalloc.start()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
parse_mail(raw)
took = time.perf_counter() - began
resident = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
peak = tracemalloc.get_traced_memory()[1] if tracemalloc.is_tracing() else 0
print(json.dumps([len(raw), took, resident, peak]))
"""


@dataclass(frozen=True)
class Cost:
    """Of reading one mail, beside the mail itself: seconds, and its size over what the process grew by at most.

    `resident`: as the system sees it, native libraries included; `traced`: what Python itself allocated.
    """

    seconds: float
    resident: float
    traced: float


def cost(what: str, size: int) -> Cost:
    """Measured in processes of their own."""
    plain, traced = (_child(what, size, how) for how in ("plain", "traced"))
    return Cost(plain[1], plain[2] / plain[0], traced[3] / traced[0])


def _child(what: str, size: int, how: str) -> tuple[int, float, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, what, str(size), how], capture_output=True, check=True, text=True
    )
    length, seconds, resident, peak = json.loads(done.stdout)
    return length, seconds, resident, peak
