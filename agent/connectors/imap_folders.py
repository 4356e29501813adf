"""Which folder is open on a connection, and how far INBOX and Sent go, in as few round trips as can be.

To open a folder has the server look through it: one that is open is asked what came instead, for ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from agent.connectors.imap_cursor import Place
from agent.connectors.imap_read import complete
from agent.connectors.ports import Folder

if TYPE_CHECKING:
    from imapclient import IMAPClient

_OPEN_FOR = 600.0  # seconds; after that a folder is opened anew, in case a server forgets an open one

End: TypeAlias = tuple[int, int]
"""UIDVALIDITY and UIDNEXT of a folder."""


class Folders:
    """INBOX and Sent on one connection, opened for reading only. `clock` gives seconds."""

    def __init__(self, client: IMAPClient, names: Mapping[Folder, str], clock: Callable[[], float]) -> None:
        self._client, self._names, self._clock = client, names, clock
        self._open: tuple[Folder, int, float] | None = None  # which, its UIDVALIDITY, and since when
        self._last: dict[Folder, End] = {}

    def examine(self, folder: Folder) -> End:
        """Open a folder anew: then all that is in it is seen."""
        name = self._names[folder]
        end = _end(self._client, name, self._client.select_folder(name, readonly=True))
        self._open = (folder, end[0], self._clock())
        return end

    def ensure(self, folder: Folder, validity: int) -> bool:
        """Open a folder unless it is; whether its UIDs still mean the same."""
        return self._is_open(folder, validity) or self.examine(folder)[0] == validity

    def ends(self, places: Mapping[Folder, Place], known: int | None, *, going_on: bool) -> dict[Folder, End]:
        """How far both go. `known`: the first UID of INBOX that is not known, where all before it is.

        Where a poll is `going_on`, what its beginning found is enough: the one after it sees the rest.
        """
        if going_on and {f: place.validity for f, place in places.items()} == {f: e[0] for f, e in self._last.items()}:
            return self._last
        inbox, sent = places.get(Folder.INBOX), self._names[Folder.SENT]
        if inbox and known == inbox.next and self._is_open(Folder.INBOX, inbox.validity):
            end, other = _news_of(self._client, known, sent)
            self._last = {Folder.INBOX: (inbox.validity, end), Folder.SENT: other}
            return self._last
        if self._open and self._open[0] is Folder.SENT:
            self.examine(Folder.INBOX)  # STATUS of an open folder may tell how it was when it was opened
        opened, other = _ends_of(self._client, self._names[Folder.INBOX], sent)
        self._open = (Folder.INBOX, opened[0], self._clock())
        self._last = {Folder.INBOX: opened, Folder.SENT: other}
        return self._last

    def inbox_end(self, known: int | None) -> int:
        """UIDNEXT of INBOX, which is open then; `known` as for `ends`."""
        if known is not None and self._open and self._is_open(Folder.INBOX, self._open[1]):
            return _news_of(self._client, known, self._names[Folder.SENT])[0]
        return self.examine(Folder.INBOX)[1]

    def _is_open(self, folder: Folder, validity: int) -> bool:
        if self._open is None or self._open[:2] != (folder, validity):
            return False
        return 0 <= self._clock() - self._open[2] < _OPEN_FOR


def _ends_of(client: IMAPClient, inbox: str, sent: str) -> tuple[End, End]:
    """How far both folders go, asked in one breath. INBOX is open then."""
    imap: Any = client._imap
    tag = _ask_status(client, sent)
    opened = client.select_folder(inbox, readonly=True)
    told = _status(imap, tag)  # it came before the other's answer
    return _end(client, inbox, opened), told


def _news_of(client: IMAPClient, next_: int, sent: str) -> tuple[int, End]:
    """UIDNEXT of the open INBOX, of which all below `next_` is known, and how far Sent goes.

    Opened again it would be looked through by the server. NOOP lets in what has come (Dovecot puts that off while more
    commands wait, so the search leaves after it), and its answer is not relied upon: an EXISTS in the middle of another
    command's answer would be lost, the search's answer is complete.
    """
    imap: Any = client._imap
    status, noop = _ask_status(client, sent), imap._command("NOOP")
    told = _status(imap, status)
    complete(imap, "NOOP", noop)
    found = client.search(["UID", f"{next_}:*"])  # always gives the last one, however old
    return max([next_, *(uid + 1 for uid in found)]), told


def _ask_status(client: IMAPClient, name: str) -> Any:
    imap: Any = client._imap
    return imap._command("STATUS", client._normalise_folder(name), "(UIDVALIDITY UIDNEXT)")


def _status(imap: Any, tag: Any) -> End:
    from imapclient.response_parser import parse_response  # noqa: PLC0415 -- as imap_login imports it

    complete(imap, "STATUS", tag)
    told = parse_response(imap.untagged_responses.pop("STATUS"))[-1]
    found = dict(zip(told[::2], told[1::2], strict=True))
    return found[b"UIDVALIDITY"], found[b"UIDNEXT"]


def _end(client: IMAPClient, name: str, answer: dict[bytes, Any]) -> End:
    if b"UIDNEXT" not in answer:  # RFC 3501 allows that
        answer |= client.folder_status(name, ["UIDNEXT", "UIDVALIDITY"])
    return answer[b"UIDVALIDITY"], answer[b"UIDNEXT"]
