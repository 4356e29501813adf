"""An answer to an invitation (RFC 5546 3.2.3, RFC 6047): only whether it declines, and which event it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.understand.mail import Mail
from agent.understand.text import one_line

_MAX = 100_000  # characters of calendar text
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\n]{0,500})?):([^\n]*)")
_DECLINED = re.compile(r";PARTSTAT=\"?DECLINED", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([,;\\])")


@dataclass(frozen=True, slots=True)
class Declined:
    """The event that is declined: its UID, the occurrence's RECURRENCE-ID as written ("" for none), its title."""

    uid: str
    recurrence: str
    summary: str


def declined(mail: Mail) -> Declined | None:
    """What this mail declines; None where it does not."""
    return next((found for part in mail.machine_parts if (found := _declined(part.media_type, part.text))), None)


def _declined(media_type: str, text: str) -> Declined | None:
    if media_type != "text/calendar":
        return None
    unfolded = re.sub(r"\r?\n[ \t]", "", text[:_MAX]).replace("\r", "")  # RFC 5545 3.1
    lines = [found for line in unfolded.split("\n") if (found := _LINE.fullmatch(line))]
    values = {found[1].upper(): found[3] for found in reversed(lines)}  # the first of each name
    says_no = any(found[1].upper() == "ATTENDEE" and _DECLINED.search(found[2]) for found in lines)
    if values.get("METHOD", "").strip().upper() != "REPLY" or not says_no:
        return None
    uid, recurrence = values.get("UID", "").strip(), values.get("RECURRENCE-ID", "").strip()
    return Declined(uid[:300], recurrence[:60], _ESCAPED.sub(r"\1", one_line(values.get("SUMMARY", "")))[:200])
