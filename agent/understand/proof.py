"""Who really sent it (P2, P3). What does not parse, or is not certain, is no proof: the mentor is asked instead.

Authentication-Results is believed as RFC 8601 section 5 allows: only the fields of the mailbox's own server count, told
by the exact authserv-id, and of those only the topmost, which that server added last; whatever lies below may have
come with the mail. Where that server wrote none, a signature of the author's own domain counts (`dkim_signature`).

A pass says who wrote a mail, not to whom it was sent last: whoever got a genuine mail can send it on. So the mentor's
word is only what they wrote to themself alone, lately.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.connectors.ports import Folder
from agent.model import Proof
from agent.understand.headers import Head

_MAX_RESULTS = 8_000
_AUTHSERV_ID = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;()\"]+)")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,250}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came: when (UTC), how old its Date may then be, and whether its author's domain signed it."""

    received_at: datetime
    oldest: timedelta = timedelta(days=7)
    signed: bool = False


def prove(
    head: Head,
    *,
    folder: Folder,
    own_addresses: frozenset[str],
    trust_local: bool,
    authserv_id: str | None,
    arrival: Arrival | None = None,
) -> Proof:
    """Whether this is the mentor's own word. Our own letters, which lie in the same folders, never are."""
    own = {address.lower() for address in own_addresses}
    if head.own_key is not None or head.from_address not in own:
        return Proof.NONE
    if not head.to or not own.issuperset(head.to):
        return Proof.NONE  # others have it, and could send it on as an answer to something else
    if folder is Folder.SENT:
        # Some services show a forged mail among the sent ones, for its From alone.
        return Proof.NONE if _refuted(head, authserv_id) else Proof.SENT_FOLDER
    if arrival is not None and head.date is not None and arrival.received_at - head.date > arrival.oldest:
        return Proof.LOCAL if trust_local else Proof.NONE
    signed = arrival is not None and arrival.signed
    return sender_proof(head, trust_local, authserv_id, signed=signed)


def school_proof(
    head: Head, domains: Collection[str], trust_local: bool, authserv_id: str | None, *, signed: bool = False
) -> Proof:
    """Whether the mail comes from the school: one of its domains or a subdomain, authenticated."""
    if head.from_address is None or not within(head.from_address, domains):
        return Proof.NONE
    return sender_proof(head, trust_local, authserv_id, signed=signed)


def sender_proof(head: Head, trust_local: bool, authserv_id: str | None, *, signed: bool = False) -> Proof:
    """Whether the mail comes from the very address that it names, whoever that is.

    `signed`: by the domain of that address, as verified here; believed where the mailbox's own server says nothing.
    """
    if head.own_key is not None or head.from_address is None:
        return Proof.NONE
    if trust_local:
        return Proof.LOCAL
    if verdict_by(head, authserv_id) is None:
        return Proof.DKIM if signed else Proof.NONE
    return Proof.DMARC if _dmarc(head, authserv_id) == ("pass", head.from_address.rpartition("@")[2]) else Proof.NONE


def within(address: str, domains: Collection[str]) -> bool:
    """Whether an address lies in one of the domains or in a subdomain of one."""
    host = address.rpartition("@")[2].lower()
    names = [domain.strip().lower().lstrip("@").strip(".") for domain in domains]
    return any(name and (host == name or host.endswith("." + name)) for name in names)


def authserv_id_of(head: Head) -> str | None:
    """The name of the server that wrote the topmost Authentication-Results field; None if none did, or namelessly."""
    name = _written_by(head.authentication_results[0]) if head.authentication_results else ""
    return name if _HOST.fullmatch(name) else None  # some write none: "spf=pass" is no server


def verdict_by(head: Head, authserv_id: str | None) -> str | None:
    """The raw value of the field that this server added last; None where it added none."""
    name = (authserv_id or "").strip().lower()
    return next((v for v in head.authentication_results if name and _written_by(v) == name), None)


def _refuted(head: Head, authserv_id: str | None) -> bool:
    return _dmarc(head, authserv_id)[0] in {"fail", "temperror", "permerror"}


def _dmarc(head: Head, authserv_id: str | None) -> tuple[str, str]:
    """RFC 7489: the one dmarc result of the mailbox's own server, and the From domain it is about; else ("", "")."""
    value = verdict_by(head, authserv_id)
    if value is None or len(value) > _MAX_RESULTS:
        return "", ""
    from authres import AuthenticationResultsHeader  # noqa: PLC0415 - only mails that need a proof pay for it

    try:
        parsed = AuthenticationResultsHeader.parse(f"Authentication-Results: {value.strip()}")
        results = [result for result in parsed.results if str(result.method).lower() == "dmarc"]
        if str(parsed.authserv_id).lower() != _written_by(value) or len(results) != 1:
            return "", ""
        found = results[0]
        names = [str(p.value).lower() for p in found.properties if (p.type, p.name) == ("header", "from")]
        if found.version not in {None, "1"}:  # RFC 8601 2.6: another version means something else
            return "", ""
        return str(found.result).lower(), names[0] if len(names) == 1 else ""
    except Exception:  # noqa: BLE001 - its errors are several, and RecursionError; each means: no proof
        return "", ""


def _written_by(value: str) -> str:
    match = _AUTHSERV_ID.match(value[:_MAX_RESULTS])
    return match[1].lower() if match else ""
