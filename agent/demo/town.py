"""The place of the demo: a folder with a mailbox, a post office and a calendar, a clock that jumps, and a record.

The people in it act on files alone, as people with mail programs do. Every file carries the demo's time, never that of
the machine, so that the same story is the same mails each time.
"""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

from agent import config
from agent.bootstrap import build
from agent.connectors.maildir_files import create_folder
from agent.demo.mail import opened, parse, shown_name
from agent.demo.place import AGENT, PARIS, START, settings_text
from agent.errors import AgentError
from agent.loop import tick
from agent.store import OutboxRow
from agent.world import World


class StoryError(AgentError):
    """Somebody in the story expected something of the agent that did not come, or came too soon."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail of the story. `row` is the agent's own record of it when the agent sent it."""

    at: datetime
    sender: str
    recipient: str
    message: EmailMessage
    raw: bytes
    row: OutboxRow | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something other than a mail, in words."""

    at: datetime
    text: str


@dataclass
class Town:
    """The folder and what goes on in it. `now` is the demo's time, UTC."""

    folder: Path
    now: datetime = START
    record: list[Mailed | Happened] = field(default_factory=list)
    letterboxes: dict[str, list[Mailed]] = field(default_factory=dict)  # what the post brought, by address
    twice: list[str] = field(default_factory=list)  # Message-IDs that the post was given more than once
    world: World = field(init=False)
    _carried: set[str] = field(default_factory=set)
    _seen: set[Path] = field(default_factory=set)
    _agenda: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _count: int = 0
    _ids: int = 0

    def __post_init__(self) -> None:
        for folder in (self.mail, self.sent, self.post):
            create_folder(folder)
        (self.sent / "maildirfolder").touch()
        self.calendar.mkdir()
        self.settings_file.write_text(
            settings_text(self.settings_file, self.mail, self.post, self.calendar), encoding="utf-8"
        )
        self.world = self._open()

    @property
    def mail(self) -> Path:
        """The mentor's inbox, a Maildir."""
        return self.folder / "mailbox"

    @property
    def sent(self) -> Path:
        """The mentor's Sent folder."""
        return self.mail / ".Sent"

    @property
    def post(self) -> Path:
        """Where letters that leave wait to be carried."""
        return self.folder / "post"

    @property
    def calendar(self) -> Path:
        """The mentor's calendar, a directory of .ics files."""
        return self.folder / "calendar"

    @property
    def settings_file(self) -> Path:
        """The settings, fit for every other command too."""
        return self.folder / "agent.toml"

    def at(self, when: datetime, act: Callable[[], object]) -> None:
        """Something that somebody will do."""
        self._count += 1
        heapq.heappush(self._agenda, (when.astimezone(UTC), self._count, act))

    def later(self, wait: timedelta, act: Callable[[], object]) -> None:
        """Something that somebody will do after a while."""
        self.at(self.now + wait, act)

    def play(self, until: datetime) -> Iterator[datetime]:
        """Let time pass, from one moment at which anything happens to the next; the moments, for who watches."""
        look = self.now
        while (moment := min([look, *(when for when, _, _ in self._agenda[:1])])) < until:
            self.now = moment
            while self._agenda and self._agenda[0][0] <= moment:
                heapq.heappop(self._agenda)[2]()
            look = self._agent_works()
            yield moment
        self.now = until

    def _agent_works(self) -> datetime:
        """Ticks as the daemon's would be: mail that comes or goes wakes it again. When it wants to look next."""
        while True:
            done = tick(self.world, self.now)
            if not self._carry(done.sent):
                return max(done.next_look, self.now + timedelta(seconds=1))

    def restart(self) -> None:
        """The mentor's computer is switched off and on again: what is not in the folder is lost."""
        self.world.store.close()
        self.world = self._open()
        self.tell("The computer is restarted: the agent goes on from what it stored")

    def close(self) -> None:
        """Close the agent's store."""
        self.world.mailbox.close()
        self.world.store.close()

    def tell(self, text: str) -> None:
        """Put into the record what is no mail."""
        self.record.append(Happened(self.now, text))

    def deliver(self, message: EmailMessage, *, copy_in_sent: bool = False, remark: str = "") -> None:
        """A person's mail arrives in the mentor's inbox now; the mentor's own also lies in Sent."""
        raw = message.as_bytes(policy=policy.SMTP)
        if copy_in_sent:
            self._file(self.sent / "cur", raw, ":2,S")
        self._file(self.mail / "new", raw)
        self._note(Mailed(self.now, shown_name(message, "From"), shown_name(message, "To"), message, raw, None, remark))

    def clock(self) -> datetime:
        """What the people's clocks show."""
        return self.now.astimezone(PARIS)

    def _carry(self, sent: Sequence[OutboxRow]) -> int:
        """Bring to its people what came into the mailbox or waits at the post office, as it was sent; how many."""
        rows = {row.message_id: (n, row) for n, row in enumerate(sent)}
        waiting = []
        for path in (*(self.mail / "new").iterdir(), *(self.post / "new").iterdir()):
            envelope, raw = opened(path.read_bytes())
            if not envelope or path in self._seen:
                continue  # a person's mail, or noted already
            self._seen.add(path)
            message = parse(raw)
            place, row = rows.get(str(message["Message-ID"]), (len(rows), None))
            waiting.append((place, path, envelope, raw, message, row))
        for _, _, envelope, raw, message, row in sorted(waiting, key=lambda one: one[:2]):
            self._bring(envelope, raw, message, row)
        return len(waiting)

    def _bring(self, envelope: list[str], raw: bytes, message: EmailMessage, row: OutboxRow | None) -> None:
        message_id = str(message["Message-ID"])
        if message_id in self._carried:
            self.twice.append(message_id)
        self._carried.add(message_id)
        self._note(Mailed(self.now, AGENT, shown_name(message, "To"), message, raw, row), envelope)

    def _note(self, mailed: Mailed, envelope: list[str] | None = None) -> None:
        self.record.append(mailed)
        for address in envelope or ():
            self.letterboxes.setdefault(address, []).append(mailed)

    def _file(self, folder: Path, raw: bytes, flags: str = "") -> None:
        self._count += 1
        name = f"{int(self.now.timestamp())}.{self._count:05}.demo"
        draft = folder.parent / "tmp" / name
        draft.write_bytes(raw.replace(b"\r\n", b"\n"))
        stamp(draft, self.now)
        draft.rename(folder / (name + flags))

    def _open(self) -> World:
        return replace(build(config.load(self.settings_file), {}), random_bytes=self._bytes)

    def _bytes(self, size: int) -> bytes:
        """Ids that are the same in every run; a real agent's are unguessable."""
        self._ids += 1
        return hashlib.sha256(str(self._ids).encode()).digest()[:size]


def stamp(path: Path, at: datetime) -> None:
    """Give a file the demo's time."""
    os.utime(path, (at.timestamp(), at.timestamp()))
