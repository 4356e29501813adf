"""Assignments in mails and sessions in the calendar, told by the patterns of recognisers.toml.

This only reads what a text says. Whether an assignment is believed is for `proof.school_proof` (P3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from agent.model import Assignment, Funding, Learner
from agent.understand.lexicon import plain
from agent.understand.mail import Mail
from agent.understand.proof import within
from agent.understand.recognisers import MailPattern, NoticeKind, Recognisers, load_recognisers
from agent.understand.reply import PASSED_ON, new_text
from agent.understand.text import ADDRESS, one_line

__all__ = [
    "Notice",
    "NoticeKind",
    "Recognisers",
    "hosts_in",
    "load_recognisers",
    "match_learner",
    "recognise_assignment",
    "recognise_notice",
    "recognise_session",
    "safe_name",
]

_MAX_BODY = 20_000
_MAX_LINE = 1_000
_MAX_SUBJECT = 500
_MAX_NAME = 80
_MAX_DATE = 60
_LINK = re.compile(r"\bhttps?://([a-z0-9.-]{1,253})", re.IGNORECASE)


def recognise_assignment(
    mail: Mail, recognisers: Recognisers, *, school_domains: Collection[str], excluded: Collection[str]
) -> Assignment | None:
    """The assignment that a mail announces, or None. `excluded`: addresses no learner has (the mentor's, support's).

    Mails that answer or pass on another one are never assignments, and quotations are not read. An address in the
    school's own domains is no learner's, and several different addresses are none.
    """
    never = {address.lower() for address in excluded} | {mail.head.from_address or ""}
    for pattern, values in _readings(mail, recognisers.assignments, school_domains):
        name, addresses = safe_name(next(iter(values.get("name", ())), "")), set(values.get("address", ()))
        address = addresses.pop().lower().rstrip(".") if len(addresses) == 1 else ""
        if name and ADDRESS.fullmatch(address) and address not in never and not within(address, school_domains):
            return _assignment(pattern, name, address, values, recognisers)
    return None


@dataclass(frozen=True, slots=True)
class Notice:
    """What the school says of one learner. The dates are as written: "12/12", "vendredi 4 décembre"."""

    kind: NoticeKind
    learner: str
    date: str = ""
    since: str = ""
    until: str = ""


def recognise_notice(mail: Mail, recognisers: Recognisers, *, school_domains: Collection[str]) -> Notice | None:
    """What a mail of the school says of a learner beside an assignment, or None. Answers and forwards say nothing."""
    for kind, patterns in recognisers.notices.items():
        for _, values in _readings(mail, patterns, school_domains):
            first = {group: found[0][:_MAX_DATE] for group, found in values.items() if found}
            name = safe_name(first.pop("learner", ""))
            if name:
                return Notice(kind, name, **first)
    return None


def _readings(
    mail: Mail, patterns: Sequence[MailPattern], school_domains: Collection[str]
) -> Iterator[tuple[MailPattern, dict[str, list[str]]]]:
    """Each pattern that fits a mail of the school, with the values it finds."""
    sender, subject = mail.head.from_address, mail.head.subject[:_MAX_SUBJECT]
    if sender is None or PASSED_ON.match(subject) or mail.head.in_reply_to:
        return
    body = _tidy(new_text(mail))
    for pattern in patterns:
        if within(sender, pattern.from_domains or school_domains) and pattern.subject.search(subject):
            yield pattern, _values(pattern, subject, body)


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
    named = [learner for learner in among if name and sorted(_tokens(learner.name)) == sorted(name)]
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


@lru_cache(maxsize=1000)
def _tokens(name: str) -> tuple[str, ...]:
    """A name's words: every event of the calendar is held against every learner."""
    return plain(name)


def _goes_by(learner: Learner, name: tuple[str, ...]) -> bool:
    """Whether a short name ("Léa", "Léa M.") can be this learner's."""
    first, full = _tokens(learner.first_name), _tokens(learner.name)
    if not first or name[: len(first)] != first:
        return False
    rest = name[len(first) :]
    return not rest or (len(rest) == 1 and len(rest[0]) == 1 and any(w.startswith(rest[0]) for w in full[len(first) :]))


def _tidy(text: str) -> str:
    """The text as patterns meet it: single spaces, at most one empty line, no line without end.

    Long white space costs a pattern the cube of its length.
    """
    lines = (" ".join(line.split())[:_MAX_LINE] for line in text[:_MAX_BODY].split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _values(pattern: MailPattern, subject: str, body: str) -> dict[str, list[str]]:
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
    pattern: MailPattern, name: str, address: str, values: dict[str, list[str]], recognisers: Recognisers
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
