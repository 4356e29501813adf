"""Outlook: the desktop's Word HTML, the web's, the phones'. None marks the quotation in the text part with ">"."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

from tests.word.programs.writing import Original, Typed, alternative, body_of, day, entity, escaped, message, month

_LINE = "_" * 32
_STYLE = (
    "<style><!--\n/* Font Definitions */\n@font-face\n\t{font-family:Aptos;}\np.MsoNormal, li.MsoNormal, div.MsoNormal\n"
    '\t{margin:0cm;font-size:11.0pt;}\n--></style><!--[if gte mso 9]><xml>\n<o:shapedefaults v:ext="edit" spidmax="1026" />\n</xml><![endif]-->'
)


def desktop(original: Original, typed: Typed) -> bytes:
    """Outlook for Windows, in windows-1252 and quoted-printable."""
    return _word(original, typed, "windows-1252", "quoted-printable")


def desktop_base64(original: Original, typed: Typed) -> bytes:
    """The same through Exchange Online, in UTF-8 and base64."""
    return _word(original, typed, "utf-8", "base64")


def desktop_text(original: Original, typed: Typed) -> bytes:
    """Outlook for Windows set to plain text: the classic separator above the header block."""
    separator = "-----Message d'origine-----" if typed.french else "-----Original Message-----"
    text = _plain(original, typed, above=[separator, *_names(original, typed, mailto=False)])
    return message(original, entity("text/plain", text, "iso-8859-1", "quoted-printable"), re="RE: ")


def web(original: Original, typed: Typed) -> bytes:
    """Outlook on the web: x_ classes, divRplyFwdMsg, a rule in the text part."""
    text = _plain(original, typed, above=[_LINE, *_names(original, typed)])
    own = "".join(
        f'<div class="elementToProof" style="font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt;">{escaped(line) or "<br>"}</div>\n'
        for line in typed.top.split("\n")
    )
    signature = f'<div class="elementToProof" id="Signature">{_brs(typed.signature)}</div>\n' if typed.signature else ""
    block = "<br>\n".join(f"<b>{name}</b>&nbsp;{escaped(value)}" for name, value in _pairs(original, typed))
    page = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">\n'
        f'<style type="text/css" style="display:none;"> P {{margin-top:0;margin-bottom:0;}} </style>\n</head><body dir="ltr">\n'
        f'{own}{signature}<div id="appendonsend"></div>\n<hr style="display:inline-block;width:98%" tabindex="-1">\n'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{block}</font>\n'
        f"<div>&nbsp;</div>\n</div>\n<div>{body_of(original.html, 'x_')}</div>\n{_appended(typed)}</body></html>"
    )
    return _both(original, text, page, "iso-8859-1", "quoted-printable")


def web_only_html(original: Original, typed: Typed) -> bytes:
    """A connector that passes on the HTML alone."""
    whole = web(original, typed)
    at = whole.index(b"Content-Type: text/html")
    return message(original, whole[at : whole.rindex(b"\r\n--_000_")], re="RE: ")


def mobile(original: Original, typed: Typed) -> bytes:
    """Outlook for iOS and Android, with the footer it comes with."""
    footer = typed.signature or ("Télécharger Outlook pour iOS" if typed.french else "Get Outlook for Android")
    link = "" if typed.signature else "<https://aka.ms/o0ukef>"
    text = _plain(
        original,
        Typed(**{**vars(typed), "signature": footer + link}),
        above=[_LINE, *_names(original, typed)],
    )
    own = "".join(f'<div dir="ltr">{escaped(line) or "<br>"}</div>' for line in typed.top.split("\n"))
    lines = "<br>".join(escaped(line) for line in footer.split("\n"))
    block = "<br>".join(f"<b>{name}</b> {escaped(value)}" for name, value in _pairs(original, typed))
    anchor = lines if typed.signature else f'<a href="https://aka.ms/o0ukef">{lines}</a>'
    page = (
        f'<html><head></head><body>{own}<div dir="ltr"><br></div><div id="ms-outlook-mobile-signature" dir="ltr">{anchor}</div>'
        f'<div id="mail-editor-reference-message-container"><div><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{block}<br></font></div>'
        f"{body_of(original.html, 'x_')}</div></div>{_appended(typed)}</body></html>"
    )
    return _both(original, text, page, "utf-8", "base64")


def _when(original: Original, typed: Typed) -> str:
    at = original.sent
    if typed.french:
        return f"{day(original, 'fr')} {at.day} {month(original, 'fr')} {at.year} {at:%H:%M}"
    return f"{day(original, 'en')}, {month(original, 'en')} {at.day}, {at.year} {at:%I:%M %p}".replace(" 0", " ")


def _pairs(original: Original, typed: Typed) -> list[tuple[str, str]]:
    names = (
        ("De\xa0:", "Envoyé\xa0:", "À\xa0:", "Objet\xa0:") if typed.french else ("From:", "Sent:", "To:", "Subject:")
    )
    who = f"{original.name} <{original.address}>"
    return list(zip(names, (who, _when(original, typed), who, original.subject), strict=True))


def _names(original: Original, typed: Typed, *, mailto: bool = False) -> list[str]:
    return [f"{name} {value}" for name, value in _pairs(original, typed)]


def _plain(original: Original, typed: Typed, above: list[str]) -> str:
    own = [typed.top, *(["", typed.signature] if typed.signature else []), ""]
    tail = ["", typed.disclaimer] if typed.disclaimer else []
    return "\n".join([*own, *above, "", original.text.rstrip("\n"), *tail]) + "\n"


def _word(original: Original, typed: Typed, charset: str, encoding: str) -> bytes:
    text = _plain(original, typed, above=_names(original, typed))
    own = "".join(_paragraph(escaped(line)) for line in typed.top.split("\n"))
    signature = (
        "".join(_paragraph(escaped(line)) for line in ["", *typed.signature.split("\n")]) if typed.signature else ""
    )
    block = "<br>\n".join(
        f"<b><span lang=FR>{name.replace(chr(160), '&nbsp;')}</span></b> {escaped(value)}"
        for name, value in _pairs(original, typed)
    )
    page = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">\n'
        f'<head>\n<meta http-equiv=Content-Type content="text/html; charset={charset}"><meta name=Generator content="Microsoft Word 15 (filtered medium)">\n'
        f'{_STYLE}</head>\n<body lang=FR link="#467886" vlink="#96607D" style=\'word-wrap:break-word\'>\n<div class=WordSection1>\n'
        f"{own}{signature}{_paragraph('')}"
        f"<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>\n<p class=MsoNormal>{block}<o:p></o:p></p></div></div>\n"
        f"{_paragraph('')}{body_of(original.html)}\n</div>\n{_appended(typed)}</body></html>"
    )
    return _both(original, text, page, charset, encoding)


def _paragraph(line: str) -> str:
    return f"<p class=MsoNormal><span style='font-size:11.0pt;mso-fareast-language:EN-US'>{line or '<o:p>&nbsp;</o:p>'}<o:p></o:p></span></p>\n"


def _brs(text: str) -> str:
    return "<br>\n".join(escaped(line) for line in text.split("\n"))


def _appended(typed: Typed) -> str:
    return f'<br>\n<p style="font-size:8pt;color:gray">{escaped(typed.disclaimer)}</p>\n' if typed.disclaimer else ""


def _both(original: Original, text: str, page: str, charset: str, encoding: str) -> bytes:
    parts = entity("text/plain", text, charset, encoding), entity("text/html", page, charset, encoding)
    return message(original, alternative(*parts, "_000_PR0P264MB0001FRAP_"), re="RE: ")
