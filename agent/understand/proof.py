"""Who really sent it (P2, P3). What does not parse, or is not certain, is no proof: the mentor is asked instead.

Authentication-Results is believed as RFC 8601 section 5 allows: only the fields of the mailbox's own server count, told
by the exact authserv-id, and of those only the topmost, which that server added last; whatever lies below may have
come with the mail.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from agent.connectors.ports import Folder
from agent.model import Proof
from agent.understand.headers import Head

_MAX_RESULTS = 8_000
_AUTHSERV_ID = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;()\"]+)")


def prove(
    head: Head, *, folder: Folder, own_addresses: frozenset[str], trust_local: bool, authserv_id: str | None
) -> Proof:
    """Whether this is the mentor's own word. Our own letters, which lie in the same folders, never are."""
    if head.own_key is not None or head.from_address is None:
        return Proof.NONE
    if head.from_address not in {address.lower() for address in own_addresses}:
        return Proof.NONE
    if folder is Folder.SENT:
        return Proof.SENT_FOLDER
    return _received(head, head.from_address, trust_local=trust_local, authserv_id=authserv_id)


def school_proof(head: Head, domains: Collection[str], trust_local: bool, authserv_id: str | None) -> Proof:
    """Whether the mail comes from the school: one of its domains or a subdomain, authenticated."""
    if head.own_key is not None or head.from_address is None or not within(head.from_address, domains):
        return Proof.NONE
    return _received(head, head.from_address, trust_local=trust_local, authserv_id=authserv_id)


def sender_proof(head: Head, trust_local: bool, authserv_id: str | None) -> Proof:
    """Whether the mail comes from the very address that it names, whoever that is."""
    if head.own_key is not None or head.from_address is None:
        return Proof.NONE
    return _received(head, head.from_address, trust_local=trust_local, authserv_id=authserv_id)


def within(address: str, domains: Collection[str]) -> bool:
    """Whether an address lies in one of the domains or in a subdomain of one."""
    host = address.rpartition("@")[2].lower()
    names = [domain.strip().lower().lstrip("@").strip(".") for domain in domains]
    return any(name and (host == name or host.endswith("." + name)) for name in names)


def authserv_id_of(head: Head) -> str | None:
    """The name of the server that wrote the topmost Authentication-Results field; None if there is none."""
    return _written_by(head.authentication_results[0]) or None if head.authentication_results else None


def _received(head: Head, address: str, *, trust_local: bool, authserv_id: str | None) -> Proof:
    if trust_local:
        return Proof.LOCAL
    if authserv_id and _dmarc_pass(head, address.rpartition("@")[2], authserv_id.strip().lower()):
        return Proof.DMARC
    return Proof.NONE


def _dmarc_pass(head: Head, domain: str, authserv_id: str) -> bool:
    """RFC 7489: exactly one dmarc result, a pass, whose header.from is exactly the From domain."""
    value = next((v for v in head.authentication_results if _written_by(v) == authserv_id), None)
    if value is None or len(value) > _MAX_RESULTS:
        return False
    from authres import AuthenticationResultsHeader  # noqa: PLC0415 - only mails that need a proof pay for it

    try:
        parsed = AuthenticationResultsHeader.parse(f"Authentication-Results: {value.strip()}")
        results = [result for result in parsed.results if str(result.method).lower() == "dmarc"]
        if str(parsed.authserv_id).lower() != authserv_id or len(results) != 1:
            return False
        names = [str(p.value).lower() for p in results[0].properties if (p.type, p.name) == ("header", "from")]
        return str(results[0].result).lower() == "pass" and names == [domain]
    except Exception:  # noqa: BLE001 - its errors are several, and RecursionError; each means: no proof
        return False


def _written_by(value: str) -> str:
    match = _AUTHSERV_ID.match(value[:_MAX_RESULTS])
    return match[1].lower() if match else ""
