"""One real sample to one entry of recognisers.toml: what changes becomes a group, the rest is context.

Nothing is guessed silently: every value is shown to the mentor, who may correct it, and every value must stand in the
sample as it is. The entry is tried on the sample before it is offered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.errors import TerminalError
from agent.model import Language
from agent.understand.mail import Mail
from agent.understand.recognise import safe_name
from agent.understand.recognisers import NoticeKind
from agent.understand.reply import new_text
from agent.understand.text import ADDRESS, one_line

ASSIGNMENT = "assignment"
SESSION = "session_event"
GROUPS: Mapping[str, tuple[str, ...]] = {
    ASSIGNMENT: ("name", "address", "path", "project", "funding"),
    SESSION: ("learner",),
    NoticeKind.ABSENCE: ("learner", "date"),
    NoticeKind.JUSTIFICATION: ("learner", "since", "until", "date"),
    NoticeKind.EXTRA_SESSION: ("learner", "date"),
}
"""What can be taught, and the values each has; `NEEDED` ones must be given."""

NEEDED = {"name", "address", "learner"}

_CONTEXT = 40  # characters before a value that tell where it stands
_AFTER = 15  # and behind it
_SUBJECT = 120
_SIZES = {"name": 80, "learner": 80, "path": 120, "project": 120}
_DEFAULT_SIZE = 60
_LABELS = {
    "name": r"(?:nom|apprenante?|étudiante?|name|learner|student)",
    "learner": r"(?:nom|apprenante?|étudiante?|name|learner|student)",
    "path": r"(?:parcours|formation|path|programme|program|course)",
    "project": r"(?:projet|project)",
    "funding": r"(?:financement|funding)",
    "date": r"(?:date|le|on)",
    "since": r"(?:du|depuis le|à partir du|from|since)",
    "until": r"(?:jusqu['’]au|au|until|to)",
}
_SIGN = re.compile(r"\s*[^\w\s]")
_GENDERED = re.compile(r"\b(?:le|la|il|elle|lui|he|she|him|her|his)\b", re.IGNORECASE)  # the next learner's is another
_DAY = r"(?:\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|(?:\w+ )?\d{1,2}(?:er)? [a-zéûA-Z]{3,9}(?: \d{4})?)"


@dataclass(frozen=True, slots=True)
class Sample:
    """The text a recogniser reads. `subject` is empty for an event, whose summary is the body."""

    subject: str
    body: str
    sender_domain: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposed entry: its patterns, and the TOML that says them."""

    kind: str
    name: str
    language: Language
    subject: str
    body: tuple[str, ...]
    domain: str = ""

    @property
    def toml(self) -> str:
        """The entry as it is put into recognisers.toml."""
        lines = [f"[[{self.kind}]]", f"name = {_quoted(self.name)}", "invented = false"]
        if self.kind == SESSION:
            return "\n".join([*lines, f"summary = {_quoted(self.body[0])}"]) + "\n"
        lines += [f'language = "{self.language}"', f"from_domains = [{_quoted(self.domain)}]"]
        lines += [f"subject = {_quoted(self.subject)}", "body = ["]
        return "\n".join([*lines, *(f"  {_quoted(pattern)}," for pattern in self.body), "]"]) + "\n"


def sample_of(mail: Mail) -> Sample:
    """What of a mail is read: its subject, and its own text without quotations."""
    domain = (mail.head.from_address or "").rpartition("@")[2]
    return Sample(one_line(mail.head.subject), new_text(mail), domain)


def guesses(kind: str, sample: Sample, names: Sequence[str], never: frozenset[str]) -> dict[str, str]:
    """What each value may be, for the mentor to confirm. `names`: the learners known; `never`: nobody's address."""
    text = f"{sample.subject}\n{sample.body}"
    found = {group: _guess(group, text) for group in GROUPS[kind]}
    known = next((name for name in names if name and name in text), "")
    for group in ("learner", "name"):
        if group in found:
            found[group] = known or found[group]
    if "address" in found:
        addresses = {a.lower() for a in ADDRESS.findall(text.lower())} - never
        found["address"] = addresses.pop() if len(addresses) == 1 else ""
    return {group: value for group, value in found.items() if value}


