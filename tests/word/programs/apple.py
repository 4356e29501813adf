"""Apple Mail on the Mac and Mail on iOS: blockquote type=cite, the attribution inside of it."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import (
    Original,
    Typed,
    alternative,
    body_of,
    cut,
    divs,
    entity,
    escaped,
    flowed,
    marked,
    message,
    month,
    plain_reply,
    split_body,
)

_CITE = '<blockquote type="cite">'


def mac(original: Original, typed: Typed) -> bytes:
    """Apple Mail, rich text: both parts, quoted-printable."""
    page = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
        f"{_own(typed.top)}{_signature(typed) if not typed.bottom else ''}<div><br>{_CITE}<div>{_attribution(original, typed, link=True)}</div>"
        f'<br class="Apple-interchange-newline"><div>{_quotation(original, typed)}'
        f"{_own(typed.bottom)}{_signature(typed) if typed.bottom else ''}{_appended(typed)}</body></html>"
    )
    parts = entity("text/plain", _text(original, typed), "utf-8"), entity("text/html", page, "utf-8")
    return message(original, alternative(*parts, "Apple-Mail=_8D5F"))


def mac_plain(original: Original, typed: Typed) -> bytes:
    """Apple Mail, plain text: format=flowed; delsp=yes."""
    text = _text(original, typed, delete_space=True)
    return message(
        original, entity("text/plain", text, "utf-8", "quoted-printable", ";\r\n\tformat=flowed;\r\n\tdelsp=yes")
    )


def ios(original: Original, typed: Typed) -> bytes:
    """Mail on an iPhone: both parts, the footer it comes with unless there is a signature."""
    footer = typed.signature or ("Envoyé de mon iPhone" if typed.french else "Sent from my iPhone")
    typed = Typed(**{**vars(typed), "signature": footer})
    page = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">'
        f'{divs(typed.top)}{_signature(typed) if not typed.bottom else ""}<div dir="ltr"><br>{_CITE}{_attribution(original, typed, link=True)}<br><br></blockquote></div>'
        f'{_CITE}<div dir="ltr">{_quotation(original, typed)}'
        f"{divs(typed.bottom)}{_signature(typed) if typed.bottom else ''}{_appended(typed)}</body></html>"
    )
    parts = entity("text/plain", _text(original, typed), "utf-8"), entity("text/html", page, "utf-8")
    return message(original, alternative(*parts, "Apple-Mail-4B1C"))


def ios_plain(original: Original, typed: Typed) -> bytes:
    """Mail on an iPhone, where there is nothing but text to say: one part, us-ascii if it can."""
    footer = typed.signature or ("Envoyé de mon iPhone" if typed.french else "Sent from my iPhone")
    text = _text(original, Typed(**{**vars(typed), "signature": footer}))
    return message(original, entity("text/plain", text, "utf-8", "base64"))


def _attribution(original: Original, typed: Typed, *, link: bool = False) -> str:
    at = original.sent
    who = f"{escaped(original.name)} &lt;{original.address}&gt;" if link else f"{original.name} <{original.address}>"
    if typed.french:
        return f"Le {at.day} {month(original, 'fr', short=True)} {at.year} à {at:%H:%M}, {who} a écrit\xa0:"
    return f"On {at.day} {month(original, 'en', short=True)} {at.year}, at {at:%H:%M}, {who} wrote:"


def _text(original: Original, typed: Typed, *, delete_space: bool = False) -> str:
    above, below = cut(original, typed.after)
    attribution = marked([_attribution(original, typed), ""])
    return plain_reply(
        typed,
        attribution,
        marked(above),
        marked(below),
        lambda own: flowed(own, delete_space=True) if delete_space else own.split("\n"),
    )


def _quotation(original: Original, typed: Typed) -> str:
    if not typed.between:
        return f"{body_of(original.html)}</div></blockquote></div>"
    first, second = split_body(original.html, typed.after)
    return f"{first}</div></blockquote><div><br></div>{divs(typed.between)}<br>{_CITE}<div>{second}</div></blockquote></div>"


def _own(text: str) -> str:
    return divs(text) + "<div><br></div>" if text else ""


def _signature(typed: Typed) -> str:
    return (
        f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{divs(typed.signature)}</div>'
        if typed.signature
        else ""
    )


def _appended(typed: Typed) -> str:
    return f"<br><div>{escaped(typed.disclaimer)}</div>" if typed.disclaimer else ""
