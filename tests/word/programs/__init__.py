"""Models of the mail programs people use: a reply as the bytes that each of them writes.

Written after what they produce: class names, attribution lines, habits of quoting and encoding.
"""

from __future__ import annotations

from tests.word.programs import apple, google, microsoft, mozilla, proton, samsung, webmail
from tests.word.programs.writing import Program

TOP, BOTTOM, INLINE = "top", "bottom", "inline"

PROGRAMS: dict[str, tuple[Program, tuple[str, ...]]] = {
    "gmail-web": (google.web, (TOP, BOTTOM, INLINE)),
    "gmail-web-plain": (google.web_plain, (TOP, BOTTOM, INLINE)),
    "gmail-android": (google.android, (TOP, INLINE)),
    "gmail-ios": (google.ios, (TOP,)),
    "outlook-desktop": (microsoft.desktop, (TOP,)),
    "outlook-desktop-base64": (microsoft.desktop_base64, (TOP,)),
    "outlook-desktop-text": (microsoft.desktop_text, (TOP,)),
    "outlook-web": (microsoft.web, (TOP,)),
    "outlook-web-html-only": (microsoft.web_only_html, (TOP,)),
    "outlook-mobile": (microsoft.mobile, (TOP,)),
    "apple-mail": (apple.mac, (TOP, BOTTOM, INLINE)),
    "apple-mail-plain": (apple.mac_plain, (TOP, BOTTOM, INLINE)),
    "ios-mail": (apple.ios, (TOP, INLINE)),
    "ios-mail-plain": (apple.ios_plain, (TOP, BOTTOM)),
    "thunderbird": (mozilla.thunderbird, (TOP, BOTTOM, INLINE)),
    "thunderbird-plain": (mozilla.thunderbird_plain, (TOP, BOTTOM, INLINE)),
    "k9": (mozilla.k9, (TOP, BOTTOM)),
    "k9-plain": (mozilla.k9_plain, (TOP, BOTTOM, INLINE)),
    "proton-web": (proton.web, (TOP, INLINE)),
    "proton-phone": (proton.phone, (TOP,)),
    "proton-plain": (proton.plain, (TOP, BOTTOM)),
    "roundcube": (webmail.roundcube, (TOP, BOTTOM, INLINE)),
    "roundcube-plain": (webmail.roundcube_plain, (TOP, BOTTOM, INLINE)),
    "yahoo": (webmail.yahoo, (TOP,)),
    "zimbra": (webmail.zimbra, (TOP,)),
    "orange": (webmail.orange, (TOP,)),
    "mailto": (webmail.mailto, (TOP,)),
    "undeclared-utf-8": (webmail.undeclared, (TOP, BOTTOM, INLINE)),
    "undeclared-windows-1252": (webmail.undeclared_windows, (TOP, BOTTOM)),
    "samsung": (samsung.phone, (TOP,)),
}
"""Each program, and where its users write."""
