"""Our side of bench.mail_sync, in a process of its own: MODE PORT USER PASSWORD CURSOR NUMBER; prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.connectors.imap import ImapMailbox

SINCE = datetime.now(UTC) - timedelta(days=90)


def main(mode: str, port: str, user: str, password: str, cursor: str, number: str) -> None:
    """ "first": everything from a lost cursor on, NUMBER mails. "quiet": NUMBER polls that bring nothing."""
    mailbox = ImapMailbox("127.0.0.1", int(port), user, password, tls=False)
    said = _first(mailbox, int(number)) if mode == "first" else _quiet(mailbox, cursor, int(number))
    mailbox.close()
    lines = Path("/proc/self/status").read_text().splitlines()
    said["memory"] = next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))
    sys.stdout.write(json.dumps(said))


def _first(mailbox: ImapMailbox, expected: int) -> dict[str, object]:
    import imapclient  # noqa: F401, PLC0415 -- a running daemon has it

    wall, cpu = time.perf_counter(), time.process_time()
    seen, cursor, more = 0, None, True
    while more:
        delta = mailbox.poll(cursor, SINCE)
        seen, cursor, more = seen + len(delta.heads), delta.cursor, delta.more
    found: dict[str, object] = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "cursor": cursor}
    if seen != expected:
        raise RuntimeError(f"{seen} mails instead of {expected}")
    return found


def _quiet(mailbox: ImapMailbox, cursor: str, polls: int) -> dict[str, object]:
    rounds = []
    mailbox.poll(cursor, SINCE)  # connects
    for _ in range(polls):
        wall, cpu = time.perf_counter(), time.process_time()
        delta = mailbox.poll(cursor, SINCE)
        rounds.append((time.perf_counter() - wall, time.process_time() - cpu))
        if delta.heads:
            raise RuntimeError("something new came in the middle of the bench")
    walls, cpus = zip(*rounds, strict=True)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "cursor": cursor}


if __name__ == "__main__":
    main(*sys.argv[1:])
