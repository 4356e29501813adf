"""On real servers: from delivery to the first-contact letter, and what the idle daemon holds in memory."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

from imapclient import IMAPClient

from bench.figures import say
from tests.servers.dovecot import Dovecot, available
from tests.servers.town import Town, eventually

ROUNDS = 7


def run() -> None:
    """One daemon; a plain IDLE client beside it hears the same deliveries."""
    if not available():
        say("delivery to letter, memory of the daemon", "not measured: Dovecot is missing")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        Dovecot() as dovecot,
        Town(dovecot, Path(folder), model=False) as town,
    ):
        daemon = town.daemon()
        try:
            eventually(lambda: any("veille" in str(mail["Subject"]) for mail in town.inbox()))
            time.sleep(2)
            before = _memory(daemon.pid)
            rounds = [_round(town, number) for number in range(ROUNDS)]
            heard, letter = (statistics.median(figures) for figures in zip(*rounds, strict=True))
            ratio = statistics.median(accepted / idle for idle, accepted in rounds)
            figure = f"{ratio:.1f} x ({letter * 1000:.0f} ms / {heard * 1000:.0f} ms)"
            say("delivery until the letter is accepted / until IDLE notifies", figure)
            time.sleep(5)
            say(
                "resident memory of the idle daemon, IMAP + CalDAV: after start",
                f"{before:.1f} MB",
                "goal: under 60 MB",
            )
            say(f"... and after {ROUNDS} first-contact letters", f"{_memory(daemon.pid):.1f} MB", "goal: under 60 MB")
        finally:
            daemon.terminate()
            daemon.wait(timeout=20)


def _round(town: Town, number: int) -> tuple[float, float]:
    """Seconds from handing the school's mail to SMTP until IDLE says so, and until the letter is accepted."""
    address = f"learner{number}@learner.example"
    listening, heard = threading.Event(), threading.Event()
    times: list[float] = []

    def listen() -> None:
        with IMAPClient(town.dovecot.host, town.dovecot.port, ssl=False, timeout=20) as client:
            client.login(town.account.address, town.account.password)
            client.select_folder("INBOX", readonly=True)
            client.idle()
            listening.set()
            if client.idle_check(timeout=20):
                times.append(time.perf_counter())
            client.idle_done()
            heard.set()

    listener = threading.Thread(target=listen)
    listener.start()
    listening.wait(20)
    start = time.perf_counter()
    town.school_assigns(f"Learner Number{number}", address)
    eventually(lambda: bool(town.letters(address)), 30)
    accepted = time.perf_counter()
    heard.wait(20)
    listener.join()
    time.sleep(1)
    return times[0] - start, accepted - start


def _memory(pid: int) -> float:
    """Resident set in MB (10^6 bytes), as Linux accounts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmRSS: this bench needs Linux")
