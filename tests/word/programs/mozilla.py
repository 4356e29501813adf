"""Thunderbird on a computer, and K-9 Mail, which is Thunderbird on Android."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import (
    Original,
    Typed,
    alternative,
    body_of,
    breaks,
    cut,
    entity,
    escaped,
    flowed,
    marked,
    message,
    month,
    plain_reply,
    split_body,
)


def thunderbird(original: Original, typed: Typed) -> bytes:
    """HTML with its text twin, 8bit UTF-8; own words below the quotation unless set otherwise."""
    cite = f'<blockquote type="cite" cite="mid:{original.message_id.strip("<>")}">'
    if typed.between:
        first, second = split_body(original.html, typed.after)
        quotation = f"{cite}{first}</blockquote>\n<p>{breaks(typed.between)}</p>\n{cite}{second}</blockquote>"
    else:
        quotation = f"{cite}{body_of(original.html)}</blockquote>"
    signature = f'<div class="moz-signature">-- <br>\n{breaks(typed.signature)}</div>\n' if typed.signature else ""
    page = (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n  </head>\n  <body>\n'
        f"{_paragraphs(typed.top)}{signature if not typed.bottom else ''}"
        f'<div class="moz-cite-prefix">{escaped(_attribution(original, typed))}<br>\n    </div>\n    {quotation}\n'
        f"{_paragraphs(typed.bottom)}{signature if typed.bottom else ''}{_appended(typed)}  </body>\n</html>\n"
    )
    parts = _flowed_part(original, typed), entity("text/html", page, "UTF-8", "8bit")
    return message(original, alternative(*parts, "------------iB0q4tVn"))


def thunderbird_plain(original: Original, typed: Typed) -> bytes:
    """Text alone, format=flowed."""
    return message(original, _flowed_part(original, typed))


def k9(original: Original, typed: Typed) -> bytes:
    """K-9 Mail with HTML and text, quoted-printable, and the footer it comes with."""
    typed = _with_footer(typed)
    quote = '<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">'
    signature = f"<div class='k9mail-signature'>{breaks(typed.signature)}</div>"
    attribution = f'<div class="gmail_quote">{escaped(_k9_attribution(original, typed))}{quote}\n'
    top = f'<div dir="auto">{breaks(typed.top)}<br><br></div>{signature}' if typed.top else ""
    below = f'<div dir="auto"><br>{breaks(typed.bottom)}</div>{signature}' if typed.bottom else ""
    page = f"<!DOCTYPE html><html><body>{top}{attribution}{body_of(original.html)}</blockquote></div>{below}{_appended(typed)}</body></html>"
    parts = entity("text/plain", _k9_text(original, typed), "utf-8"), entity("text/html", page, "utf-8")
    return message(original, alternative(*parts, "----GZ2V9TL5"))


def k9_plain(original: Original, typed: Typed) -> bytes:
    """K-9 Mail with text alone."""
    text = _k9_text(original, _with_footer(typed))
    return message(original, entity("text/plain", text, "utf-8", "quoted-printable"))


def _attribution(original: Original, typed: Typed) -> str:
    at = original.sent
    if typed.french:
        return f"Le {at:%d/%m/%Y} à {at:%H:%M}, {original.name} a écrit\xa0:"
    return f"On {at.month}/{at.day}/{at:%y} {at:%H:%M}, {original.name} wrote:"


def _flowed_part(original: Original, typed: Typed) -> bytes:
    above, below = cut(original, typed.after)
    signature = f"-- \n{typed.signature}" if typed.signature else ""
    stuffed = Typed(**{**vars(typed), "signature": signature})
    text = plain_reply(stuffed, [_attribution(original, typed)], marked(above), marked(below), flowed)
    return entity("text/plain", text, "UTF-8", "8bit", "; format=flowed")


def _with_footer(typed: Typed) -> Typed:
    footer = (
        "Envoyé de mon appareil Android avec Courriel K-9 Mail. Veuillez excuser ma brièveté."
        if typed.french
        else "Sent from my Android device with K-9 Mail. Please excuse my brevity."
    )
    return Typed(**{**vars(typed), "signature": f"-- \n{typed.signature or footer}"})


def _k9_attribution(original: Original, typed: Typed) -> str:
    at = original.sent
    who = f"{original.name} <{original.address}>"
    if typed.french:
        return f"Le {at.day} {month(original, 'fr')} {at.year} {at:%H:%M:%S} GMT+01:00, {who} a écrit\xa0:"
    return f"On {month(original, 'en')} {at.day}, {at.year} {at:%I:%M:%S %p} GMT+01:00, {who} wrote:"


def _k9_text(original: Original, typed: Typed) -> str:
    above, below = cut(original, typed.after)
    # its fetch of the other part's text folds the long line
    attribution = (
        _k9_attribution(original, typed).replace(", ", ",\n", 1) if typed.french else _k9_attribution(original, typed)
    )
    return plain_reply(typed, attribution.split("\n"), marked(above), marked(below), lambda own: own.split("\n"))


def _paragraphs(text: str) -> str:
    return "".join(f"    <p>{breaks(paragraph)}</p>\n" for paragraph in text.split("\n\n")) if text else ""


def _appended(typed: Typed) -> str:
    return f"<br><p>{escaped(typed.disclaimer)}</p>" if typed.disclaimer else ""
