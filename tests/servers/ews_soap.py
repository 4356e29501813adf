"""What the tests' Exchange server answers to each operation; as strict as a real one where a client may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any
from xml.sax.saxutils import escape

from tests.servers.ews_items import LONGEST_LISTED, M, Refused, T, changed, created, fits, rendered, shape
from tests.servers.ews_store import MOST_CHANGES, Folder, Item, Mailbox

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"

VERSIONS = {"Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2016"}

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
    '<h:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="39"'
    ' Version="Exchange2016" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body'
    ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">'
)
_TAIL = "</s:Body></s:Envelope>"


def envelope(body: str) -> bytes:
    """A whole SOAP answer."""
    return f"{_HEAD}{body}{_TAIL}".encode()


def fault(code: str, text: str, extra: str = "") -> bytes:
    """A SOAP fault with an EWS response code."""
    errors = 'xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors"'
    detail = f"<e:ResponseCode {errors}>{code}</e:ResponseCode><e:Message {errors}>{text}</e:Message>{extra}"
    return envelope(
        '<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">'
        f"a:{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></s:Fault>"
    )


def busy(milliseconds: int) -> bytes:
    """The fault of a server that wants to be left alone."""
    value = f'<t:MessageXml><t:Value Name="BackOffMilliseconds">{milliseconds}</t:Value></t:MessageXml>'
    return fault("ErrorServerBusy", "The server cannot service this request right now.", value)


def answer(operation: str, *messages: str) -> bytes:
    """The response messages of an operation."""
    body = "".join(messages)
    return envelope(f"<m:{operation}Response><m:ResponseMessages>{body}</m:ResponseMessages></m:{operation}Response>")


def success(operation: str, content: str = "") -> str:
    """One response message."""
    name = f"m:{operation}ResponseMessage"
    return f'<{name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{content}</{name}>'


def failure(operation: str, code: str, text: str = "refused by the tests", content: str = "") -> str:
    """One response message that is an error."""
    name = f"m:{operation}ResponseMessage"
    return (
        f'<{name} ResponseClass="Error"><m:MessageText>{escape(text)}</m:MessageText><m:ResponseCode>{code}'
        f"</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{content}</{name}>"
    )


class Operations:
    """Answers for a set of mailboxes. `submit` gets what is sent: the sender's mailbox, raw message, recipients."""

    def __init__(self, mailboxes: dict[str, Mailbox], submit: Callable[[Mailbox, bytes, list[str]], None]) -> None:
        self._mailboxes, self._submit = mailboxes, submit
        self.meanwhile: list[Callable[[], object]] = []
        """What the mentor does right before an item is updated, each once."""

    def perform(self, operation: str, request: Any, reach: Callable[[Mailbox], bool]) -> bytes:
        """The answer to one request; `reach` says whether whoever asks may open a mailbox."""
        try:
            method = getattr(self, f"_{operation}", None)
            if method is None:
                return fault("ErrorInvalidRequest", f"no operation {operation}")
            messages: list[str] = method(request, reach)
            return answer(operation, *messages)
        except Refused as refused:
            content = ""
            if operation == "SyncFolderItems":
                content = "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
            return answer(operation, failure(operation, refused.code, refused.text, content))

    def folders(self, request: Any, reach: Callable[[Mailbox], bool]) -> Iterator[Folder]:
        """The folders that a request names."""
        for one in request.iter(f"{T}DistinguishedFolderId", f"{T}FolderId"):
            yield self._folder(one, reach)

    def _folder(self, one: Any, reach: Callable[[Mailbox], bool]) -> Folder:
        if one.tag == f"{T}FolderId":
            for mailbox in self._mailboxes.values():
                for folder in mailbox.folders.values():
                    if folder.id == one.get("Id") and reach(mailbox):
                        return folder
            raise Refused("ErrorFolderNotFound")
        address = one.findtext(f"{T}Mailbox/{T}EmailAddress")
        if address is None:
            raise Refused("ErrorInvalidRequest", "the tests want every folder's mailbox named")
        found = self._mailboxes.get(address.lower())
        if found is None:
            raise Refused("ErrorNonExistentMailbox")
        if not reach(found):
            raise Refused("ErrorAccessDenied")
        if one.get("Id") not in found.folders:
            raise Refused("ErrorFolderNotFound")
        return found.folders[one.get("Id")]

    def _item(self, item_id: str, reach: Callable[[Mailbox], bool]) -> tuple[Folder, Item]:
        for mailbox in self._mailboxes.values():
            found = mailbox.find(item_id)
            if found is not None and found[0].name != "deleteditems" and reach(mailbox):
                return found
        raise Refused("ErrorItemNotFound")

    def _ConvertId(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        return [failure("ConvertId", "ErrorInvalidIdMalformed")]

    def _GetFolder(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        told = []
        for one in request.find(f"{M}FolderIds"):
            try:
                folder = self._folder(one, reach)
            except Refused as refused:
                told.append(failure("GetFolder", refused.code, refused.text))
                continue
            tag = "t:CalendarFolder" if folder.name == "calendar" else "t:Folder"
            content = f'<t:FolderId Id="{folder.id}" ChangeKey="AQ=="/><t:TotalCount>{len(folder.items)}</t:TotalCount>'
            told.append(success("GetFolder", f"<m:Folders><{tag}>{content}</{tag}></m:Folders>"))
        return told

    def _SyncFolderItems(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        (folder,) = self.folders(request.find(f"{M}SyncFolderId"), reach)
        most = int(request.findtext(f"{M}MaxChangesReturned"))
        if not 1 <= most <= MOST_CHANGES:
            raise Refused("ErrorInvalidRequest", "MaxChangesReturned")
        fields = shape(request, listing=True)
        with folder.owner.lock:
            try:
                changes, state, last = folder.since(request.findtext(f"{M}SyncState") or "", most)
            except KeyError:
                raise Refused("ErrorInvalidSyncStateData") from None
            told = "".join(self._change(folder, kind, item_id, fields) for kind, item_id in changes)
        return [
            success(
                "SyncFolderItems",
                f"<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>{str(last).lower()}"
                f"</m:IncludesLastItemInRange><m:Changes>{told}</m:Changes>",
            )
        ]

    def _change(self, folder: Folder, kind: str, item_id: str, fields: list[Any]) -> str:
        if kind == "Delete":
            return f'<t:Delete><t:ItemId Id="{item_id}" ChangeKey="AQ=="/></t:Delete>'
        item = folder.items[item_id]
        if kind == "ReadFlagChange":
            read = f"<t:IsRead>{str(item.read).lower()}</t:IsRead>"
            return f'<t:ReadFlagChange><t:ItemId Id="{item_id}" ChangeKey="AQ=="/>{read}</t:ReadFlagChange>'
        return f"<t:{kind}>{rendered(item, fields, longest=LONGEST_LISTED)}</t:{kind}>"

    def _GetItem(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        fields = shape(request, listing=False)
        told = []
        for one in request.find(f"{M}ItemIds"):
            try:
                _, item = self._item(one.get("Id"), reach)
                if item.corrupt:
                    raise Refused("ErrorItemCorrupt")  # noqa: TRY301 -- told as every other refusal
                told.append(success("GetItem", f"<m:Items>{rendered(item, fields)}</m:Items>"))
            except Refused as refused:
                told.append(failure("GetItem", refused.code, refused.text, "<m:Items/>"))
        return told

    def _FindItem(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        (folder,) = self.folders(request.find(f"{M}ParentFolderIds"), reach)
        fields = shape(request, listing=True)
        with folder.owner.lock:
            found = [item for item in folder.items.values() if fits(item, request.find(f"{M}Restriction"))]
        items = "".join(rendered(item, fields, longest=LONGEST_LISTED) for item in found)
        paging = f'TotalItemsInView="{len(found)}" IncludesLastItemInRange="true"'
        return [success("FindItem", f"<m:RootFolder {paging}><t:Items>{items}</t:Items></m:RootFolder>")]

    def _CreateItem(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        (folder,) = self.folders(request.find(f"{M}SavedItemFolderId"), reach)
        (element,) = request.find(f"{M}Items")
        item = created(element)
        if item.tag == "CalendarItem":
            if request.get("SendMeetingInvitations") != "SendToNone" or folder.name != "calendar":
                raise Refused("ErrorSendMeetingInvitationsRequired")
            folder.add(item)
        elif request.get("MessageDisposition") == "SaveOnly":
            item.draft = "PR_MESSAGE_FLAGS" not in item.extended
            folder.add(item)
        elif request.get("MessageDisposition") == "SendAndSaveCopy":
            self._send(folder, item)
        else:
            raise Refused("ErrorMessageDispositionRequired")
        ids = f'<t:{item.tag}><t:ItemId Id="{item.id}" ChangeKey="{item.change_key}"/></t:{item.tag}>'
        sent = request.get("MessageDisposition") == "SendAndSaveCopy"  # then no id is told
        return [success("CreateItem", "<m:Items/>" if sent else f"<m:Items>{ids}</m:Items>")]

    def _UpdateItem(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if request.get("SendMeetingInvitationsOrCancellations") != "SendToNone":
            raise Refused("ErrorSendMeetingInvitationsOrCancellationsRequired")
        (change,) = request.find(f"{M}ItemChanges")
        wanted = change.find(f"{T}ItemId")
        folder, item = self._item(wanted.get("Id"), reach)
        if not wanted.get("ChangeKey"):
            raise Refused("ErrorChangeKeyRequired")
        with folder.owner.lock:
            if wanted.get("ChangeKey") != item.change_key and request.get("ConflictResolution") == "NeverOverwrite":
                raise Refused("ErrorIrresolvableConflict")
            item.elements = changed(item, change.find(f"{T}Updates"))
            folder.touch(item)
        ids = f'<t:{item.tag}><t:ItemId Id="{item.id}" ChangeKey="{item.change_key}"/></t:{item.tag}>'
        conflicts = "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"
        return [success("UpdateItem", f"<m:Items>{ids}</m:Items>{conflicts}")]

    def _send(self, folder: Folder, item: Item) -> None:
        parsed = BytesParser().parsebytes(item.headers, headersonly=True)
        fields = [str(value) for name in ("To", "Cc", "Bcc") for value in parsed.get_all(name, [])]
        recipients = [address for _, address in getaddresses(fields) if address]
        author = getaddresses([str(parsed.get("From", ""))])[0][1].lower()
        if author != folder.owner.address:
            raise Refused("ErrorSendAsDenied")
        if not recipients:
            raise Refused("ErrorInvalidRecipients")
        item.read, item.received = True, datetime.now(UTC)
        folder.add(item)
        self._submit(folder.owner, item.raw, recipients)

    def _Subscribe(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        wanted = request.find(f"{M}StreamingSubscriptionRequest")
        if wanted is None:
            raise Refused("ErrorInvalidSubscriptionRequest")
        folders = list(self.folders(wanted, reach))
        kinds = {one.text for one in wanted.iter(f"{T}EventType")}
        made = folders[0].owner.subscribe([one.id for one in folders], kinds)
        return [success("Subscribe", f"<m:SubscriptionId>{made.id}</m:SubscriptionId>")]

    def _Unsubscribe(self, request: Any, reach: Callable[[Mailbox], bool]) -> list[str]:
        wanted = request.findtext(f"{M}SubscriptionId")
        for mailbox in self._mailboxes.values():
            if mailbox.subscriptions.pop(wanted, None):
                return [success("Unsubscribe")]
        raise Refused("ErrorSubscriptionNotFound")
