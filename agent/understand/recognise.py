"""Assignments in mails and sessions in the calendar, told by the patterns of recognisers.toml.

This only reads what a text says. Whether an assignment is believed is for `proof.school_proof` (P3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain

from agent.model import Assignment, Funding, Learner
from agent.understand.lexicon import plain
from agent.understand.mail import Mail
from agent.understand.proof import within
from agent.understand.recognisers import AssignmentPattern, Recognisers, load_recognisers
from agent.understand.reply import new_text
from agent.understand.text import ADDRESS, one_line

__all__ = [
    "Recognisers",
    "hosts_in",
    "load_recognisers",
    "match_learner",
    "recognise_assignment",
    "recognise_session",
    "safe_name",
]

_MAX_BODY = 20_000
_MAX_SUBJECT = 500
_MAX_NAME = 80
_LINK = re.compile(r"\bhttps?://([a-z0-9.-]{1,253})", re.IGNORECASE)
_PASSED_ON = re.compile(r"\s*(?:re|ré|rép|réf|fwd?|tr|aw|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def recognise_assignment(
    mail: Mail, recognisers: Recognisers, *, school_domains: Collection[str], excluded: Collection[str]
) -> Assignment | None:
    """The assignment that a mail announces, or None. `excluded`: addresses no learner has (the mentor's, support's).

    Mails that answer or pass on another one are never assignments, and quotations are not read. An address in the
    school's own domains is no learner's, and several different addresses are none.
    """
    sender, subject = mail.head.from_address, mail.head.subject[:_MAX_SUBJECT]
    if sender is None or _PASSED_ON.match(subject) or mail.head.in_reply_to:
        return None
    body = new_text(mail)[:_MAX_BODY]
    never = {address.lower() for address in excluded} | {sender}
    for pattern in recognisers.assignments:
        if not within(sender, pattern.from_domains or school_domains) or not pattern.subject.search(subject):
            continue
        values = _values(pattern, subject, body)
        name, addresses = safe_name(next(iter(values.get("name", ())), "")), set(values.get("address", ()))
        address = addresses.pop().lower().rstrip(".") if len(addresses) == 1 else ""
        if name and ADDRESS.fullmatch(address) and address not in never and not within(address, school_domains):
            return _assignment(pattern, name, address, values, recognisers)
    return None


def recognise_session(summary: str, recognisers: Recognisers) -> str | None:
    """The learner's name as a calendar event's summary writes it; None if the event is no mentoring session."""
    summary = one_line(summary)[:_MAX_SUBJECT]
    if any(pattern.search(summary) for pattern in recognisers.not_sessions):
        return None
    matches = (pattern.search(summary) for pattern in recognisers.sessions)
    return next((name for match in matches if match and (name := safe_name(match["learner"] or ""))), None)


def match_learner(written: str, attendees: Collection[str], learners: Sequence[Learner]) -> Learner | list[Learner]:
    """Whose session it is: by an attendee's address, else the full name, else the first name when it is one's alone.

    Several possible learners: the list of them. Nobody: the empty list.
    """
    present = {address.lower().removeprefix("mailto:") for address in attendees}
    invited = [learner for learner in learners if learner.address and learner.address.lower() in present]
    name = plain(written)
    among = invited if invited else list(learners)
    if len(invited) == 1:
        return invited[0]
    named = [learner for learner in among if name and sorted(plain(learner.name)) == sorted(name)]
    named = named or [learner for learner in among if _goes_by(learner, name)] or invited
    return named[0] if len(named) == 1 else named


def hosts_in(*texts: str) -> tuple[str, ...]:
    """The servers that links in these texts lead to, lower case, each once (R24)."""
    found = (match[1].lower() for text in texts for match in _LINK.finditer(text[:_MAX_BODY]))
    return tuple(dict.fromkeys(found))


def safe_name(text: str) -> str:
    """A person's name fit for a letter, on one line; "" if it cannot be one (too long, an address, a link, markup)."""
    name = one_line(text).strip(" .,;:-–—|*\"'«»")
    link = "://" in name or "www." in name.lower()
    fit = 0 < len(name) <= _MAX_NAME and not link and not set("<>@{}[]\\") & set(name)
    return name if fit and any(c.isalpha() for c in name) else ""


def _goes_by(learner: Learner, name: tuple[str, ...]) -> bool:
    """Whether a short name ("Léa", "Léa M.") can be this learner's."""
    first, full = plain(learner.first_name), plain(learner.name)
    if not first or name[: len(first)] != first:
        return False
    rest = name[len(first) :]
    return not rest or (len(rest) == 1 and len(rest[0]) == 1 and any(w.startswith(rest[0]) for w in full[len(first) :]))


def _values(pattern: AssignmentPattern, subject: str, body: str) -> dict[str, list[str]]:
    """Every different value of each named group, in order."""
    values: dict[str, list[str]] = {}
    matches = chain(pattern.subject.finditer(subject), *(expression.finditer(body) for expression in pattern.body))
    for match in matches:
        for group, value in match.groupdict().items():
            text = one_line(value or "")
            if text and text not in values.setdefault(group, []):
                values[group].append(text)
    return values


def _assignment(
    pattern: AssignmentPattern, name: str, address: str, values: dict[str, list[str]], recognisers: Recognisers
) -> Assignment:
    def first(group: str) -> str | None:
        return next(iter(values.get(group, ())), "")[:120] or None

    return Assignment(
        name=name,
        address=address,
        path=first("path"),
        project=first("project"),
        funding=_funding(first("funding") or "", recognisers),
        language=pattern.language,
    )


def _funding(text: str, recognisers: Recognisers) -> Funding:
    said = " ".join(plain(text))
    return next((funding for words, funding in recognisers.funding_words if words in said), Funding.UNKNOWN)
