"""Bytes and HTML to plain text, and text to comparable words. Whatever is handed in, nothing here raises.

Control characters go, except tabs and line ends: what is read here is later shown, compared and put in letters.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_right
from email.header import decode_header
from functools import lru_cache

ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
"""A plain lower-case ASCII address (the dot-atom form of RFC 5322 3.4.1), for fullmatch."""

# Python calls these encodings, mail does not: they are slow (quadratic) or rewrite the text.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
MISSING = "[…]"
"""Stands where text was left out; no answer that contains it approves anything."""

_MAX_HEADER = 2_000
_MAX_HTML = 500_000
# Styles are not applied: "padding: 999999999em" fills the memory, and hidden words are better seen than missed.
_STYLE = re.compile(r"(style)(\s*=)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def decode(data: bytes, charset: str | None) -> str:
    """`data` in its declared charset, else UTF-8, else Latin-1; line ends become newlines."""
    for name in (charset, "utf-8"):
        text = _strict(data, name) if name else None
        if text is not None:
            return clean(text)
    return clean(data.decode("latin-1"))


def _strict(data: bytes, charset: str) -> str | None:
    try:
        codec = codecs.lookup(charset.strip(" \"'"))
        if codec.name.replace("-", "_") in _NO_CHARSETS:
            return None
        return data.decode(codec.name)
    except (LookupError, ValueError, AttributeError, TypeError):  # unknown, or no charset at all ("base64", "rot13")
        return None


def clean(text: str) -> str:
    """Text with newlines only, without control, bidirectional-override and lone surrogate characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, and a sign at the end that something is missing: half a text is nobody's word."""
    return text if len(text) <= limit else text[:limit] + "\n" + MISSING


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


def html_to_text(html: str) -> str | None:
    """HTML as text, quoted blocks prefixed with "> ", one for each level; None if it cannot be read."""
    from inscriptis import get_annotated_text  # noqa: PLC0415 - pulls lxml: 10 MB that a tick without HTML does not need
    from inscriptis.css_profiles import STRICT_CSS_PROFILE  # noqa: PLC0415 - as above
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415 - as above

    config = ParserConfig(css=STRICT_CSS_PROFILE, annotation_rules={"blockquote": ["quote"]})
    try:
        found = get_annotated_text(_STYLE.sub("\\1\u2060\\2", html[:_MAX_HTML]), config)
    except Exception:  # noqa: BLE001 - hostile markup; includes lxml's errors and RecursionError
        return None
    text = str(found.get("text", ""))
    quoted = [(int(start), int(end)) for start, end, _ in found.get("label", ())]
    lines = _quoted_lines(text, quoted) + ([MISSING] if len(html) > _MAX_HTML else [])
    return clean("\n".join(lines))


def _quoted_lines(text: str, quoted: list[tuple[int, int]]) -> list[str]:
    starts, ends = sorted(start for start, _ in quoted), sorted(end for _, end in quoted)
    lines, at = [], 0
    for line in text.split("\n"):
        depth = bisect_right(starts, at) - bisect_right(ends, at)
        lines.append("> " * min(depth, 9) + line.strip())
        at += len(line) + 1
    return lines


def words(text: str) -> tuple[str, ...]:
    """Comparable tokens: lower case, no accents, apostrophes as spaces; every other sign is a token of its own."""
    return tuple(re.findall(r"[^\W_]+|[^\s]", re.sub("['’ʼ`´-]", " ", _flat(text))))


def folded(text: str) -> str:
    """What patterns are matched on: lower case, no accents, plain apostrophes and hyphens, single spaces."""
    flat = re.sub("[\u2010-\u2015\u2212]", "-", re.sub("[’‘ʼ`´]", "'", _flat(text.replace("\u00b4", "'"))))
    return " ".join(flat.replace("œ", "oe").replace("æ", "ae").split())


def _flat(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in flat if unicodedata.category(c) not in ("Mn", "Cf", "Sk"))
