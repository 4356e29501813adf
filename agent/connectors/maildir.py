"""A mailbox, and a way out, that are directories: the embedded default. Any mail program reads them (Maildir++).

What was seen is remembered by name. The inode change time tells roughly when a file came to its directory: mtime
cannot, since mbsync and others set it to the time of arrival on the server.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from agent.connectors.maildir_files import (
    MailFile,
    create_folder,
    find_file,
    list_files,
    reachable,
    read_headers,
    write_mail,
)
from agent.connectors.ports import Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, bounded_headers, carries, check_envelope, message_id
from agent.errors import UnreadableError

_LOOK_EVERY = 2.0  # seconds between two looks at the directories; also the coarsest file clock (FAT) we allow for
_WINDOW = 1000  # names remembered in each folder once nothing waits: keeps the cursor under 40 kB

_Marks = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of one folder: every file that changed before `floor` (ns) is known, and those in `names` (digests)."""

    floor: int = 0
    names: frozenset[str] = frozenset()

    def knows(self, file: MailFile) -> bool:
        return file.changed < self.floor or _digest(file.name) in self.names

    def after(self, known: list[MailFile], waiting: bool) -> _Seen:
        """The shortest memory that covers `known` (what is gone is forgotten); it is not cut while others wait."""
        times = sorted((file.changed for file in known), reverse=True)
        floor = self.floor if waiting else times[_WINDOW - 1] if len(times) > _WINDOW else 0
        return _Seen(floor, frozenset(_digest(file.name) for file in known if file.changed >= floor))


@dataclass(frozen=True, slots=True)
class _Cursor:
    since: datetime  # what was received before belongs to the time before the agent, whenever its file changes
    seen: dict[Folder, _Seen]

    @classmethod
    def parse(cls, text: str | None, since: datetime) -> _Cursor:
        try:
            data = json.loads(text or "")
            seen = {f: _Seen(int(data[f][0]), frozenset(map(str, data[f][1]))) for f in Folder}
            return cls(datetime.fromisoformat(data["since"]).astimezone(UTC), seen)
        except (ValueError, KeyError, IndexError, TypeError):
            return cls(since, {folder: _Seen() for folder in Folder})

    def dump(self) -> str:
        lists = {str(folder): [seen.floor, sorted(seen.names)] for folder, seen in self.seen.items()}
        return json.dumps({"since": self.since.isoformat(), **lists})


def _digest(name: str) -> str:
    return blake2b(os.fsencode(name), digest_size=8).hexdigest()


