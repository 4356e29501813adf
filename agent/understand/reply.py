"""What a person wrote, without what they answered to; and which requests their mail refers to.

Cutting too much loses words, cutting too little gets a question back: every cut here needs a certain sign, and
a signature is only looked for in the last lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.understand.headers import Head
from agent.understand.mail import Mail
from agent.understand.signature import HEADER_LINE, without_footers, without_signature
from agent.understand.text import Line, html_lines, shorten, words

# model.REPLY_MARKER, as it comes back: from there on, nothing is the person's own.
_MARKER = re.compile(r"[^\n>]*(?:répondez\s+au-dessus\s+de\s+cette\s+ligne|reply\s+above\s+this\s+line)", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![a-z0-9])ma-([a-z2-7]{16})(?![a-z0-9])")
_TOKEN_ID = re.compile(r"<ma-([a-z2-7]{16})[.@]")  # each mail about a request has a Message-ID of its own
_TOKEN_SUBJECT = re.compile(r"\[ma-([a-z2-7]{16})\]")

_ATTRIBUTION_START = re.compile(r"(?:Le|On)\s(?=.*\d)")
_ATTRIBUTION = re.compile(
    r"(?:(?:Le|On)\s(?=.*\d).*\b(?:a écrit|wrote)\s?:|[^<>]*<[^<>\s]+@[^<>\s]+>\s+(?:a écrit|wrote)\s?:)$"
)
_FORWARDED = re.compile(
    r"-{3,}\s*(?:Original Message|Message d'origine|(?:Mail|Message|E-mail|Courriel) original"
    r"|Forwarded message|Message transféré)\s*-{3,}"
    r"|(?:Begin forwarded message|Début du message (?:réexpédié|transféré))\s?:$",
    re.IGNORECASE,
)
_TELLING = frozenset(("envoyé", "envoyé le", "objet", "sent", "subject"))
# "à 18:51" and a year or an address
_CERTAIN = re.compile(r"(?=.*\d\s?[:h]\s?\d\d)(?=.*(?:\b20\d\d\b|\d/\d\d?/\d\d|\d@|[^\s@]@[^\s@]))")
_REFERENCE = re.compile(r"(?:réf|ref)\.\sma-[a-z2-7]{16}$")  # the last line of every request
_OWN_REFERENCE = re.compile(r"(?:^|\s)(?:réf|ref)\.\sma-[a-z2-7]{16}")  # and of an answer that a button wrote
_MAX_TEXT = 200_000
_MARKS = re.compile(r"> ?")
_RULE = re.compile(r"[_─═*=-]{5,}")
_INLINE = re.compile(r"qw+q")
_ATTRIBUTION_LINES = 4
_FEW_WORDS = 12  # an answer that approves is never longer

PASSED_ON = re.compile(r"\s*(?:re|ré|rép|réf|fwd?|tr|aw|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
"""How the subject of an answer or a forward begins: its words are another mail's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail taken apart. `text`: the person's own words, above, between and below the quotation, without a signature.

    `quoted`: the quotation as text, without its marks; "" if there is none. `inline`: own words stand between quoted
    lines.
    """

    text: str = ""
    quoted: str = ""
    inline: bool = False


def tokens(message: Mail | Head) -> tuple[str, ...]:
    """The ids of the requests a message refers to, each once: from its references, its subject, then its body.

    The newest reference is the last (RFC 5322 section 3.6.4) and comes first here: what is answered, then its past.
    """
    head = message.head if isinstance(message, Mail) else message
    found = _TOKEN_ID.findall(" ".join((head.in_reply_to, *reversed(head.references))))
    found += _TOKEN_SUBJECT.findall(head.subject)
    if isinstance(message, Mail):
        found += tokens_in(message.text)
    return tuple(dict.fromkeys(found))


def tokens_in(text: str) -> tuple[str, ...]:
    """The ids of requests in a text, each once."""
    return tuple(dict.fromkeys(_TOKEN.findall(text[:_MAX_TEXT])))


def read(mail: Mail) -> Reply:
    """Take a mail apart. Each part may be empty."""
    plain = _taken_apart(_plain_lines(shorten(mail.text, _MAX_TEXT)), mail.head.from_name)
    lines = html_lines(shorten(mail.html, _MAX_TEXT)) if mail.html else None
    if lines is None:
        return plain
    rich = _taken_apart(lines, mail.head.from_name)
    everything = {word for line in lines for word in words(line.text)}
    return _better(plain, rich if rich.quoted else replace(rich, quoted=plain.quoted), everything)


def new_text(mail: Mail) -> str:
    """What the person wrote: no quotation, no signature, no mobile footer. May be empty."""
    return read(mail).text


def _better(plain: Reply, rich: Reply, in_html: set[str]) -> Reply:
    """The HTML marks more and wraps nothing. Where the two say different things, the answer says both.

    What only the text part takes for the person's own is a quotation or a signature that the HTML marks as one, when
    the HTML has these words too.
    """
    said, shown = words(plain.text), words(rich.text)
    if not said or _within(said, shown):
        return rich
    if not shown:
        return plain
    if (_within(shown, said) and in_html.issuperset(said)) or min(len(said), len(shown)) > _FEW_WORDS:
        return rich
    return replace(rich, text=f"{rich.text}\n{plain.text}")


def _within(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether all of `few` stand in `many`, in their order."""
    rest = iter(many)
    return all(word in rest for word in few)


