"""Items of the tests' Exchange server as XML: what is asked for, what is told, what comes in."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from agent.connectors.rawmail import bounded_headers
from tests.servers.ews_store import Item

M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
HEADERS_SET = "InternetHeaders"

_NEVER_LISTED = {"item:MimeContent", "item:Body", "item:TextBody", "item:Attachments", "item:InternetMessageHeaders"}
_NEVER_LISTED |= {"message:ToRecipients", "message:CcRecipients", "message:BccRecipients", "calendar:Recurrence"}
"""What FindItem and SyncFolderItems do not give."""

LONGEST_LISTED = 255  # characters of a string property in a list


class Refused(Exception):
    """An error answer: its response code."""

    def __init__(self, code: str, text: str = "refused by the tests") -> None:
        super().__init__(code)
        self.code, self.text = code, text


def shape(request: Any, *, listing: bool) -> list[Any]:
    """The fields that are asked for."""
    shape = next(request.iter(f"{M}ItemShape"))
    if shape.findtext(f"{T}BaseShape") != "IdOnly":
        raise Refused("ErrorInvalidRequest", "the tests' server knows IdOnly alone")
    fields = [one for part in shape.findall(f"{T}AdditionalProperties") for one in part]
    if listing and any(one.get("FieldURI") in _NEVER_LISTED for one in fields):
        raise Refused("ErrorInvalidPropertyRequest")
    return fields


def rendered(item: Item, fields: list[Any], longest: int | None = None) -> str:
    parts = [f'<t:ItemId Id="{item.id}" ChangeKey="{item.change_key}"/>']
    parts += [_field(item, one, longest) for one in fields]
    return f"<t:{item.tag}>{''.join(sorted(parts, key=_schema_order))}</t:{item.tag}>"


def _schema_order(part: str) -> bool:
    return not part.startswith("<t:MimeContent")  # it stands first


def _field(item: Item, wanted: Any, longest: int | None) -> str:
    if wanted.tag == f"{T}ExtendedFieldURI":
        value = _extended(item, wanted)
        if value is None:
            return ""
        uri = "".join(f" {name}={quoteattr(text)}" for name, text in wanted.attrib.items())
        value = escape(value[:longest]).replace("\r", "&#xD;")
        return f"<t:ExtendedProperty><t:ExtendedFieldURI{uri}/><t:Value>{value}</t:Value></t:ExtendedProperty>"
    name = wanted.get("FieldURI")
    kind, _, tag = name.partition(":")
    if kind in ("message", "calendar") and (kind == "calendar") != (item.tag == "CalendarItem"):
        raise Refused("ErrorInvalidPropertyRequest", name)
    if item.tag == "CalendarItem":
        return _calendar_field(item, tag)
    value = _mail_field(item, tag)
    return f"<t:{tag}>{value}</t:{tag}>" if value else ""


def _calendar_field(item: Item, tag: str) -> str:
    value = item.elements.get(tag)
    if tag == "StartTimeZone":
        return f'<t:StartTimeZone Id="{value}" Name=""/>' if value else ""
    if tag == "LastModifiedTime":
        value = "2026-11-01T08:00:00Z"
    return f"<t:{tag}>{value}</t:{tag}>" if value else ""


def _mail_field(item: Item, tag: str) -> str:
    if tag == "MimeContent":
        return base64.b64encode(item.raw).decode()
    if tag in ("DateTimeReceived", "DateTimeSent"):
        return f"{item.received.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if tag == "Size":
        return str(len(item.raw))
    parsed = BytesParser().parsebytes(item.headers, headersonly=True)
    boxes = {"From": "From", "ToRecipients": "To", "CcRecipients": "Cc"}
    if tag in boxes:
        pairs = getaddresses([str(one) for one in parsed.get_all(boxes[tag], [])])
        return "".join(
            f"<t:Mailbox><t:Name>{escape(name)}</t:Name><t:EmailAddress>{escape(address)}</t:EmailAddress></t:Mailbox>"
            for name, address in pairs
        )
    names = {"Subject": "Subject", "InternetMessageId": "Message-ID", "InReplyTo": "In-Reply-To"}
    return escape(" ".join(str(parsed.get(names.get(tag, tag), "")).split()))


def _extended(item: Item, wanted: Any) -> str | None:
    if (wanted.get("PropertyTag") or "").lower() == "0x7d":
        return item.transport_headers
    if wanted.get("DistinguishedPropertySetId") == HEADERS_SET:
        name = wanted.get("PropertyName")
        if name != name.lower():
            raise Refused("ErrorInvalidPropertyRequest", name)
        found = BytesParser().parsebytes(item.headers, headersonly=True).get(name)
        return str(found).strip() if found else item.extended.get(name)
    return item.extended.get(wanted.get("PropertyName") or wanted.get("PropertyTag"))


def fits(item: Item, restriction: Any) -> bool:
    (equal,) = restriction
    uri, constant = equal[0], equal.find(f"{T}FieldURIOrConstant/{T}Constant").get("Value")
    if uri.tag == f"{T}ExtendedFieldURI":
        value = _extended(item, uri)
    elif uri.get("FieldURI") == "message:InternetMessageId":
        value = _mail_field(item, "InternetMessageId").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    else:
        raise Refused("ErrorUnsupportedPathForQuery")
    return value is not None and value.lower() == constant.lower()  # servers compare loosely


def created(element: Any) -> Item:
    tag = etree.QName(element).localname
    content = element.findtext(f"{T}MimeContent")
    item = Item(tag, raw=base64.b64decode(content) if content else b"")
    for one in element.findall(f"{T}ExtendedProperty"):
        uri, value = one[0], one.findtext(f"{T}Value")
        if (uri.get("PropertyTag") or "").lower() == "0xe07":
            item.extended["PR_MESSAGE_FLAGS"] = value
        elif (uri.get("PropertyTag") or "").lower() == "0xe06":
            item.received = datetime.fromisoformat(value)
        elif uri.get("PropertyName"):
            item.extended[uri.get("PropertyName")] = value
    item.read = element.findtext(f"{T}IsRead") in ("true", "1")
    if tag == "CalendarItem":
        _fill_calendar(item, element)
    elif not bounded_headers(item.raw):
        raise Refused("ErrorMimeContentInvalid")
    return item


def _fill_calendar(item: Item, element: Any) -> None:
    item.id += (
        f"/{element.findtext(f'{T}UID').partition('@')[0]}.ics"  # so that the contract suite knows it by its name
    )
    for child in element:
        tag = etree.QName(child).localname
        if tag in ("ExtendedProperty", "StartTimeZone", "EndTimeZone"):
            continue
        item.elements["TextBody" if tag == "Body" else tag] = escape(child.text or "")
    zone = element.find(f"{T}StartTimeZone")
    item.elements["StartTimeZone"] = "UTC" if zone is None else zone.get("Id")
    item.elements["IsAllDayEvent"] = "true" if item.elements.get("IsAllDayEvent") in ("true", "1") else "false"
    item.elements |= {"CalendarItemType": "Single", "AppointmentState": "0", "IsCancelled": "false"}
    item.elements |= _times(item.elements)


def _times(elements: dict[str, str]) -> dict[str, str]:
    """Start and end in UTC."""
    times = {tag: datetime.fromisoformat(elements[tag]).astimezone(UTC) for tag in ("Start", "End")}
    if times["End"] < times["Start"]:
        raise Refused("ErrorCalendarEndDateIsEarlierThanStartDate")
    return {tag: f"{at:%Y-%m-%dT%H:%M:%SZ}" for tag, at in times.items()}


def changed(item: Item, updates: Any) -> dict[str, str]:
    """The elements of a calendar item after an update, which sets fields one by one (MS-OXWSCORE 3.1.4.9)."""
    elements = dict(item.elements)
    for one in updates:
        uri, holder = one
        (value,) = holder
        tag = etree.QName(value).localname
        if one.tag != f"{T}SetItemField" or holder.tag != f"{T}{item.tag}":
            raise Refused("ErrorInvalidRequest", "the tests' server knows SetItemField alone")
        if uri.get("FieldURI") != f"calendar:{tag}":
            raise Refused("ErrorUpdatePropertyMismatch", tag)
        elements[tag] = escape(value.text or "")
    elements["IsAllDayEvent"] = "true" if elements.get("IsAllDayEvent") in ("true", "1") else "false"
    return elements | _times(elements)
