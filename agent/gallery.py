"""All mails of a rehearsal in one page, as a mail program would show them. Works from disk, without a server.

What a mail holds cannot act: its HTML is shown in a frame that may run and load nothing, the rest is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment

from agent.render import letters_environment

_REFERENCE = re.compile(r" \[ma-[a-z2-7]{16}\]$")  # noise in a list
_SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Auto-Submitted")


@dataclass(frozen=True, slots=True)
class GalleryMail:
    """One mail. `eml_path` is relative to the page; `tag` (folder or rule) and `note` are one line each."""

    eml_path: Path | str
    raw: bytes
    tag: str
    note: str


def write_gallery(
    entries: Sequence[GalleryMail], path: Path, title: str, environment: Environment | None = None
) -> None:
    """Write the page at `path`, the mails in the given order. A broken mail is shown as far as it can be read."""
    page = (environment or letters_environment()).get_template("gallery.html")
    mails = [_shown(entry) for entry in entries]
    path.write_text(page.render(title=title, mails=mails), encoding="utf-8")


def _shown(entry: GalleryMail) -> dict[str, object]:
    message = message_from_bytes(entry.raw, policy=policy.default)
    text, html, files = _parts(message)
    at, subject = _date(message), _header(message, "Subject") or "(no subject)"
    return {
        "day": f"{at:%Y-%m-%d}" if at else "",
        "time": f"{at:%H:%M}" if at else "",
        "sender": _who(message, "From"),
        "recipient": _who(message, "To"),
        "subject": subject,
        "short": _REFERENCE.sub("", subject),
        "headers": [(name, value) for name in _SHOWN if (value := _header(message, name))],
        "text": text,
        "html": html,
        "files": files,
        "tag": entry.tag,
        "note": entry.note,
        "eml": quote(Path(entry.eml_path).as_posix()),
    }


def _header(message: EmailMessage, name: str) -> str:
    try:
        return _printable(re.sub(r"[ \t\r\n]+", " ", str(message.get(name, ""))).strip())
    except Exception:  # noqa: BLE001 -- the standard parser raises many kinds on broken headers; the page shows the rest
        return ""


def _who(message: EmailMessage, name: str) -> str:
    """A name where there is one, otherwise the address."""
    try:
        first = message[name].addresses[0]
        return _printable(first.display_name or first.addr_spec)
    except Exception:  # noqa: BLE001 -- as above
        return _header(message, name)


def _date(message: EmailMessage) -> datetime | None:
    try:
        return getattr(message["Date"], "datetime", None)
    except Exception:  # noqa: BLE001 -- as above
        return None


def _parts(message: EmailMessage) -> tuple[str, str, list[str]]:
    """Text, HTML and the names of attached files."""
    text, html, files = "", "", []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            files.append(_printable(name or kind))
        elif kind == "text/html" and not html:
            html = _body(part)
        elif kind == "text/plain" and not text:
            text = _body(part)
    return text, html, files


def _body(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return _printable(raw.decode(part.get_content_charset("utf-8"), "replace"))
    except LookupError:  # a charset nobody knows
        return _printable(raw.decode("utf-8", "replace"))


def _printable(text: str) -> str:
    """Undecodable bytes arrive as lone surrogates, which no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
