"""What is written over EWS: an item made, or fields of one set; asked once, never again by the library itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from exchangelib.account import Account
from exchangelib.items import SAVE_ONLY, SEND_TO_NONE
from exchangelib.services import CreateItem, UpdateItem

from agent.connectors.ews_requests import Element, Raw, checked, folder

NEVER_OVERWRITE = "NeverOverwrite"
"""An update with an old change key is refused (MS-OXWSCORE 3.1.4.9.4.1)."""


class _Create(Raw, CreateItem):  # type: ignore[misc]  # the library ships no types
    def _api_versions_to_try(self) -> tuple[str]:
        """The one that every other request has found to work: the library would post a refused item once for each."""
        return (self._version_hint.api_version,)


class _Update(Raw, UpdateItem):  # type: ignore[misc]  # as above
    def _api_versions_to_try(self) -> tuple[str]:
        """As for _Create."""
        return (self._version_hint.api_version,)

    def _update_elems(self, target: Any, fieldnames: Iterable[str]) -> Iterator[Element]:
        """These fields alone: the library would set the zones as well, which are the mentor's."""
        return super(UpdateItem, self)._update_elems(target=target, fieldnames=fieldnames)  # type: ignore[no-any-return]

    def _get_value(self, target: Any, field: Any) -> Any:
        return super(UpdateItem, self)._get_value(target, field)


def create(account: Account, where: str, item: Any, disposition: str) -> None:
    """Put one item into a folder, or send it and keep it there; exchangelib's errors when it is refused."""
    service = _Create(account=account)
    answers = service._chunked_get_elements(
        service.get_payload,
        items=[item],
        folder=folder(account, where),
        message_disposition=disposition,
        send_meeting_invitations=SEND_TO_NONE,
    )
    list(checked(answers))


def update(account: Account, item: Any, names: Sequence[str]) -> None:
    """Set these fields of a calendar item, known by its id and change key; nobody is written to.

    exchangelib's errors when it is refused: ErrorIrresolvableConflict where it was changed since it had this key.
    """
    service = _Update(account=account)
    answers = service._chunked_get_elements(
        service.get_payload,
        items=[(item, names)],
        conflict_resolution=NEVER_OVERWRITE,
        message_disposition=SAVE_ONLY,
        send_meeting_invitations_or_cancellations=SEND_TO_NONE,
        suppress_read_receipts=True,
    )
    list(checked(answers))
