"""Bytes and HTML to plain text, and text to comparable words. Whatever is handed in, nothing here raises.

Control characters go, except tabs and line ends: what is read here is later shown, compared and put in letters.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from email.header import decode_header
from functools import lru_cache
from sys import intern

ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
"""A plain lower-case ASCII address (the dot-atom form of RFC 5322 3.4.1), for fullmatch."""

# Python calls these encodings, mail does not: they are slow (quadratic) or rewrite the text.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
MISSING = "[…]"
"""Stands where text was left out; no answer that contains it approves anything."""

_MAX_HEADER = 2_000
_MAX_HTML = 200_000
_MAX_LINES = 20_000  # each costs a hundred bytes or two, however short
_MAX_TAGS = 10_000  # each costs a kilobyte
_ROLE = "data-agent-role"
_ROLES = ("quote", "signature")
_TAG = re.compile(r"<(blockquote|div|span|p|pre|table|td|section)\b([^<>]{0,800})>", re.IGNORECASE)
# An indented paragraph of the person's own is a blockquote too, with no line at its left.
_CITED = re.compile(
    r"type\s*=\s*[\"']?cite|(?:class|id)\s*=\s*[\"'][^\"']{0,100}(?:quote|cite)"
    r"|border-left\s*:(?!\s*(?:none|0|medium none))",
    re.IGNORECASE,
)
_NAMED = r"(?:class|id)\s*=\s*[\"']?[^\"'>]{0,100}(?<![a-z0-9])"
_QUOTATION = re.compile(
    _NAMED + r"(?:gmail_attr|moz-cite-prefix|yahoo_quoted\w*|mail-editor-reference-message-container)\b", re.IGNORECASE
)
_SIGNATURE = re.compile(
    _NAMED + r"(?:gmail_signature(?:_prefix)?|moz-signature|protonmail_signature_block|k9mail-signature"
    r"|ms-outlook-mobile-signature|Signature|AppleMailSignature|_rc_sig|yahoo-signature)\b",
    re.IGNORECASE,
)
# Tables are read as lines with cells beside each other: set as tables, each line of a cell is padded to its widest and
# each table in a table is set again, which takes the square of a mail in memory; and columns of a layout would mingle.
_TABLE = re.compile(r"<(/?)(?:(table|thead|tbody|tfoot|tr|caption)|td|th)(?![\w:-])", re.IGNORECASE)
_EMPTY = re.compile(r"<o:p>(?:&nbsp;|\xa0| ){1,3}</o:p>", re.IGNORECASE)  # Word's empty line
# Styles are not applied: "padding: 999999999em" fills the memory, and hidden words are better seen than missed.
_STYLE = re.compile(r"(style)(\s*=)", re.IGNORECASE)
# The library takes text apart by characters, 16 bytes for each, and forgets them at the next tag: `wbr` says nothing.
_LONG_RUN = re.compile("[^<&]{5000}")
_LONG_LIGATURES = re.compile("[\ufdfa\ufdfb]")  # Arabic phrases of up to 18 letters in one: a page of them is a book
_APOSTROPHES = re.compile("['’‘ʼ`´-]")
_WORD = re.compile(r"[^\W_]+|[^\s]")
_LONG = 20_000  # characters
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def decode(data: bytes, charset: str | None) -> str:
    """`data` in its declared charset, else UTF-8, else windows-1252; line ends become newlines."""
    for name in (charset, "utf-8", "windows-1252"):
        text = _strict(data, name) if name else None
        if text is not None:
            return clean(text)
    return clean(data.decode("latin-1"))


def _strict(data: bytes, charset: str) -> str | None:
    try:
        codec = codecs.lookup(charset.strip(" \"'"))
        if codec.name.replace("-", "_") in _NO_CHARSETS:
            return None
        # Programs say Latin-1 and mean windows-1252, apostrophes and all (WHATWG Encoding 4.2).
        return data.decode("windows-1252" if codec.name == "iso8859-1" else codec.name)
    except (LookupError, ValueError, AttributeError, TypeError):  # unknown, or no charset at all ("base64", "rot13")
        return None


def clean(text: str) -> str:
    """Text with newlines only, without control, bidirectional-override and lone surrogate characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters and `_MAX_LINES` lines, and a sign at the end that something is missing.

    Half a text is nobody's word.
    """
    end = _end_of_lines(text, "\n", _MAX_LINES)
    return text if len(text) <= limit and end is None else text[: min(limit, end or limit)] + "\n" + MISSING


def _end_of_lines(text: str, sign: str, most: int) -> int | None:
    """Where the last occurrence of a sign stands that is read; None where there are no more than `most`."""
    if len(text) <= most or text.count(sign) <= most:
        return None
    at = -1
    for _ in range(most):
        at = text.find(sign, at + 1)
    return at


def one_line(text: str) -> str:
    """Text on one line, single spaces."""
    return " ".join(clean(text).split())


@lru_cache(maxsize=1000)  # a mail lies in two folders, and people answer under the same subject
def decode_words(value: str) -> str:
    """A header's value with its encoded words decoded (RFC 2047), on one line; undecodable ones stay as they are."""
    value = value[:_MAX_HEADER]
    if "=?" not in value:
        return one_line(value)
    try:
        chunks = decode_header(value)
    except Exception:  # noqa: BLE001 - it raises what its codecs raise; the raw text is then the best there is
        return one_line(value)
    return one_line("".join(_chunk(data, charset) for data, charset in chunks))


