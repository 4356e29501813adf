"""The memory of the tests' Exchange server: mailboxes, folders, items with change keys, and what changed since when."""

from __future__ import annotations

import base64
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.connectors.rawmail import bounded_headers

FOLDERS = {"inbox": "IPF.Note", "sentitems": "IPF.Note", "deleteditems": "IPF.Note", "calendar": "IPF.Appointment"}
MOST_CHANGES = 512

_ids = itertools.count(1)


@dataclass
class Item:
    """`tag` is its element's name; `fields` its other elements as XML text; `extended` its extended properties."""

    tag: str
    id: str = field(default_factory=lambda: _opaque("item", next(_ids)))
    raw: bytes = b""
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    transport_headers: str | None = None
    read: bool = False
    draft: bool = False
    corrupt: bool = False
    extended: dict[str, str] = field(default_factory=dict)
    elements: dict[str, str] = field(default_factory=dict)
    occurrences: dict[str, Item] = field(default_factory=dict)
    version: int = 1

    @property
    def change_key(self) -> str:
        """Another one after each change."""
        return _opaque(self.id[-12:], self.version)

    @property
    def headers(self) -> bytes:
        """The header block of a mail."""
        return bounded_headers(self.raw)


@dataclass
class Change:
    """`created` is the number of the change that brought the item."""

    number: int
    created: int
    only_read: bool = False


class Folder:
    """Holds items. `changes` has the last change of every item there ever was, in order."""

    def __init__(self, name: str, owner: Mailbox) -> None:
        self.name, self.owner = name, owner
        self.id = _opaque(f"{owner.address}/{name}", 0)
        self.items: dict[str, Item] = {}
        self._changes: dict[str, Change] = {}
        self._last = 0

    def add(self, item: Item, *events: str) -> Item:
        """An item appears."""
        with self.owner.lock:
            self.items[item.id] = item
            self._note(item.id, created=True)
        for event in events or ("CreatedEvent",):
            self.owner.ring(self, event, item.id)
        return item

    def touch(self, item: Item, *, only_read: bool = False) -> None:
        """An item changed."""
        with self.owner.lock:
            item.version += 1
            self._note(item.id, only_read=only_read)
        self.owner.ring(self, "ModifiedEvent", item.id)

    def remove(self, item_id: str) -> Item:
        """An item goes; KeyError if it is not there."""
        with self.owner.lock:
            gone = self.items.pop(item_id)
            self._note(item_id)
        self.owner.ring(self, "DeletedEvent", item_id)
        return gone

    def since(self, state: str, most: int) -> tuple[list[tuple[str, str]], str, bool]:
        """(kind, id) of what changed, at most so many, the state then, and whether that is all. KeyError: bad state."""
        with self.owner.lock:
            seen = self._number(state)
            found = [(item_id, change) for item_id, change in self._changes.items() if change.number > seen]
            told = [(self._kind(item_id, change, seen), item_id) for item_id, change in found[:most]]
            upto = found[most - 1][1].number if len(found) > most else self._last
            new = _opaque(f"{self.owner.epoch}:{self.name}", upto)
            return [(kind, item_id) for kind, item_id in told if kind], new, len(found) <= most

    def _kind(self, item_id: str, change: Change, seen: int) -> str:
        known = change.created <= seen
        if item_id not in self.items:
            return "Delete" if known else ""
        if not known:
            return "Create"
        return "ReadFlagChange" if change.only_read else "Update"

    def _number(self, state: str) -> int:
        if not state:
            return 0
        name, number = _clear(state)
        if name != f"{self.owner.epoch}:{self.name}":
            raise KeyError(state)
        return number

    def _note(self, item_id: str, *, created: bool = False, only_read: bool = False) -> None:
        self._last += 1
        before = self._changes.pop(item_id, None)
        began = self._last if created or before is None else before.created
        self._changes[item_id] = Change(self._last, began, only_read)


@dataclass
class Subscription:
    """Events that were not fetched yet; `alive` is false once the server forgot it."""

    id: str
    folders: list[str]
    kinds: set[str]
    events: list[tuple[str, str, str]] = field(default_factory=list)
    alive: bool = True


class Mailbox:
    """One person's folders. `forget_states` makes every sync state worthless, as a move to another server does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.epoch = 1
        self.lock = threading.RLock()
        self.news = threading.Condition(self.lock)
        self.subscriptions: dict[str, Subscription] = {}
        self.folders = {name: Folder(name, self) for name in FOLDERS}

    def deliver(self, raw: bytes, folder: str = "inbox", at: datetime | None = None) -> Item:
        """A mail arrives, or (in Sent) was written in the mentor's own program."""
        item = Item("Message", raw=raw, received=at or datetime.now(UTC), read=folder == "sentitems")
        if folder == "inbox":
            item.transport_headers = _printable(item.headers)
            return self.folders[folder].add(item, "NewMailEvent", "CreatedEvent")
        return self.folders[folder].add(item)

    def forget_states(self) -> None:
        """The next sync with an old state is refused."""
        with self.lock:
            self.epoch += 1

    def find(self, item_id: str) -> tuple[Folder, Item] | None:
        """An item, or a changed occurrence of one, in whichever folder."""
        with self.lock:
            for folder in self.folders.values():
                if item_id in folder.items:
                    return folder, folder.items[item_id]
                for item in folder.items.values():
                    if item_id in item.occurrences:
                        return folder, item.occurrences[item_id]
        return None

    def ring(self, folder: Folder, kind: str, item_id: str) -> None:
        """Tell the subscriptions."""
        with self.news:
            for one in self.subscriptions.values():
                if folder.id in one.folders and kind in one.kinds:
                    one.events.append((kind, folder.id, item_id))
            self.news.notify_all()

    def subscribe(self, folders: list[str], kinds: set[str]) -> Subscription:
        """A new streaming subscription."""
        with self.lock:
            made = Subscription(_opaque(f"subscription {self.address}", next(_ids)), folders, kinds)
            self.subscriptions[made.id] = made
            return made

    def expire_subscriptions(self) -> None:
        """The server was restarted: it knows none of them."""
        with self.news:
            for one in self.subscriptions.values():
                one.alive = False
            self.subscriptions.clear()
            self.news.notify_all()

    def events(
        self, subscription: Subscription, stop: Callable[[], bool], patience: float
    ) -> list[tuple[str, str, str]]:
        """What a subscription has to tell, waiting for it a little while."""
        with self.news:
            self.news.wait_for(lambda: bool(subscription.events) or not subscription.alive or stop(), patience)
            told, subscription.events = subscription.events, []
            return told

    def all_items(self) -> Iterator[tuple[str, Item]]:
        """Every item with its folder's name."""
        for name, folder in self.folders.items():
            for item in folder.items.values():
                yield name, item


def _opaque(name: str, number: int) -> str:
    return base64.b64encode(f"{name}|{number}".encode()).decode()


def _clear(token: str) -> tuple[str, int]:
    try:
        name, _, number = base64.b64decode(token, validate=True).decode().rpartition("|")
        return name, int(number)
    except ValueError:
        raise KeyError(token) from None


def _printable(headers: bytes) -> str:
    text = headers.decode("utf-8", "replace")
    return "".join(c for c in text if c in "\t\r\n" or c >= " ").replace("\r\n", "\n").replace("\n", "\r\n")