def _plain_lines(text: str) -> list[Line]:
    lines = []
    for line in text.split("\n"):
        stripped = line.strip(" \t") if line != "-- " else line
        own = _MARKS.sub("", stripped) if stripped.startswith(">") else stripped
        lines.append(Line(own, len(stripped) - len(own)))
    return lines


def _taken_apart(lines: list[Line], name: str) -> Reply:
    own, quoted = _told_apart(_joined(lines))
    blocks = _blocks(without_footers(own))
    texts = [without_signature(block, name) for block in blocks]
    text = "\n".join(text for text in texts if text)
    inline = _INLINE.search("".join("q" if line.depth else "w" if line.text else "" for line in own)) is not None
    return Reply(text, "\n".join(quoted).strip("\n"), inline)


def _told_apart(lines: list[Line]) -> tuple[list[Line], list[str]]:
    """The person's own lines, with one quoted line for each quotation between them; and the whole quotation."""
    own: list[Line] = []
    quoted: list[str] = []
    for number, line in enumerate(lines):
        if line.depth:
            quoted.append(line.text)
            if not own or not own[-1].depth:
                own.append(line)
        elif _is_attribution(line.text) and next((at for at in lines[number + 1 :] if at.text), Line("")).depth:
            continue
        elif _unmarked_from(lines[number : number + 8]):
            end = _end_of_ours(lines, number)
            quoted += [later.text for later in lines[number:end]]
            own += [Line("", 1), *lines[end:]]
            break
        else:
            own.append(replace(line, text=_OWN_REFERENCE.sub("", line.text)) if "ma-" in line.text else line)
    return own, quoted


def _unmarked_from(lines: list[Line]) -> bool:
    """Whether a quotation without marks begins on the first of the lines."""
    first = lines[0].text
    if _is_attribution(first):  # people write such lines too: theirs have no hour and year, and no mail of ours below
        return _CERTAIN.search(first) is not None or any(_MARKER.match(line.text[:200]) for line in lines)
    return bool(_FORWARDED.match(first) or _MARKER.match(first[:200]) or _header_block(lines))


def _end_of_ours(lines: list[Line], start: int) -> int:
    """Where a quotation without marks ends: below our reference, if it is there, else with the mail."""
    return next((at + 1 for at in range(len(lines) - 1, start, -1) if _REFERENCE.match(lines[at].text)), len(lines))


def _blocks(lines: list[Line]) -> list[list[str]]:
    """The person's own words above, between and below the quotation."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.depth:
            blocks.append([])
        elif not _RULE.fullmatch(line.text):
            blocks[-1].append(line.text)
    return [block for block in blocks if any(block)]


def _joined(lines: list[Line]) -> list[Line]:
    """Attribution lines that a program wrapped over several lines, in one ("Le ... / a écrit :")."""
    joined: list[Line] = []
    for line in lines:
        joined.append(line)
        if line.depth or not line.text.endswith(":"):
            continue
        for extra in range(1, _ATTRIBUTION_LINES + 1):  # the nearest start: what stands above it is the person's own
            pieces = joined[-extra:]
            if len(pieces) < extra or pieces[0].depth or not pieces[0].text:
                break
            whole = " ".join(piece.text for piece in pieces)
            if _starts_attribution(pieces[0]) and _is_attribution(whole) and (extra == 1 or _CERTAIN.search(whole)):
                joined[-extra:] = [Line(whole)]
                break
    return joined


def _starts_attribution(line: Line) -> bool:
    return not line.depth and len(line.text) <= 200 and _ATTRIBUTION_START.match(line.text) is not None


def _is_attribution(line: str) -> bool:
    return line.endswith(":") and len(line) < 400 and _ATTRIBUTION.match(line) is not None


def _header_block(lines: list[Line]) -> bool:
    """Three or more header lines in a row, one of which people do not write themselves (Envoyé, Objet, ...)."""
    names = []
    for line in lines:
        match = HEADER_LINE.match(line.text[:200])
        if not match:
            break
        names.append(match[1].lower())
    return len(names) >= 3 and not _TELLING.isdisjoint(names)
