"""The mail half of the Graph stand-in: two folders, delta, lists with filters, MIME out and in, drafts.

Strict: what the documentation of v1.0 does not allow is refused, with Graph's own error object.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from tests.servers.graph_delta import Json, Log, Refused, page

FOLDERS = ("inbox", "sentitems", "drafts")
HEADERS, SIZE = "String 0x007D", "Long 0x0E08"
INTERNET_HEADERS = "String {00020386-0000-0000-C000-000000000046} Name "
USUAL = {"x-mailer", "x-priority"}
_EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)")
_SINCE = re.compile(r"receivedDateTime (?:ge|gt) ([0-9T:.Z-]+)")
_BETWEEN = re.compile(r"receivedDateTime ge ([0-9T:.Z-]+) and receivedDateTime le ([0-9T:.Z-]+)")
_MESSAGE_ID = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")
_PROPERTY = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '((?:[^']|'')*)'\)")


def _as_it_is(raw: bytes) -> bytes:
    return raw


@dataclass
class Item:
    """A message. `received_headers`: it came from outside, so that its transport headers were kept."""

    id: str
    folder: str
    raw: bytes
    at: datetime
    read: bool = False
    received_headers: bool = False

    def headers(self) -> bytes:
        for end in (b"\r\n\r\n", b"\n\n"):
            if end in self.raw[: 256 * 1024]:
                return self.raw[: self.raw.index(end)]
        return self.raw[: 256 * 1024]

    def field(self, name: str) -> list[str]:
        return ["".join(str(v).split()) for v in BytesHeaderParser().parsebytes(self.headers()).get_all(name, [])]


@dataclass
class Mail:
    """The messages of one mailbox. `accepted`: what sendMail took, as it left."""

    clock: Callable[[], datetime]
    owner: str
    items: dict[str, Item] = field(default_factory=dict)
    logs: dict[str, Log] = field(default_factory=lambda: {folder: Log() for folder in FOLDERS})
    accepted: list[bytes] = field(default_factory=list)
    named: set[str] = field(default_factory=lambda: set(USUAL))  # headers this mailbox has named properties for
    round_limit: int = 5000
    tells_all: bool = False  # changes and removals too, whatever changeType says
    untidy: bool = False  # rounds come in no order, and tell of a mail twice
    on_self: Callable[[bytes], bytes] = field(default=_as_it_is)
    _next: int = 0

    def put(self, raw: bytes, folder: str = "inbox", at: datetime | None = None) -> Item:
        """A message comes to lie in a folder."""
        self._next += 1
        item = Item(f"AAMkAGI2/{self._next:05}==", folder, raw, at or self.clock(), folder == "sentitems")
        item.received_headers = folder == "inbox"
        self.items[item.id] = item
        self.logs[folder].record("created", item.id)
        return item

    def remove(self, identity: str) -> None:
        """It is deleted for good."""
        item = self.items.pop(identity)
        self.logs[item.folder].record("deleted", identity)

    def mark(self, identity: str) -> None:
        """The mentor opens it."""
        self.items[identity].read = True
        self.logs[self.items[identity].folder].record("updated", identity)

    def folder(self, name: str) -> Json:
        if name not in FOLDERS:
            raise Refused(404, "ErrorItemNotFound", "The specified folder could not be found in the store.")
        inside = [item for item in self.items.values() if item.folder == name]
        unread = sum(not item.read for item in inside)
        return {"id": f"AQMk-{name}", "displayName": name, "totalItemCount": len(inside), "unreadItemCount": unread}

    def delta(self, folder: str, query: dict[str, str], size: int, link: Callable[[str, str], str]) -> Json:
        """messages/delta: a first round, its pages, or what happened since."""
        log = self.logs[folder]
        if token := query.get("$skiptoken"):
            _, items, number, asked = log.state(token)
            return page(log, link, items, number, size, asked)
        if token := query.get("$deltatoken"):
            _, number, asked = log.state(token)
            return page(log, link, self._changes(folder, number, asked), log.number, size, asked)
        unknown = set(query) - {"$select", "$expand", "$top", "$filter", "$orderby", "changeType"}
        if unknown or query.get("changeType", "created") not in ("created", "updated", "deleted"):
            raise Refused(400, "BadRequest", f"Unsupported query option: {sorted(unknown)}")
        if query.get("$orderby", "receivedDateTime desc") != "receivedDateTime desc":
            raise Refused(400, "ErrorInvalidUrlQuery", "The only supported $orderby is receivedDateTime desc")
        found = [item for item in self.items.values() if item.folder == folder and _fits(item, query, _SINCE)]
        found.sort(key=lambda item: item.at, reverse=True)
        limit = self.round_limit if "$filter" in query else len(found)
        told = [self._json(item, query) for item in found[:limit]]
        return page(log, link, _untidy(told) if self.untidy else told, log.number, size, query)

    def _changes(self, folder: str, number: int, asked: dict[str, str]) -> list[Json]:
        found: list[Json] = []
        for identity, kinds in self.logs[folder].since(number).items():
            item = self.items.get(identity)
            if item is None:
                if self.tells_all or asked.get("changeType", "deleted") == "deleted":
                    found.append({"id": identity, "@removed": {"reason": "deleted"}})
            elif "created" in kinds and _fits(item, asked, _SINCE):
                found.append(self._json(item, asked))
            elif self.tells_all or asked.get("changeType", "updated") == "updated":
                found.append({"@odata.type": "#microsoft.graph.message", "id": identity, "isRead": item.read})
        return found

    def listed(self, folder: str, query: dict[str, str], size: int, link: Callable[[str, str], str]) -> Json:
        """A plain list of messages with one of the filters that the program uses."""
        unknown = set(query) - {"$select", "$expand", "$top", "$filter", "$orderby", "$skip"}
        if unknown:
            raise Refused(400, "BadRequest", f"Unsupported query option: {sorted(unknown)}")
        inside = [item for item in self.items.values() if item.folder == folder]
        found = sorted((i for i in inside if self._matches(i, query.get("$filter"))), key=lambda i: i.at, reverse=True)
        skip = int(query.get("$skip", 0))
        answer: Json = {"value": [self._json(item, query) for item in found[skip : skip + size]]}
        if len(found) > skip + size:
            answer["@odata.nextLink"] = link("$skip", str(skip + size))
        return answer

    def _matches(self, item: Item, condition: str | None) -> bool:
        if condition is None:
            return True
        if wanted := _MESSAGE_ID.fullmatch(condition):
            # Exchange compares without regard to case
            return wanted[1].replace("''", "'").lower() in [one.lower() for one in item.field("Message-ID")]
        if wanted := _PROPERTY.fullmatch(condition):
            if not wanted[1].startswith(INTERNET_HEADERS):
                raise Refused(400, "ErrorInvalidProperty", wanted[1])
            values = item.field(wanted[1].removeprefix(INTERNET_HEADERS))
            return wanted[2].replace("''", "'").lower() in [one.lower() for one in values]
        if wanted := _BETWEEN.fullmatch(condition):
            return datetime.fromisoformat(wanted[1]) <= item.at <= datetime.fromisoformat(wanted[2])
        raise Refused(400, "ErrorInvalidUrlQueryFilter", condition)

    def value(self, identity: str) -> bytes:
        """/$value: the MIME form."""
        return self._item(identity).raw

    def draft(self, given: Json) -> Json:
        """A draft made through JSON: the headers it sets are known to the mailbox from now on."""
        for header in given.get("internetMessageHeaders", []):
            if not header["name"].lower().startswith("x-"):
                raise Refused(400, "InvalidInternetMessageHeader", header["name"])
            self.named.add(header["name"].lower())
        item = self.put(f"Subject: {given.get('subject', '')}\r\n\r\n".encode(), "drafts")
        return {"id": item.id, "isDraft": True, "subject": given.get("subject")}

    def delete(self, identity: str) -> None:
        """DELETE of a message."""
        self._item(identity)
        self.remove(identity)

    def send(self, body: bytes) -> None:
        """sendMail in MIME form: kept in Sent Items, and brought to the inbox where it is for its own owner."""
        try:
            raw = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise Refused(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
            ) from None
        head, _, rest = raw.partition(b"\r\n\r\n")
        parsed = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
        people = getaddresses([str(v) for name in ("To", "Cc", "Bcc") for v in parsed.get_all(name, [])])
        if not people:
            raise Refused(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
        kept = _without_unknown(head, self.named) + b"\r\n\r\n" + rest
        self.accepted.append(kept)
        self.put(kept, "sentitems")
        if self.owner.lower() in {address.lower() for _, address in people}:
            self.put(self.on_self(kept))

    def _item(self, identity: str) -> Item:
        if identity not in self.items:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return self.items[identity]

    def _json(self, item: Item, query: dict[str, str]) -> Json:
        every = {
            "receivedDateTime": f"{item.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "internetMessageId": next(iter(item.field("Message-ID")), None),
            "isRead": item.read,
            "isDraft": item.folder == "drafts",
        }
        wanted = query["$select"].split(",") if "$select" in query else list(every)
        if not set(wanted) <= {*every, "id"}:
            raise Refused(400, "RequestBroker--ParseUri", f"Could not find a property among {wanted}")
        answer: Json = {
            "@odata.type": "#microsoft.graph.message",
            "@odata.etag": f'W/"{item.id}{item.read}"',
            "id": item.id,
            **{name: every[name] for name in wanted if name != "id"},
        }
        if expand := query.get("$expand"):
            shape = _EXPAND.fullmatch(expand)
            if shape is None:
                raise Refused(400, "ErrorInvalidUrlQuery", expand)
            if properties := self._properties(item, re.findall(r"'([^']+)'", shape[1])):
                answer["singleValueExtendedProperties"] = properties
        return answer

    def _properties(self, item: Item, names: list[str]) -> list[Json]:
        found: list[Json] = []
        for name in names:
            if name == HEADERS and item.received_headers:
                found.append({"id": "String 0x7d", "value": item.headers().decode("utf-8", "replace") + "\r\n\r\n"})
            elif name == SIZE:
                found.append({"id": "Long 0xe08", "value": str(len(item.raw))})
            elif name.startswith(INTERNET_HEADERS):
                found += [{"id": name, "value": one} for one in item.field(name.removeprefix(INTERNET_HEADERS))[:1]]
        return found


def _untidy(told: list[Json]) -> list[Json]:
    return [*told[1::2], *told[::2], *told[:1]]


def _fits(item: Item, query: dict[str, str], form: re.Pattern[str]) -> bool:
    if "$filter" not in query:
        return True
    wanted = form.fullmatch(query["$filter"])
    if wanted is None:
        raise Refused(400, "ErrorInvalidUrlQueryFilter", query["$filter"])
    return item.at >= datetime.fromisoformat(wanted[1])


def _without_unknown(head: bytes, named: set[str]) -> bytes:
    """Headers of their own that the mailbox was never told of are dropped from a MIME submission."""
    kept: list[bytes] = []
    keep = True
    for line in head.split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].decode("ascii", "replace").lower()
            keep = not name.startswith("x-") or name in named
        if keep:
            kept.append(line)
    return b"\r\n".join(kept)
