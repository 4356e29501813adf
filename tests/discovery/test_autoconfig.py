"""Reading a provider's autoconfig file: what can be used is taken, what is unsafe is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.discovery import autoconfig
from agent.discovery.values import Login, NoAnswerError

CLAIRE = "claire.martin+cours@mentor.example"

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="mentor.example">
    <domain>mentor.example</domain>
    {servers}
  </emailProvider>
  {more}
</clientConfig>
"""


def server(kind: str, host: str = "mail.host.example", port: object = 993, security: str = "SSL", **more: str) -> str:
    direction = "outgoingServer" if kind == "smtp" else "incomingServer"
    extra = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return (
        f'<{direction} type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType>{extra}</{direction}>"
    )


def file(*servers: str, more: str = "") -> bytes:
    return FILE.format(servers="\n".join(servers), more=more).encode()


def urls(*servers: str, more: str = "") -> dict[str, str]:
    return autoconfig.read(file(*servers, more=more), CLAIRE).urls


def test_the_first_servers_with_tls_are_taken() -> None:
    found = urls(
        server("pop3", port=995),
        server("imap", port=143, security="STARTTLS"),
        server("imap", "imap.host.example", username="%EMAILADDRESS%"),
        server("imap", "second.host.example"),
        server("smtp", port=25, security="plain"),
        server("smtp", port=587, security="STARTTLS", username="%EMAILLOCALPART%"),
    )
    assert found == {
        "mailbox": "imaps://claire.martin%2Bcours%40mentor.example@imap.host.example",
        "smtp": "smtp+starttls://claire.martin%2Bcours@mail.host.example",
    }


def test_what_is_passed_over_is_said() -> None:
    found = autoconfig.read(file(server("imap", port=143, security="STARTTLS")), CLAIRE)
    assert (found.urls, found.passed_over) == ({}, ("imap at mail.host.example with STARTTLS",))


def test_another_port_is_kept() -> None:
    assert urls(server("imap", port=9993))["mailbox"].endswith("@mail.host.example:9993")


@pytest.mark.parametrize("tag", ["serverURL", "url"])
def test_the_calendar_is_taken_too(tag: str) -> None:
    more = f'<calendar type="caldav"><{tag}>https://dav.host.example:8443/%EMAILADDRESS%/</{tag}></calendar>'
    assert urls(more=more) == {
        "calendar": "caldav+https://claire.martin%2Bcours%40mentor.example@dav.host.example:8443/"
        "claire.martin%2Bcours@mentor.example/"
    }


def test_a_calendar_without_encryption_is_not() -> None:
    assert urls(more='<calendar type="caldav"><url>http://dav.host.example/</url></calendar>') == {}


def test_only_a_server_that_takes_nothing_but_oauth2_asks_for_a_sign_in() -> None:
    both = "<authentication>OAuth2</authentication><authentication>password-cleartext</authentication>"
    alone = server("imap", authentication="OAuth2")
    assert autoconfig.read(file(alone), CLAIRE).login is Login.OAUTH2
    either = server("imap").replace("</incomingServer>", f"{both}</incomingServer>")
    assert autoconfig.read(file(either), CLAIRE).login is Login.PASSWORD


@pytest.mark.parametrize(
    ("host", "port"), [("evil.example/x", 993), ("a b", 993), ("", 993), ("x@y.example", 993), ("ok.example", 99999)]
)
def test_an_address_that_is_none_is_not_taken(host: str, port: int) -> None:
    assert urls(server("imap", host, port)) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html><body>Page not found</body></html>",
        b"<clientConfig><emailProvider></clientConfig>",
        b'<!DOCTYPE x [<!ENTITY a "boom">]><clientConfig>&a;</clientConfig>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><clientConfig/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><clientConfig>&a;</clientConfig>'.encode(
            "utf-16"
        ),
        b"<clientConfig>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</clientConfig>",
        b'<?xml version="1.0" encoding="x-none"?><clientConfig/>',
    ],
)
def test_what_is_no_such_file_or_is_dangerous_is_refused(raw: bytes) -> None:
    with pytest.raises(NoAnswerError):
        autoconfig.read(raw, CLAIRE)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_file_and_no_address_makes_it_fall(raw: bytes, address: str) -> None:
    for content in (raw, file(server("imap", username="%EMAILADDRESS%"))):
        try:
            found = autoconfig.read(content, address)
        except NoAnswerError:
            continue
        assert all("\n" not in url for url in found.urls.values())
