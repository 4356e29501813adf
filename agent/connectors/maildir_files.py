"""Maildir directories as files: listing, finding, reading a header block, writing safely (tmp first).

A mail's name is its file name without flags, because a mail that is read moves from new/ to cur/ and is renamed with
every flag.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.connectors.rawmail import HEADER_LIMIT, bounded_headers, header_block, own_date
from agent.errors import TerminalError, TransientError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MailFile:
    """One mail as a file; `changed` is the inode change time in ns, `size` is in bytes."""

    name: str  # without flags
    where: str  # a Path for each of them would be half the cost of a listing
    changed: int  # ns
    received_at: datetime
    size: int

    @property
    def path(self) -> Path:
        """Where it lay when it was listed."""
        return Path(self.where)


@contextmanager
def reachable(root: Path) -> Iterator[None]:
    """Turn every OSError into what the loop must do: a missing directory is a server that is away, never empty."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise TransientError(f"the mail directory {root} is not reachable: {exc.filename} is missing") from exc
    except PermissionError as exc:
        raise TerminalError(f"the mail directory {root} may not be used: {exc.filename}: {exc.strerror}") from exc
    except OSError as exc:
        kind = TerminalError if exc.errno == errno.EROFS else TransientError
        raise kind(f"the mail directory {root} does not answer: {exc}") from exc


def list_files(folder: Path) -> Iterator[MailFile]:
    """Every mail of one folder, in no order. OSError if the folder is not there."""
    names: set[str] = set()
    for sub in ("new", "cur"):  # in this order: a mail that is read meanwhile is met twice rather than never
        with os.scandir(folder / sub) as entries:
            for entry in entries:
                name = entry.name.partition(":")[0]
                if entry.name.startswith(".") or name in names:
                    continue
                try:
                    info = entry.stat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(info.st_mode):
                    names.add(name)
                    received = _EPOCH + timedelta(microseconds=info.st_mtime_ns // 1000)
                    yield MailFile(name, entry.path, info.st_ctime_ns, received, info.st_size)


def find_file(folder: Path, name: str) -> Path | None:
    """Where the mail of this name lies now."""
    return next((file.path for file in list_files(folder) if file.name == name), None)


def read_headers(path: Path) -> bytes:
    """The header block, reading little more than that of the file."""
    block = b""
    with path.open("rb") as file:
        while len(block) < HEADER_LIMIT and header_block(block) is None and (chunk := file.read(16 * 1024)):
            block += chunk
    return bounded_headers(block)


def create_folder(folder: Path) -> None:
    """Make one folder's three directories where they are missing."""
    for sub in ("tmp", "new", "cur"):
        (folder / sub).mkdir(mode=0o700, parents=True, exist_ok=True)


def write_mail(folder: Path, raw: bytes, place: str, flags: str, ready: Callable[[], None] = lambda: None) -> None:
    """Into tmp/, safely on the disk, then `ready`, then to its place by one rename. Lines end with LF, as is usual."""
    host = socket.gethostname().replace("/", r"\057").replace(":", r"\072")
    unique = f"{secrets.token_hex(8)}.{host}"
    draft = folder / "tmp" / unique
    date = own_date(bounded_headers(raw))
    try:
        with draft.open("xb") as file:
            file.write(raw.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        name = f"{int(draft.stat().st_mtime)}.{unique}"
        if date:
            os.utime(draft, (date.timestamp(), date.timestamp()))
        ready()
        draft.rename(folder / place / (name + flags))
    finally:
        draft.unlink(missing_ok=True)