class MaildirMailbox:
    """A Maildir++ tree as the mentor's mailbox: `root` is the inbox, `root/.Sent` the Sent folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders = {Folder.INBOX: root, Folder.SENT: root / ".Sent"}
        self._listed: tuple[_Marks, float] | None = None  # directory times, and when they were first met
        self._quiet: tuple[str, _Marks] | None = None  # nothing is new while cursor and directories are these

    def create(self) -> None:
        """Make the directories that are missing."""
        with reachable(self._root):
            for folder in self._folders.values():
                create_folder(folder)
            (self._folders[Folder.SENT] / "maildirfolder").touch()

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`. A mail whose flags change while 1000 newer ones are remembered may be given again."""
        last, self._listed = self._listed, None
        with reachable(self._root):
            marks = self._marks()  # before the listing: what changes during it is met by the next poll
            self._listed = last if last and last[0] == marks else (marks, time.monotonic())
            if cursor is not None and self._quiet == (cursor, marks):
                return MailDelta((), cursor)
            return self._scan(_Cursor.parse(cursor, since), marks)

    def _scan(self, old: _Cursor, marks: _Marks) -> MailDelta:
        known: dict[Folder, list[MailFile]] = {folder: [] for folder in Folder}
        fresh: list[tuple[datetime, str, Folder, MailFile]] = []
        for folder, directory in self._folders.items():
            for file in list_files(directory):
                if file.received_at < old.since:
                    continue
                if old.seen[folder].knows(file):
                    known[folder].append(file)
                else:
                    fresh.append((file.received_at, file.name, folder, file))
        fresh.sort(key=lambda entry: entry[:2])
        heads = []
        for _, _, folder, file in fresh[:BATCH]:
            known[folder].append(file)
            if head := self._head(folder, file):
                heads.append(head)
        more = len(fresh) > BATCH
        cursor = _Cursor(old.since, {f: old.seen[f].after(known[f], waiting=more) for f in Folder}).dump()
        # A file that comes within the same tick of the file clock leaves no trace in the directory's time.
        settled = self._listed is not None and time.monotonic() - self._listed[1] >= _LOOK_EVERY
        self._quiet = (cursor, marks) if settled and not more else None
        return MailDelta(tuple(heads), cursor, more)

    def _head(self, folder: Folder, file: MailFile) -> MailHead | None:
        ref = MailRef(folder, file.name)
        try:
            return MailHead(ref, read_headers(file.path), file.size, file.received_at)
        except FileNotFoundError:  # flagged or deleted since it was listed
            moved = find_file(self._folders[folder], file.name)
            return MailHead(ref, read_headers(moved), file.size, file.received_at) if moved else None
        except PermissionError:  # one bad file must not hide the others: fetch says what is wrong with it
            return MailHead(ref, b"", file.size, file.received_at)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`. Line ends are those of the file, usually LF."""
        with reachable(self._root):
            path = find_file(self._folders[ref.folder], ref.uid)
            try:
                if path:
                    return path.read_bytes()
            except (FileNotFoundError, PermissionError) as exc:
                raise UnreadableError(f"the mail {ref.uid} cannot be read: {exc.strerror}") from exc
        raise UnreadableError(f"the mail {ref.uid} is no longer in {self._folders[ref.folder]}")

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`. Reads every header block in Sent."""
        with reachable(self._root):
            for file in list_files(self._folders[Folder.SENT]):
                try:
                    if carries(read_headers(file.path), message_id, key):
                        return True
                except FileNotFoundError:
                    moved = find_file(self._folders[Folder.SENT], file.name)
                    if moved and carries(read_headers(moved), message_id, key):
                        return True
        return False

    def save_sent(self, raw: bytes) -> None:
        """See `Mailbox.save_sent`. Its time is that of its Date header."""
        wanted = message_id(bounded_headers(raw))
        if not (wanted and self.sent_has(wanted, "")):
            with reachable(self._root):
                write_mail(self._folders[Folder.SENT], raw, "cur", ":2,S")

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`. While the directory is away it waits for its return."""
        end = time.monotonic() + seconds
        known = self._listed[0] if self._listed else self._marks_or_none()
        pause = 0.0
        while not select.select([interrupt], [], [], pause)[0]:
            if self._marks_or_none() != known:
                return True
            if self._listed and not self._quiet and time.monotonic() - self._listed[1] >= _LOOK_EVERY:
                return True  # the last listing may have missed a file of the same tick
            pause = min(_LOOK_EVERY, end - time.monotonic())
            if pause <= 0:
                return False
        return False

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        with reachable(self._root):
            return [f"{d}: {sum(1 for _ in list_files(d))} mails" for d in self._folders.values()]

    def close(self) -> None:
        """Nothing is held."""

    def _marks(self) -> _Marks:
        return tuple((d / sub).stat().st_mtime_ns for d in self._folders.values() for sub in ("new", "cur"))

    def _marks_or_none(self) -> _Marks | None:
        try:
            return self._marks()
        except OSError:
            return None


class MaildirTransport:
    """The way out of the embedded default: every message becomes a file in `root/new`, for whoever carries the post.

    The envelope (RFC 5321 2.3.1) is kept in front of the message: one Return-Path, one Delivered-To a recipient. What
    goes to the mentor alone (`own`, their address) is delivered at once, into the Maildir `inbox`.
    """

    def __init__(self, root: Path, inbox: Path | None = None, own: str | None = None) -> None:
        self._root, self._inbox, self._own = root, inbox, own

    def create(self) -> None:
        """Make the directories that are missing."""
        with reachable(self._root):
            create_folder(self._root)

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`. Never uncertain: the last step is one rename."""
        check_envelope(sender, recipients)
        envelope = f"Return-Path: <{sender}>\n" + "".join(f"Delivered-To: {address}\n" for address in recipients)
        home = self._inbox is not None and {address.lower() for address in recipients} == {self._own}
        place = self._inbox if self._inbox is not None and home else self._root
        with reachable(place):
            write_mail(place, envelope.encode() + raw, "new", "", before_data)

    def check(self) -> list[str]:
        """See `Transport.check`."""
        with reachable(self._root):
            return [f"{self._root}: {sum(1 for _ in list_files(self._root))} messages wait to be carried"]
