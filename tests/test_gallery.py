"""The page that shows all mails of a rehearsal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from agent.gallery import GalleryMail, write_gallery
from agent.mime import compose

ATTACK = "</script><script>document.title='x'</script><img src=x onerror=alert(1)>"


class _Page(HTMLParser):
    """Tags, links and the mails' data of a gallery."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.data = ""
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_data = dict(attrs).get("id") == "mails"

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def letter(subject: str = "Votre mentorat\u00a0: bienvenue", html: str = "<p>Bonjour</p>", key: str = "k") -> bytes:
    return compose(
        sender=("Claire Martin", "claire@example.org"),
        to=("camille@learner.example",),
        subject=subject,
        text="Bonjour\n",
        html=html,
        message_id=f"<{key}@example.org>",
        key=key,
        date=datetime(2026, 12, 8, 17, 0, tzinfo=UTC),
        auto_submitted=True,
    )


def gallery(folder: Path, *mails: GalleryMail) -> tuple[_Page, list[dict[str, Any]]]:
    path = folder / "index.html"
    write_gallery(mails, path, "Trois semaines")
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page, json.loads(page.data)


def test_each_mail_stands_in_the_list_and_can_be_opened(tmp_path: Path) -> None:
    page, data = gallery(
        tmp_path,
        GalleryMail("mails/1 é.eml", letter(), "Sent", "R01"),
        GalleryMail(Path("mails/2.eml"), letter("Rappel [ma-abcdefghij234567]"), "R07", "Reminder"),
    )
    assert [link["href"] for link in page.all("a") if "href" in link] == ["#1", "#2"]
    assert all(text in page.text for text in ("17:00", "Claire Martin → camille@learner.example", "Trois semaines"))
    assert [mail["eml"] for mail in data] == ["mails/1%20%C3%A9.eml", "mails/2.eml"]
    assert data[0]["html"].strip() == "<p>Bonjour</p>"
    assert data[0]["text"] == "Bonjour\n"
    assert ["Subject", "Rappel [ma-abcdefghij234567]"] in data[1]["headers"]
    assert "[ma-" not in page.text


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    page, _ = gallery(tmp_path, GalleryMail("1.eml", letter(), "Sent", ""))
    assert not page.all("link") + page.all("img")
    assert not [script for script in page.all("script") if "src" in script]
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy is not None
    assert policy.startswith("default-src 'none';")


def test_a_hostile_mail_stays_in_its_frame(tmp_path: Path) -> None:
    calm, _ = gallery(tmp_path, GalleryMail("1.eml", letter(), "Sent", "note"))
    page, data = gallery(tmp_path, GalleryMail(f"{ATTACK}.eml", letter(ATTACK, ATTACK), ATTACK, ATTACK))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in calm.tags]
    assert page.all("iframe")[0]["sandbox"] == ""
    assert data[0]["html"].strip() == ATTACK
    assert data[0]["note"] == ATTACK
    assert "<" not in data[0]["eml"]


def test_a_broken_mail_is_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    raws = [
        b"",
        b"\xff\xfe no header at all",
        b"Subject: =?nope?b?!!?=\r\nFrom: <<\xe9>\r\nDate: tomorrow\r\n"
        b"Content-Type: text/plain; charset=nope\r\n\r\nh\xe9!",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>cut",
    ]
    _, data = gallery(tmp_path, *(GalleryMail(f"{n}.eml", raw, "", "") for n, raw in enumerate(raws)))
    assert len(data) == 4
    assert data[0]["subject"] == "(no subject)"
    assert data[2]["text"] == "h\ufffd!"
    assert data[3]["html"] == "<p>cut"


def test_an_attached_file_is_named_and_does_not_replace_the_mail(tmp_path: Path) -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; name="notes.txt"\r\n'
        b'Content-Disposition: attachment; filename="notes.txt"\r\n\r\nnotes\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"
    )
    _, data = gallery(tmp_path, GalleryMail("1.eml", raw, "", ""))
    assert (data[0]["files"], data[0]["text"]) == (["notes.txt"], "hello")


def test_an_empty_gallery_is_still_a_page(tmp_path: Path) -> None:
    page, data = gallery(tmp_path)
    assert data == []
    assert "0 mails" in page.text
