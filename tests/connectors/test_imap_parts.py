"""Large mails over IMAP: what is written comes over the wire, what hangs on it stays where it is."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import pytest

from agent.connectors.imap import ImapMailbox
from agent.errors import UnreadableError
from tests.connectors.mail_worlds import START, mail
from tests.servers.dovecot import Account, Dovecot
from tests.servers.proxy import Proxy

MIXED = mail("Re: compte rendu", extra=b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="out"\r\n')


def mailbox_of(account: Account, port: int) -> ImapMailbox:
    return ImapMailbox("127.0.0.1", port, account.address, account.password, tls=False)


def large(*parts: tuple[str, bytes], preamble: str = "") -> bytes:
    """A mail of parts, each with its header lines and its body, as a mail program nests them."""
    inner = b"".join(b"--in\r\n%s\r\n\r\n%s\r\n" % (head.encode(), body) for head, body in parts[:2])
    outer = b"".join(b"--out\r\n%s\r\n\r\n%s\r\n" % (head.encode(), body) for head, body in parts[2:])
    headers = mail(
        "Re: votre compte rendu", extra=b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="out"\r\n'
    )
    head = headers.partition(b"\r\n\r\n")[0]
    nested = b"--out\r\nContent-Type: multipart/alternative;\r\n\tboundary=in\r\n\r\n" + inner + b"--in--\r\n\r\n"
    return head + b"\r\n\r\n" + preamble.encode() + nested + outer + b"--out--\r\n"


PLAIN = ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", "ok, c'est très bien".encode())
HTML = ("Content-Type: text/html; charset=utf-8", b"<p>ok</p>")
PICTURE = (
    'Content-Type: image/jpeg; name="tableau.jpg"\r\nContent-Transfer-Encoding: base64',
    (b"A" * 76 + b"\r\n") * 400_000,
)
NOTES = ('Content-Type: application/octet-stream; name="notes.vtt"\r\nContent-Disposition: attachment', b"WEBVTT\r\n")


def test_an_answer_with_a_picture_of_thirty_megabytes_is_read_without_the_picture(dovecot: Dovecot) -> None:
    account = dovecot.account()
    dovecot.fill(account, [(START + timedelta(hours=1), large(PLAIN, HTML, PICTURE, NOTES))])
    with Proxy(dovecot.host, dovecot.port) as proxy:
        mailbox = mailbox_of(account, proxy.port)
        (head,) = mailbox.poll(None, START).heads
        assert head.size > 30_000_000
        proxy.take()

        raw = mailbox.fetch_text(head.ref, 1_000_000)

        assert proxy.take().down < 10_000
        assert raw.startswith(head.headers + b"\r\n")
        parts = {part.get_content_type(): part for part in message_from_bytes(raw).walk()}
        assert parts["text/plain"].get_payload(decode=True) == PLAIN[1]
        assert parts["text/html"].get_payload(decode=True) == b"<p>ok</p>"
        assert parts["image/jpeg"].get_filename() == "tableau.jpg"
        assert parts["image/jpeg"].get_payload() == ""
        assert parts["application/octet-stream"].get_payload(decode=True) == b"WEBVTT\r\n"
        mailbox.close()


@pytest.mark.parametrize("big", ["Content-Type: text/plain", NOTES[0], "Content-Type: message/rfc822"])
def test_words_that_are_too_large_are_said_and_not_left_out(dovecot: Dovecot, big: str) -> None:
    account = dovecot.account()
    body = b"Subject: x\r\n\r\n" + b"mot \r\n" * 20_000
    dovecot.fill(account, [(START + timedelta(hours=1), large(PLAIN, HTML, (big, body)))])
    mailbox = mailbox_of(account, dovecot.port)
    (head,) = mailbox.poll(None, START).heads

    with pytest.raises(UnreadableError, match="too large"):
        mailbox.fetch_text(head.ref, 50_000)
    assert mailbox.fetch_text(head.ref, 500_000).count(b"mot ") == 20_000
    assert mailbox.poll(None, START).heads == (head,)  # an unreadable mail costs no connection
    mailbox.close()


def test_a_large_mail_of_one_part_or_of_nothing_but_parts_is_said_to_be_unreadable(dovecot: Dovecot) -> None:
    account = dovecot.account()
    many = large(PLAIN, HTML, *[PLAIN] * 120)
    deep = mail(extra=b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b0"\r\n').partition(b"\r\n\r\n")[
        0
    ]
    for n in range(30):
        deep += b"\r\n\r\n--b%d\r\nContent-Type: multipart/mixed; boundary=b%d" % (n, n + 1)
    deep += b"\r\n\r\n--b30\r\n\r\nok\r\n"
    raws = [mail(body=b"x" * 100), many, deep]
    dovecot.fill(account, [(START + timedelta(minutes=n), raw) for n, raw in enumerate(raws)])
    mailbox = mailbox_of(account, dovecot.port)

    for head in mailbox.poll(None, START).heads:
        with pytest.raises(UnreadableError):
            mailbox.fetch_text(head.ref, 50)
    mailbox.close()
