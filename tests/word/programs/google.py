"""Gmail: web (HTML, or its plain text mode), the Android and iOS apps. Always both parts, but for the plain text mode."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import (
    Original,
    Typed,
    alternative,
    body_of,
    cut,
    day,
    divs,
    entity,
    escaped,
    marked,
    message,
    month,
    plain_reply,
    split_body,
    wrapped,
)

_QUOTE = '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'


def web(original: Original, typed: Typed) -> bytes:
    """Gmail in the browser."""
    return _both(original, typed)


def web_plain(original: Original, typed: Typed) -> bytes:
    """Gmail in the browser, plain text mode: one part, lines broken at 78."""
    return message(original, entity("text/plain", _text(original, typed), "UTF-8"))


def android(original: Original, typed: Typed) -> bytes:
    """The app: paragraphs are dir=auto, the text part is base64."""
    return _both(original, typed, auto=True)


def ios(original: Original, typed: Typed) -> bytes:
    """The app on an iPhone."""
    return _both(original, typed, auto=True, encoding="quoted-printable")


def _attribution(original: Original, typed: Typed) -> str:
    at = original.sent
    who = f"{original.name} <{original.address}>"
    if typed.french:
        when = f"{day(original, 'fr', short=True)} {at.day} {month(original, 'fr', short=True)} {at.year} à {at:%H:%M}"
        return f"Le {when}, {who} a écrit\xa0:"
    when = f"{day(original, 'en', short=True)}, {month(original, 'en', short=True)} {at.day}, {at.year} at {at:%I:%M}\u202f{at:%p}"
    return f"On {when} {who} wrote:"


def _text(original: Original, typed: Typed) -> str:
    above, below = cut(original, typed.after)
    signature = f"-- \n{typed.signature}" if typed.signature else ""
    text = Typed(**{**vars(typed), "signature": signature})
    # the break falls between the name and the address as often as inside the angle brackets
    attribution = _attribution(original, typed).replace(" <", " <\n" if typed.french else "\n<", 1).split("\n")
    return plain_reply(text, [*attribution, ""], marked(above, 74), marked(below, 74), lambda own: wrapped(own, 78))


def _both(original: Original, typed: Typed, *, auto: bool = False, encoding: str = "base64") -> bytes:
    direction = "auto" if auto else "ltr"
    attributes = ' dir="auto"' if auto else ""
    own = f'<div dir="{direction}">{divs(typed.top, attributes)}</div>' if typed.top else '<div dir="ltr"><br></div>'
    signature = ""
    if typed.signature:
        signature = (
            '<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
            f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">{divs(typed.signature)}</div>'
        )
    who = f'{original.name} &lt;<a href="mailto:{original.address}">{original.address}</a>&gt;'
    written = escaped(_attribution(original, typed)).replace(escaped(f"{original.name} <{original.address}>"), who)
    attribution = f'<div dir="ltr" class="gmail_attr">{written}<br></div>'
    if typed.between:
        first, second = split_body(original.html, typed.after, "m_-8134")
        quoted = f"{_QUOTE}{first}</blockquote><div><br></div>{divs(typed.between)}<div>&nbsp;</div>{_QUOTE}{second}</blockquote>"
    else:
        quoted = f"{_QUOTE}{body_of(original.html, 'm_-8134')}</blockquote>"
    below = f'<div><br></div><div dir="ltr">{divs(typed.bottom)}</div>' if typed.bottom else ""
    page = (
        f"{own}{'' if typed.bottom else signature}<br>"
        f'<div class="gmail_quote gmail_quote_container">{attribution}{quoted}{below}</div>'
        f"{signature if typed.bottom else ''}{_appended(typed)}\r\n"
    )
    parts = entity("text/plain", _text(original, typed), "UTF-8", encoding), entity("text/html", page, "UTF-8")
    return message(original, alternative(*parts, "000000000000a1b2c3"))


def _appended(typed: Typed) -> str:
    return (
        f'\n<br>\n<div style="font-size:10px;color:gray">{escaped(typed.disclaimer)}</div>' if typed.disclaimer else ""
    )