def propose(kind: str, name: str, language: Language, sample: Sample, values: Mapping[str, str]) -> Entry:
    """An entry that finds these values in the sample. TerminalError for a value that is missing or not in it."""
    for group in GROUPS[kind]:
        if group in NEEDED and not values.get(group):
            raise TerminalError(f"{kind}: the value “{group}” is needed")
    given = {group: value.strip() for group, value in values.items() if value.strip()}
    whole = sample.body if kind == SESSION else f"{sample.subject}\n{sample.body}"
    for group, value in given.items():
        if group not in GROUPS[kind]:
            raise TerminalError(f"{kind} has no value “{group}”; it has {', '.join(GROUPS[kind])}")
        if value not in whole:
            raise TerminalError(f"“{value}” ({group}) does not stand in the sample as it is written here")
    in_body = {group: value for group, value in given.items() if value in sample.body}
    body = tuple(_line_pattern(group, in_body, sample.body) for group in in_body)
    return Entry(kind, name, language, _subject_pattern(sample.subject, given), body, sample.sender_domain)


def insert(text: str, entry: Entry) -> str:
    """The recognisers' text with the entry before the others of its kind: what was taught is tried first."""
    at = re.search(rf"^\[\[{entry.kind}\]\]", text, re.MULTILINE)
    cut = at.start() if at else len(text.rstrip()) + 1
    return f"{text[:cut].rstrip()}\n\n{entry.toml}\n{text[cut:].lstrip()}"


def _guess(group: str, text: str) -> str:
    label = _LABELS.get(group)
    if label is None:
        return ""
    if group in {"date", "since", "until"}:
        found = re.search(rf"\b{label} ({_DAY})", text, re.IGNORECASE)
        return found[1] if found else ""
    found = re.search(rf"^[^\w\n]*{label}[ \t]*:[ \t]*(.{{2,80}})$", text, re.IGNORECASE | re.MULTILINE)
    value = found[1].strip() if found else ""
    return safe_name(value) if group in {"name", "learner"} else value


def _line_pattern(group: str, values: Mapping[str, str], body: str) -> str:
    """The value in its line: what stands before it, the group, what stands behind. A line of its own takes the one
    before it as context.
    """
    value = values[group]
    at = body.index(value)
    start = body.rfind("\n", 0, at) + 1
    end = body.find("\n", at)
    before, after = body[start:at], body[at + len(value) : end if end >= 0 else len(body)]
    if not re.search(r"\w", before):
        above = [line for line in body[:start].split("\n") if line.strip()]
        context = f"^[^\\n]*{_literal(above[-1].strip()[-_CONTEXT:], values)}\\s*\\n\\s*" if above else "^"
        before_pattern = context + _literal(before, values)
    else:
        cut = before[-_CONTEXT:]
        whole = len(before) <= _CONTEXT
        cut = cut if whole else cut[cut.find(" ") + 1 :]
        before_pattern = (r"^[^\w\n]*" if whole else "") + _literal(cut.lstrip() if whole else cut, values)
    if group == "address":  # it ends where an address ends
        return f"{before_pattern}{_group(group)}"
    tail = after.rstrip()
    sign = _SIGN.match(tail)  # a bar or a bracket says enough: the words behind it change
    after_pattern = _literal(sign[0] if sign else tail[:_AFTER], values) if tail else r"[ \t]*$"
    return f"{before_pattern}{_group(group)}{after_pattern}"


def _group(group: str) -> str:
    if group == "address":
        return r"(?P<address>[^\s<>(),;@]+@[^\s<>(),;@]+)"
    return rf"(?P<{group}>[^\n]{{2,{_SIZES.get(group, _DEFAULT_SIZE)}}}?)"


def _subject_pattern(subject: str, values: Mapping[str, str]) -> str:
    """The subject's own words; what changes from mail to mail may be anything."""
    text = subject[:_SUBJECT]
    return f"^{_literal(text, values)}" if text else "^"


def _literal(text: str, values: Mapping[str, str]) -> str:
    """Text as a pattern: other values and numbers may be anything, spaces any space, "la" may be "le"."""
    longest_first = sorted(values.values(), key=len, reverse=True)
    pieces = (
        re.split("(" + "|".join(re.escape(value) for value in longest_first) + ")", text) if longest_first else [text]
    )
    out = []
    for piece in pieces:
        if piece in values.values():
            out.append(r"[^\n]+?")
            continue
        escaped = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", piece)
        out.append(re.sub(r"\s+", r"\\s+", re.sub(r"\d+", r"\\d+", _GENDERED.sub(r"\\w+", escaped))))
    return "".join(out)


def _quoted(text: str) -> str:
    """A TOML string: literal where it can be, so that patterns stay readable."""
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
