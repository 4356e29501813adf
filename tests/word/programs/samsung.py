"""Samsung Email: a separator and a header block in both parts, nothing marked, and the footer it comes with."""

from __future__ import annotations

from tests.word.programs.writing import Original, Typed, alternative, body_of, divs, entity, escaped, message

# ruff: noqa: E501 - markup stands as the programs write it


def phone(original: Original, typed: Typed) -> bytes:
    """The app on a phone, base64."""
    footer = typed.signature or ("Envoyé depuis mon appareil Galaxy" if typed.french else "Sent from my Galaxy")
    separator = "-------- Message d'origine --------" if typed.french else "-------- Original message --------"
    names = ("De : ", "Date : ", "À : ", "Objet : ") if typed.french else ("From: ", "Date: ", "To: ", "Subject: ")
    at = original.sent
    when = f"{at:%d/%m/%Y  %H:%M}  (GMT+01:00)" if typed.french else f"{at:%m/%d/%y  %I:%M %p}  (GMT+01:00)"
    who = f"{original.name} <{original.address}>"
    block = [separator, *(a + b for a, b in zip(names, (who, when, who, original.subject), strict=True))]
    tail = f"\n{typed.disclaimer}\n" if typed.disclaimer else ""
    text = f"{typed.top}\n\n\n{footer}\n\n\n" + " \n".join(block) + f" \n\n{original.text}{tail}"
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">'
        f'{divs(typed.top, " dir=" + chr(34) + "auto" + chr(34))}<div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757">{escaped(footer)}</div></div>'
        f'<div dir="auto"><br></div><div dir="auto" align="left" style="font-size:100%;color:#000000">{"".join(f"<div>{escaped(line)} </div>" for line in block)}<div><br></div></div>'
        f"{body_of(original.html)}{f'<p>{escaped(typed.disclaimer)}</p>' if typed.disclaimer else ''}</body></html>"
    )
    parts = entity("text/plain", text, "utf-8", "base64"), entity("text/html", page, "utf-8", "base64")
    return message(original, alternative(*parts, "--_com.samsung.android.email_1"))
