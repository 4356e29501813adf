"""Proton Mail: the web's and the phone's, which speak the same markup."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import (
    Original,
    Typed,
    alternative,
    body_of,
    cut,
    day,
    entity,
    escaped,
    marked,
    message,
    month,
    plain_reply,
    split_body,
)

_STYLE = ' style="font-family: Arial, sans-serif; font-size: 14px;"'


def web(original: Original, typed: Typed) -> bytes:
    """The web: HTML with a text twin, base64."""
    return _both(original, typed, footer="")


def phone(original: Original, typed: Typed) -> bytes:
    """The phone, with the footer it comes with."""
    footer = "Envoyé depuis Proton Mail pour iOS" if typed.french else "Sent from Proton Mail for Android"
    return _both(original, typed, footer=footer)


def plain(original: Original, typed: Typed) -> bytes:
    """Plain text mode, with the footer of the free service."""
    footer = (
        "Envoyé avec la messagerie sécurisée Proton Mail." if typed.french else "Sent with Proton Mail secure email."
    )
    return message(original, entity("text/plain", _text(original, typed, footer), "utf-8", "base64"))


def _attribution(original: Original, typed: Typed) -> str:
    at = original.sent
    who = f"{original.name} <{original.address}>"
    if typed.french:
        return f"Le {day(original, 'fr')} {at.day} {month(original, 'fr')} {at.year} à {at:%H:%M}, {who} a écrit :"
    nth = {1: "st", 2: "nd", 3: "rd"}.get(at.day, "th")
    return f"On {day(original, 'en')}, {month(original, 'en')} {at.day}{nth}, {at.year} at {at:%I:%M %p}, {who} wrote:"


def _text(original: Original, typed: Typed, footer: str) -> str:
    above, below = cut(original, typed.after)
    both = "\n\n".join(part for part in (typed.signature, footer) if part)
    typed = Typed(**{**vars(typed), "signature": both})
    return plain_reply(
        typed, [_attribution(original, typed), ""], marked(above), marked(below), lambda own: own.split("\n")
    )


def _both(original: Original, typed: Typed, footer: str) -> bytes:
    cite = '<blockquote class="protonmail_quote" type="cite">'
    if typed.between:
        first, second = split_body(original.html, typed.after)
        quotation = (
            f"{cite}{first}</blockquote><div{_STYLE}><br></div>{_lines(typed.between)}{cite}{second}</blockquote>"
        )
    else:
        quotation = f"{cite}{body_of(original.html)}</blockquote>"
    signature = (
        f'<div{_STYLE} class="protonmail_signature_block"><div class="protonmail_signature_block-user">{_lines(typed.signature)}</div>'
        f'<div{_STYLE}><br></div><div class="protonmail_signature_block-proton">{escaped(footer)}</div></div>'
    )
    page = (
        f'{_lines(typed.top)}<div{_STYLE}><br></div>{signature if not typed.bottom else ""}<div class="protonmail_quote">'
        f"{escaped(_attribution(original, typed))}<br><br>{quotation}<br></div>{_lines(typed.bottom)}{signature if typed.bottom else ''}"
        f"{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}"
    )
    parts = (
        entity("text/plain", _text(original, typed, footer), "utf-8", "base64"),
        entity("text/html", page, "utf-8", "base64"),
    )
    return message(original, alternative(*parts, "b1=_hO9W2yq"))


def _lines(text: str) -> str:
    return "".join(f"<div{_STYLE}>{escaped(line) or '<br>'}</div>" for line in text.split("\n")) if text else ""
