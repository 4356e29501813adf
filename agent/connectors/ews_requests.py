"""EWS requests as exchangelib builds and carries them, with their answers left as XML.

The library's own item classes know some twenty kinds of item and refuse a folder that holds another one; we need five
elements of any. They also read answers one byte after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from exchangelib.account import Account
from exchangelib.errors import EWSError
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.fields import ExtendedPropertyField, FieldPath
from exchangelib.items import ID_ONLY, SHALLOW, CalendarItem, Message
from exchangelib.properties import DistinguishedFolderId, ItemId, Mailbox
from exchangelib.services import FindItem, GetFolder, GetItem, SyncFolderItems
from exchangelib.services.common import EWSAccountService
from exchangelib.util import TNS, DummyResponse, create_element

from agent.connectors.ports import KEY_HEADER

Element: TypeAlias = Any  # an lxml element: it ships no types

PAGE = 100
"""Items asked for in one request."""

INBOX, SENT, CALENDAR = "inbox", "sentitems", "calendar"
"""Folders by the names that every server knows them by, whatever the mentor's language."""


class TransportHeaders(ExtendedProperty):  # type: ignore[misc]  # the library ships no types
    """PidTagTransportMessageHeaders (MS-OXPROPS): the header block of a mail that came by SMTP, as it came."""

    property_tag = 0x007D
    property_type = "String"


class Key(ExtendedProperty):  # type: ignore[misc]  # as above
    """Our key header; the names of this property set are compared in lower case (MS-OXCMSG 2.2.1.3)."""

    distinguished_property_set_id = "InternetHeaders"
    property_name = KEY_HEADER.lower()
    property_type = "String"


class Name(ExtendedProperty):  # type: ignore[misc]  # as above
    """Under which name we put an entry into the calendar."""

    distinguished_property_set_id = "PublicStrings"
    property_name = "mentor-agent-resource"
    property_type = "String"


class Flags(ExtendedProperty):  # type: ignore[misc]  # as above
    """PidTagMessageFlags: what is saved without it is a draft."""

    property_tag = 0x0E07
    property_type = "Integer"


class Delivered(ExtendedProperty):  # type: ignore[misc]  # as above
    """PidTagMessageDeliveryTime."""

    property_tag = 0x0E06
    property_type = "SystemTime"


class Submitted(ExtendedProperty):  # type: ignore[misc]  # as above
    """PidTagClientSubmitTime."""

    property_tag = 0x0039
    property_type = "SystemTime"


def register() -> None:
    """Let items carry these properties: the library keeps them in its classes, once a process."""
    for kind, name, value in (
        (Message, "mentor_key", Key),
        (Message, "message_flags", Flags),
        (Message, "delivered_at", Delivered),
        (Message, "submitted_at", Submitted),
        (CalendarItem, "mentor_name", Name),
    ):
        if name not in kind.FIELDS:
            kind.register(name, value)


def field(name: str, kind: Any = Message) -> FieldPath:
    """A field of the library's items by its name there."""
    return FieldPath(field=kind.get_field_by_fieldname(name))


def extended(value: type[ExtendedProperty]) -> FieldPath:
    """An extended property as a field."""
    return FieldPath(field=ExtendedPropertyField(value.__name__, value_cls=value))


def folder(account: Account, name: str) -> DistinguishedFolderId:
    """One of the mailbox's own folders."""
    return DistinguishedFolderId(id=name, mailbox=Mailbox(email_address=account.primary_smtp_address))


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an item. `item` has the fields that were asked for; it is None for one that went."""

    kind: str  # "create", "update", "delete", "read_flag_change"
    id: str
    item: Element | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes, the state after them, and whether they are the last for now."""

    changes: tuple[Change, ...]
    state: str
    last: bool


class Raw:
    """Answers as they are."""

    def _elem_to_obj(self, elem: Element) -> Element:
        return elem

    @classmethod
    def _get_soap_parts(cls, response: Any) -> Any:
        return super()._get_soap_parts(DummyResponse(content=response.content))  # type: ignore[misc]  # the mixed-in


class _Sync(Raw, SyncFolderItems):  # type: ignore[misc]  # the library ships no types
    def _elem_to_obj(self, elem: Element) -> Change:
        kind = self.change_types_map[elem.tag]
        item_id = next(elem.iter(f"{{{TNS}}}ItemId")).get("Id")
        return Change(kind, item_id, elem[0] if kind in (self.CREATE, self.UPDATE) else None)

    def _get_element_container(self, message: Element, name: str | None = None) -> Any:
        if message.get("ResponseClass") == "Error":  # the library looks for a state in it first
            return EWSAccountService._get_element_container(self, message=message, name=name)
        return super()._get_element_container(message=message, name=name)


