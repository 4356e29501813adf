"""Web mails of providers and hosts: Roundcube, Yahoo, Zimbra (Free), Orange; a mailto link; an old server's text."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import (
    Original,
    Typed,
    alternative,
    body_of,
    breaks,
    cut,
    day,
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

_BLUE = '<blockquote style="border-left:2px solid #1010FF;margin-left:5px;padding-left:5px;color:#000;">'


def roundcube(original: Original, typed: Typed) -> bytes:
    """Roundcube writing HTML; text twin in flowed quoted-printable."""
    cite = '<blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0">'
    signature = f'<div id="_rc_sig">-- <br>\n{breaks(typed.signature)}</div>' if typed.signature else ""
    if typed.between:
        first, second = split_body(original.html, typed.after, "v1")
        quotation = f"{cite}{first}</blockquote><p>{breaks(typed.between)}</p>{cite}{second}</blockquote>"
    else:
        quotation = f'{cite}<div id="replybody1"><div id="v1">{body_of(original.html, "v1")}</div></div></blockquote>'
    intro = f'<p id="reply-intro">{escaped(_roundcube_attribution(original, typed))}</p>'
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /></head><body style=\'font-size: 10pt; font-family: Verdana,Geneva,sans-serif\'>\n'
        f"{_ps(typed.top)}{signature if not typed.bottom else ''}{intro}{quotation}{_ps(typed.bottom)}{signature if typed.bottom else ''}"
        f"{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}</body></html>\n"
    )
    parts = _roundcube_text(original, typed), entity("text/html", page, "UTF-8")
    return message(original, alternative(*parts, "=_0b1d2c"))


def roundcube_plain(original: Original, typed: Typed) -> bytes:
    """Roundcube as it comes: text, flowed, own words below."""
    return message(original, _roundcube_text(original, typed))


def yahoo(original: Original, typed: Typed) -> bytes:
    """Yahoo Mail: yahoo_quoted; its text twin indents and marks nothing."""
    at = original.sent
    who = f"{original.name} <{original.address}>"
    if typed.french:
        attribution = f"Le {day(original, 'fr')} {at.day} {month(original, 'fr')} {at.year} à {at:%H:%M:%S} UTC+1, {who} a écrit :"
    else:
        attribution = f"On {day(original, 'en')}, {month(original, 'en')} {at.day}, {at.year} at {at:%I:%M:%S %p} GMT+1, {who} wrote:"
    signature = f"\n{typed.signature}\n" if typed.signature else ""
    tail = f"\n{typed.disclaimer}\n" if typed.disclaimer else ""
    text = f" {typed.top}\n{signature}\n    {attribution}  \n \n {original.text}  {tail}"
    page = (
        f'<html><head></head><body><div class="ydp8a1yahoo-style-wrap" style="font-family:Helvetica Neue, Helvetica, Arial, sans-serif;font-size:16px;">'
        f"{divs(typed.top, ' dir=' + chr(34) + 'ltr' + chr(34) + ' data-setdir=' + chr(34) + 'false' + chr(34))}<div><br></div>"
        f"{f'<div class={chr(34)}ydp8a1signature{chr(34)}>{divs(typed.signature)}</div>' if typed.signature else ''}</div>"
        f'<div id="yahoo_quoted_5512" class="yahoo_quoted"><div style="font-family:sans-serif;font-size:13px;color:#26282a;">\n'
        f'<div>{escaped(attribution)}</div><div><br></div><div><br></div><div><div id="yiv55">{body_of(original.html, "yiv55")}</div></div></div></div>'
        f"{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}</body></html>"
    )
    parts = entity("text/plain", text, "UTF-8"), entity("text/html", page, "UTF-8")
    return message(original, alternative(*parts, "----=_Part_55_12"))


def zimbra(original: Original, typed: Typed) -> bytes:
    """Free's Zimbra: a header block between separators, the quotation with a blue line, the text part without marks."""
    names = ("De: ", "À: ", "Envoyé: ", "Objet: ") if typed.french else ("From: ", "To: ", "Sent: ", "Subject: ")
    at = original.sent
    who = f'"{original.name}" <{original.address}>'
    if typed.french:
        when = (
            f"{day(original, 'fr').capitalize()} {at.day} {month(original, 'fr').capitalize()} {at.year} {at:%H:%M:%S}"
        )
    else:
        when = f"{day(original, 'en')}, {at.day} {month(original, 'en')}, {at.year} {at:%H:%M:%S}"
    pairs = list(zip(names, (who, who, when, original.subject), strict=True))
    separator = "----- Mail original -----" if typed.french else "----- Original Message -----"
    signature = f"\n{typed.signature}\n" if typed.signature else ""
    block = "\n".join(name + value for name, value in pairs)
    tail = f"\n{typed.disclaimer}\n" if typed.disclaimer else ""
    text = f"{typed.top}\n{signature}\n{separator}\n{block}\n\n{original.text}{tail}"
    head = "<br>".join(f"<b>{name}</b>{escaped(value)}" for name, value in pairs)
    page = (
        f'<html><body><div style="font-family: arial, helvetica, sans-serif; font-size: 12pt; color: #000000">{divs(typed.top)}<div><br></div>'
        f'<div data-marker="__SIG_PRE__">{divs(typed.signature)}</div><hr id="zwchr" data-marker="__DIVIDER__">'
        f'<div data-marker="__HEADERS__">{_BLUE}{head}<br></blockquote></div><div data-marker="__QUOTED_TEXT__">{_BLUE}{body_of(original.html)}<br></blockquote></div>'
        f"</div>{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}</body></html>"
    )
    parts = entity("text/plain", text, "utf-8"), entity("text/html", page, "utf-8")
    return message(original, alternative(*parts, "=_a81f"))