def _chunk(data: bytes | str, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    if charset is None:  # decode_header escapes the plain text between encoded words
        return _unescape(data)
    return decode(data, charset)


def _unescape(data: bytes) -> str:
    try:
        return data.decode("raw_unicode_escape")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a mail: how deep it is quoted (0: not at all), and whether it stands where programs put signatures."""

    text: str
    depth: int = 0
    signature: bool = False


def html_to_text(html: str) -> str | None:
    """HTML as text, quoted blocks prefixed with "> ", one for each level; None if it cannot be read."""
    lines = html_lines(html)
    return None if lines is None else "\n".join("> " * min(line.depth, 9) + line.text for line in lines)


def html_lines(html: str) -> list[Line] | None:
    """HTML as lines of text; None if it cannot be read."""
    from inscriptis import get_annotated_text  # noqa: PLC0415 - pulls lxml: 10 MB that a tick without HTML does not need
    from inscriptis.css_profiles import STRICT_CSS_PROFILE  # noqa: PLC0415 - as above
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415 - as above

    most = min(_MAX_HTML, _end_of_lines(html, "<", _MAX_TAGS) or _MAX_HTML)
    config = ParserConfig(css=STRICT_CSS_PROFILE, annotation_rules={f"#{_ROLE}={role}": [role] for role in _ROLES})
    try:
        found = get_annotated_text(_prepared(html[:most]), config)
    except Exception:  # noqa: BLE001 - hostile markup; includes lxml's errors and RecursionError
        return None
    text = str(found.get("text", ""))
    spans: dict[str, list[tuple[int, int]]] = {role: [] for role in _ROLES}
    for start, end, role in found.get("label", ()):
        spans[str(role)].append((int(start), int(end)))
    lines = _placed(shorten(text, len(text)), spans["quote"], spans["signature"])
    return lines + ([Line(MISSING)] if len(html) > most else [])


def _prepared(html: str) -> str:
    """The HTML as the library reads it well."""
    html = _LONG_RUN.sub("\\g<0><wbr>", _STYLE.sub("\\1\u2060\\2", _EMPTY.sub("<br>", html)))
    return _TABLE.sub(_untabled, _TAG.sub(_with_role, html))


def _with_role(tag: re.Match[str]) -> str:
    """An opening tag with an attribute that says what it holds, where that is certain."""
    name, attributes = tag[1], tag[2]
    if name.lower() == "blockquote" and _CITED.search(attributes):
        return f"<{name} {_ROLE}=quote{attributes}>"
    if name.lower() == "p" and "MsoNormal" in attributes:  # Word's lines; its style sheet takes their margins away
        return f'<{name} style="margin-top:0em;margin-bottom:0em"{attributes}>'
    if _SIGNATURE.search(attributes):
        return f"<{name} {_ROLE}=signature{attributes}>"
    return f"<{name} {_ROLE}=quote{attributes}>" if _QUOTATION.search(attributes) else tag[0]


def _untabled(tag: re.Match[str]) -> str:
    """The beginning of a table's tag as that of a block, of a cell's as that of words in a line."""
    return f"<{tag[1]}div" if tag[2] else f" <{tag[1]}span"


def _placed(text: str, quoted: list[tuple[int, int]], signatures: list[tuple[int, int]]) -> list[Line]:
    quote, signature = _depths(quoted), _depths(signatures)
    lines, at = [], 0
    for line in text.split("\n"):
        inside = at + len(line) - len(line.lstrip())
        lines += [Line(piece.strip(), quote(inside), signature(inside) > 0) for piece in clean(line).split("\n")]
        at += len(line) + 1
    return lines


def _depths(spans: list[tuple[int, int]]) -> Callable[[int], int]:
    """How many of the spans hold a position."""
    starts, ends = sorted(start for start, _ in spans), sorted(end for _, end in spans)
    return lambda at: bisect_right(starts, at) - bisect_right(ends, at)


def unflowed(text: str, *, delete_space: bool) -> str:
    """Text of format=flowed with its paragraphs whole again (RFC 3676 4); `delete_space`: DelSp=yes.

    Quote marks stay, one form for every depth; space-stuffing goes. "-- " never flows.
    """
    pieces: list[str] = []
    depth_before, open_before = 0, False
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        if body == "-- " or not open_before or depth != depth_before:
            pieces.append("\n" + (">" * min(depth, 9) + " " if depth else ""))
        open_before, depth_before = body.endswith(" ") and body != "-- ", depth
        pieces.append(body.removesuffix(" ") if open_before and delete_space else body)
    return "".join(pieces).removeprefix("\n")


def words(text: str) -> tuple[str, ...]:
    """Comparable tokens: lower case, no accents, apostrophes as spaces; every other sign is a token of its own."""
    flat = _APOSTROPHES.sub(" ", _flat(text))
    if len(flat) > _LONG:  # the same few words, then: kept once each
        return tuple(intern(match[0]) for match in _WORD.finditer(flat))
    return tuple(_WORD.findall(flat))


def folded(text: str) -> str:
    """What patterns are matched on: lower case, no accents, plain apostrophes and hyphens, single spaces."""
    flat = re.sub("[\u2010-\u2015\u2212]", "-", re.sub("[’‘ʼ`´]", "'", _flat(text.replace("\u00b4", "'"))))
    return " ".join(flat.replace("œ", "oe").replace("æ", "ae").split())


def _flat(text: str) -> str:
    flat = unicodedata.normalize("NFKD", _LONG_LIGATURES.sub("\ufffd", text.lower()))
    return flat.translate(_NO_MARKS)


class _Marks(dict[int, int | None]):
    """What `str.translate` leaves out: accents, invisible characters and the like, looked up once each."""

    def __missing__(self, code: int) -> int | None:
        """The same character, or none."""
        kept = None if unicodedata.category(chr(code)) in {"Mn", "Cf", "Sk"} else code
        if len(self) < _MOST_CHARACTERS:
            self[code] = kept
        return kept


_MOST_CHARACTERS = 5_000
_NO_MARKS = _Marks()
