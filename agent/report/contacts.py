"""Where a text holds contact details, numbers of identity, personal links, account names and secrets (P6).

Every pattern works in linear time: what repeats is bounded, or starts at a word's edge only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlsplit

from agent.report.private_words import ContactWords
from agent.report.text import URL

Span = tuple[int, int, str]
"""Start, end, kind: "email", "phone", "account", "link", "address", "handle", "secret" or "birth"."""

_S = "[ .\u00a0\u202f-]"
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_EMAIL_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?[\[(] ?(?:at|arobase|@) ?[\])] ?[\w-]{1,64}"
    r"(?: ?[\[(] ?(?:dot|point|\.) ?[\])] ?[\w-]{2,20}|\.[\w-]{2,20}){1,3}"
)
_PHONES = (
    re.compile(
        rf"(?<![\w.,/+])(?:\+|00)[1-9]\d{{0,2}}{_S}{{0,2}}(?:\(0\){_S}{{0,2}})?\d{{1,4}}(?:{_S}{{0,2}}\d{{1,4}}){{2,6}}(?!\w)"
    ),
    re.compile(r"(?<![\w.,/-])(?:0|\(0\) ?)[1-9](?:[ \u00a0./-]{0,2}\d{2}){4}(?![\d\w]|[.,]\d)"),
    re.compile(r"(?<![\w.])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
    re.compile(r"(?<![\w.,/-])0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}(?!\w)"),
    re.compile(r"(?<![\w.,/#-])\d{9,20}(?![\w]|[.,]\d)"),
)
_ACCOUNTS = (
    re.compile(r"(?<![\w.,-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3}(?: ?\d{2})?(?!\w)"),
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    re.compile(r"(?<!\w)(?!gb|nk)[a-ceghj-pr-tw-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d](?!\w)"),
)
_CARD = re.compile(r"(?<![\w-])(?:\d{4}[ -]?){3}\d{4}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?!\w)")
_POSTCODE_FR = re.compile(r"(?<![\w.,:/-])(?:0[1-9]|[1-8]\d|9[0-8])\d{3} (?=[^\W\d_])")
_POSTCODE_GB = re.compile(r"(?<![\w-])[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
_PLACE = re.compile(r"[A-ZÀ-Ý][\w'’-]{1,30}(?:[ -](?:sur|en|les|de|la|le|[A-ZÀ-Ý0-9])[\w'’-]{0,30}){0,4}")
_STREET_NAME = re.compile(
    r"(?:(?:de|du|des|la|le|les|aux?|of|the)\b ?|[dlDL]['’])*[A-ZÀ-Ý0-9][\w'’.-]{0,30}"
    r"(?: (?:(?:de|du|des|la|le|les|et)\b ?|[dl]['’])*[A-ZÀ-Ý0-9][\w'’-]{0,30}){0,4}"
)
_WORDS = re.compile(r"[\w'’-]{1,30}(?: [\w'’-]{1,30}){0,2}")
_TOWN = re.compile(
    r"(?:,? ?\d{5})?(?:,| à|,? in)? [A-ZÀ-Ý][\w'’-]{1,30}(?:[ -][A-ZÀ-Ý0-9][\w'’-]{0,30}){0,2}|,? ?\d{5}"
)
_AT = re.compile(r"(?<![\w.`/@])@(?P<value>[\w][\w.-]{2,30})(?![\w(/])")
_TAG = re.compile(r"(?<![\w.#])[\w.]{2,32}#\d{4}(?!\w)")
_CODE = re.compile(r"decorat|annotation|css\b|npm\b|package|import|scope|directive|at-rule|blade|twig")
_OPAQUE = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w~.-]{20,}")
_SIGNS = re.compile(r"[\d!@#$%&*+?]")
_MANY_ZEROS = re.compile(r"0{5,}$")


def find(
    text: str, folded: str, words: ContactWords, technologies: frozenset[str], people: Iterable[str]
) -> list[Span]:
    """What must not leave, in order and apart. `people`: folded names whose links are theirs; `folded` = fold(text)."""
    squashed = [name for name in (re.sub(r"[^a-z0-9]", "", one) for one in people) if len(name) > 4]
    found = [
        *_links(text, words, squashed),
        *_named(folded, words),
        *((*m.span(), "email") for pattern in (_EMAIL, _EMAIL_SPELLED) for m in pattern.finditer(folded)),
        *_numbers(folded),
        *_addresses(text, folded, words, technologies),
        *_handles(text, folded, words),
        *((*m.span(), "secret") for m in words.key.finditer(text)),
    ]
    return apart(found)


def apart(spans: Iterable[Span]) -> list[Span]:
    """In order, those that overlap as one, of the kind of the first."""
    merged: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda s: (s[0], -s[1])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, kind))
    return merged


def _links(text: str, words: ContactWords, people: list[str]) -> Iterator[Span]:
    for match in URL.finditer(text):
        if _is_personal(match[0], words, people):
            yield (*match.span(), "link")
    for match in words.hosts.finditer(text.lower() if len(text.lower()) == len(text) else text):
        if len(match["path"]) > 1:
            yield match.start(), match.start() + len(match[0].rstrip(".,;:!?)]'’")), "link"


def _is_personal(url: str, words: ContactWords, people: list[str]) -> bool:
    """Credentials, a parameter that opens something, a long opaque part, or somebody's name in it."""
    rest = url.split("//", 1)[-1]
    path, _, query = rest.partition("#")[0].partition("?")
    fragment = rest.partition("#")[2]
    if "@" in path.partition("/")[0] or "@" in query or any(_OPAQUE.fullmatch(part) for part in path.split("/")[1:]):
        return True
    try:
        given = parse_qsl(f"{query}&{fragment if '=' in fragment else ''}", keep_blank_values=True, max_num_fields=100)
        urlsplit(url)
    except ValueError:
        return True  # what cannot be read may be anything
    if any(key.lower() in words.parameters or _OPAQUE.fullmatch(value) for key, value in given):
        return True
    if fragment and "=" not in fragment and _OPAQUE.fullmatch(fragment) and not re.search(r"[a-z]{4,}[._-]", fragment):
        return True
    plain = re.sub(r"[^a-z0-9]", "", path.lower())
    return any(name in plain for name in people)