def orange(original: Original, typed: Typed) -> bytes:
    """Orange's web mail: "> Message du ...", iso-8859-1."""
    at = original.sent
    block = [
        f"Message du {at:%d/%m/%y %H:%M}",
        f"De : {original.name} <{original.address}>",
        f"A : {original.address}",
        "Copie à : ",
        f"Objet : {original.subject}",
        "",
    ]
    signature = f"\n{typed.signature}\n" if typed.signature else ""
    tail = f"\n{typed.disclaimer}\n" if typed.disclaimer else ""
    text = (
        "\n".join([f"{typed.top}\n{signature}\n", *marked(block), *marked(original.text.rstrip().split("\n"))])
        + "\n"
        + tail
    )
    head = "<br />".join("&gt; " + escaped(line) for line in block)
    page = (
        f'<p>{breaks(typed.top)}</p><p>{breaks(typed.signature)}</p><p>&nbsp;</p><blockquote style="padding-left: 5px; margin-left: 5px; border-left: #ff0000 3px solid;">'
        f"{head}<br />{body_of(original.html)}</blockquote>{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}"
    )
    parts = entity("text/plain", text, "iso-8859-1"), entity("text/html", page, "iso-8859-1")
    return message(original, alternative(*parts, "----=_Part_9"))


def mailto(original: Original, typed: Typed) -> bytes:
    """A button of the request, pressed on a phone: no quotation, no reference, the footer alone."""
    footer = typed.signature or ("Envoyé de mon iPhone" if typed.french else "Sent from my iPhone")
    parts = [typed.top, footer, typed.disclaimer]
    return message(original, entity("text/plain", "\n\n".join(part for part in parts if part) + "\n"))


def undeclared(original: Original, typed: Typed) -> bytes:
    """An old web mail: UTF-8 that nobody declared, a wrapped attribution, a signature without its delimiter."""
    return _old(original, typed, "utf-8")


def undeclared_windows(original: Original, typed: Typed) -> bytes:
    """The same in windows-1252 that nobody declared."""
    plain = Original(**{**vars(original), "text": original.text.replace("─", "")})
    return _old(plain, typed, "windows-1252")


def _old(original: Original, typed: Typed, charset: str) -> bytes:
    at = original.sent
    who = f"{original.name}\n<{original.address}>"
    wrote = (
        f"Le {at:%d/%m/%Y} à {at:%H:%M},\n{who}\na écrit :"
        if typed.french
        else f"On {at:%Y-%m-%d} at {at:%H:%M},\n{who}\nwrote:"
    )
    above, below = cut(original, typed.after)
    text = plain_reply(typed, wrote.split("\n"), marked(above, 72), marked(below, 72), lambda own: own.split("\n"))
    return message(original, entity("text/plain", text, charset, "8bit", declare=False))


def _roundcube_attribution(original: Original, typed: Typed) -> str:
    at = original.sent
    return f"{'Le' if typed.french else 'On'} {at:%Y-%m-%d %H:%M}, {original.name} {'a écrit' if typed.french else 'wrote'}:"


def _roundcube_text(original: Original, typed: Typed) -> bytes:
    above, below = cut(original, typed.after)
    signature = f"-- \n{typed.signature}" if typed.signature else ""
    stuffed = Typed(**{**vars(typed), "signature": signature})
    text = plain_reply(stuffed, [_roundcube_attribution(original, typed)], marked(above, 72), marked(below, 72), flowed)
    return entity("text/plain", text, "UTF-8", "quoted-printable", ";\r\n format=flowed")


def _ps(text: str) -> str:
    return "".join(f"<p>{breaks(paragraph)}</p>\n" for paragraph in text.split("\n\n")) if text else ""