class _Get(Raw, GetItem):  # type: ignore[misc]  # as above
    pass


class _Find(Raw, FindItem):  # type: ignore[misc]  # as above
    pass


class _Folders(Raw, GetFolder):  # type: ignore[misc]  # as above
    def _elems_to_objs(self, elems: Iterable[Element]) -> Iterator[Element]:
        yield from elems


def sync(account: Account, where: str, state: str, most: int, *fields: FieldPath) -> Page:
    """What changed in a folder since `state`; at most `most` (512 is what servers give)."""
    service = _Sync(account=account)
    changes = tuple(
        service.call(
            folder=folder(account, where),
            shape=ID_ONLY,
            additional_fields=fields,
            sync_state=state or None,
            ignore=None,
            max_changes_returned=most,
            sync_scope=None,
        )
    )
    return Page(changes, service.sync_state or "", bool(service.includes_last_item_in_range))


def get(account: Account, ids: Sequence[str], *fields: FieldPath) -> Iterator[tuple[str, Element | EWSError]]:
    """Each item with the fields asked for, or why it cannot be had."""
    items = [ItemId(id=one) for one in ids]
    answers = _Get(account=account, chunk_size=PAGE).call(items=items, additional_fields=fields, shape=ID_ONLY)
    return zip(ids, answers, strict=True)


def find(account: Account, where: str, path: FieldPath, value: str, *fields: FieldPath) -> list[Element]:
    """Items of a folder whose field is `value`, as the server compares; at most 100."""
    found = _Find(account=account).call(
        folders=[folder(account, where)],
        additional_fields=fields,
        restriction=_Equals(path, value),
        order_fields=None,
        shape=ID_ONLY,
        query_string=None,
        depth=SHALLOW,
        calendar_view=None,
        max_items=PAGE,
        offset=0,
    )
    return list(checked(found))


def count(account: Account, *names: str) -> list[int]:
    """How many items each folder holds."""
    total = FieldPath(field=_total())
    answers = _Folders(account=account).call(
        folders=[folder(account, name) for name in names], additional_fields=[total], shape=ID_ONLY
    )
    return [int(text(answer, "TotalCount") or 0) for answer in checked(answers)]


def checked(answers: Iterable[Any]) -> Iterator[Element]:
    """The answers; the first that is an error is raised."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
        yield answer


def text(item: Element, tag: str) -> str:
    """The text of an element of an item; empty if it has none."""
    found = item.find(f"{{{TNS}}}{tag}")
    return "" if found is None else found.text or ""


def moment(item: Element, tag: str) -> datetime | None:
    """A time of an item, in UTC."""
    return instant(text(item, tag))


def instant(value: str) -> datetime | None:
    """An xs:dateTime; without a zone it is UTC, which every request asks for."""
    if not value:
        return None
    parsed = datetime.fromisoformat(value)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def extended_text(item: Element, wanted: type[ExtendedProperty]) -> str:
    """The value of an extended property; empty if the item has none."""
    for found in item.findall(f"{{{TNS}}}ExtendedProperty"):
        uri = found.find(f"{{{TNS}}}ExtendedFieldURI")
        if wanted.property_tag is not None:
            tag = uri.get("PropertyTag")  # "0x7d", or a number
            same = tag is not None and int(tag, 0) == wanted.property_tag
        else:
            same = (uri.get("PropertyName") or "").lower() == wanted.property_name
        if same:
            return text(found, "Value")
    return ""


def _total() -> Any:
    from exchangelib.folders import Folder  # noqa: PLC0415 -- named like ours

    return Folder.get_field_by_fieldname("total_count")


@dataclass(frozen=True, slots=True)
class _Equals:
    """A restriction (MS-OXWSSRCH 2.2.3.10): a field is exactly this."""

    path: FieldPath
    value: str

    def to_xml(self, version: Any) -> Element:
        restriction = create_element("m:Restriction")
        equal = create_element("t:IsEqualTo")
        found = self.path.to_xml()
        equal.append(found if hasattr(found, "tag") else found.to_xml(version=version))
        constant = create_element("t:FieldURIOrConstant")
        constant.append(create_element("t:Constant", attrs={"Value": self.value}))
        equal.append(constant)
        restriction.append(equal)
        return restriction