def _named(folded: str, words: ContactWords) -> Iterator[Span]:
    """What the words before it announce."""
    for match in words.numbered.finditer(folded):
        if sum(c.isdigit() for c in match["value"]) > 4:
            yield (*match.span("value"), "phone")
    for match in words.secret.finditer(folded):
        if _SIGNS.search(match["value"]) and "://" not in match["value"] and "(" not in match["value"]:
            yield (*match.span("value"), "secret")
    for match in words.account.finditer(folded):
        value = match["value"].rstrip(".!?)")
        if (re.search(r"[\d_#@-]|\w\.\w", value) or match[0].startswith("pseudo")) and "://" not in value:
            yield match.start("value"), match.start("value") + len(value), "handle"
    yield from ((*match.span(), "birth") for match in words.birth.finditer(folded))


def _numbers(folded: str) -> Iterator[Span]:
    for match in _IBAN.finditer(folded):
        if _is_iban(match[0].replace(" ", "")):
            yield (*match.span(), "account")
    for match in _CARD.finditer(folded):
        if _luhn(re.sub(r"\D", "", match[0])):
            yield (*match.span(), "account")
    for pattern in _ACCOUNTS:
        yield from ((*match.span(), "account") for match in pattern.finditer(folded))
    for pattern in _PHONES:
        for match in pattern.finditer(folded):
            digits = re.sub(r"\D", "", match[0])
            if len(digits) > 8 and not _MANY_ZEROS.search(digits):
                yield (*match.span(), "phone")


def _is_iban(number: str) -> bool:
    """ISO 13616: the number with its first four signs at the end, letters as numbers, is 1 modulo 97."""
    value = "".join(str(int(c, 36)) for c in number[4:] + number[:4])
    return sum(c.isdigit() for c in number) > 9 and (int(value) % 97 == 1 or number.startswith("fr76"))


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def _streets(text: str, folded: str, words: ContactWords) -> Iterator[Span]:
    """Words such as "chemin" and "place", which need a number before them, and a postcode or a town behind."""
    for match in words.weak_street.finditer(folded):
        yield match.start(), _town(text, match.end()), "address"
    for match in words.weak_street_in.finditer(folded):
        if text[match.start("name")].isupper() and text[match.start("town")].isupper():
            yield match.start(), _town(text, match.end("name")), "address"


def _addresses(text: str, folded: str, words: ContactWords, technologies: frozenset[str]) -> Iterator[Span]:
    for match in words.street.finditer(folded):
        name = _STREET_NAME.match(text, match.end()) or _WORDS.match(text, match.end())
        yield match.start(), _town(text, name.end() if name else match.end()), "address"
    for match in words.street_named.finditer(folded):
        if name := _STREET_NAME.match(text, match.end()):
            yield match.start(), _town(text, name.end()), "address"
    yield from _streets(text, folded, words)
    for match in words.street_en.finditer(folded):
        if all(word[:1].isupper() for word in text[match.start() : match.end()].split()[1:]):
            yield (*match.span(), "address")
    for match in words.lives.finditer(folded):
        yield (*match.span(), "address")
    for match in _POSTCODE_FR.finditer(folded):
        place = _PLACE.match(text, match.end())
        before = folded[max(0, match.start() - 8) : match.start()].split()[-1:]
        if place and place[0].lower() not in technologies and before not in (["port"], [":"], ["="]):
            yield match.start(), place.end(), "address"
    yield from ((*match.span(), "address") for match in _POSTCODE_GB.finditer(text))


def _town(text: str, end: int) -> int:
    """Where an address ends whose street ends here: a postal code and a town may follow."""
    match = _TOWN.match(text, end)
    return match.end() if match else end


def _handles(text: str, folded: str, words: ContactWords) -> Iterator[Span]:
    for match in _AT.finditer(folded):
        value = match["value"].rstrip(".-")
        around = folded[max(0, match.start() - 60) : match.end() + 30].split("\n")
        near = " ".join(around)
        network = words.network.search(near) is not None
        first = re.split(r"[.-]", value)[0]
        annotated = text[match.start() + 1].isupper() or _CODE.search(near) is not None
        if value in words.decorators or first in words.decorators or (annotated and not network):
            continue
        yield match.start(), match.start() + 1 + len(value), "handle"
    yield from ((*match.span(), "handle") for match in _TAG.finditer(folded))
