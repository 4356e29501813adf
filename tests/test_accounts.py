"""From the settings to connections: whom they trust."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import accounts, config
from agent.errors import ConfigError, TerminalError
from tests.connectors.conftest import event
from tests.connectors.mail_worlds import mail
from tests.servers.broken_caldav import web_server
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.published import Published
from tests.servers.smtp_in import SmtpIn

ENVIRONMENT = {"MENTOR_AGENT_MAILBOX_PASSWORD": "letmein"}


@pytest.fixture(scope="module")
def tls_server(dovecot: Dovecot, certificate: Certificate) -> Iterator[Dovecot]:
    """A company's server, whose certificate only the company vouches for."""
    with Dovecot(certificate=certificate.path, key=certificate.key) as server:
        yield server


def settings(mailbox: str, smtp: str, **more: Any) -> config.Settings:
    data = {
        "state_dir": "state",
        "mentor": {"name": "Claire Martin", "address": "claire@example.org", "timezone": "Europe/Paris"},
        "school": {"domains": ["school.example"], "support": "support@school.example"},
        "mailbox": {"url": mailbox},
        "smtp": {"url": smtp},
        "calendar": {"url": "dir:///none"},
    }
    return config.parse({**data, **more}, Path("/etc/mentor"))


def test_a_private_authority_that_the_settings_name_is_trusted_for_reading_and_for_sending(
    tls_server: Dovecot, certificate: Certificate
) -> None:
    account = tls_server.account()
    mailbox_url = f"imaps://{account.address.replace('@', '%40')}@{tls_server.host}:{tls_server.tls_port}"
    with SmtpIn(tls=certificate.server()) as smtp:
        urls = (mailbox_url, f"smtps://{smtp.host}:{smtp.port}")
        alone, named = settings(*urls), settings(*urls, ca_file=str(certificate.path))

        with pytest.raises(TerminalError, match="certificate"):
            accounts.mailbox(alone, ENVIRONMENT).check()
        with pytest.raises(TerminalError, match="certificate"):
            accounts.transport(alone, ENVIRONMENT).check()

        mailbox = accounts.mailbox(named, ENVIRONMENT)
        assert mailbox.check()
        mailbox.close()
        accounts.transport(named, ENVIRONMENT).send(mail(), "claire@example.org", ("s@learner.test",), lambda: None)
        assert len(smtp.accepted) == 1


@pytest.mark.parametrize("content", [None, b"", b"no certificate\n"])
def test_a_file_of_certificates_that_is_none_is_a_wrong_setting(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=r"ca_file: .*ca\.pem"):
        accounts.trust(settings("imaps://mail.example", "smtps://mail.example", ca_file=str(file)))


def test_the_file_of_certificates_is_found_beside_the_settings() -> None:
    named = settings("imaps://mail.example", "smtps://mail.example", ca_file="company-ca.pem")

    assert named.ca_file == Path("/etc/mentor/company-ca.pem")


# -- calendars


def subscribed(published: Published, **table: Any) -> config.Settings:
    host = f"ics+http://127.0.0.1:{published.port}"
    return settings(
        "maildir:///none",
        "maildir:///none",
        calendar={"url": "dir:///none", "subscriptions": {"school": {"url": host, **table}}},
    )


@pytest.mark.parametrize("scheme", ["http", "ics+http"])
def test_a_secret_link_comes_from_a_private_file_or_the_environment(tmp_path: Path, scheme: str) -> None:
    with Published(contents={"lea.ics": event("lea")}) as published:
        link = published.link.replace("http", scheme, 1)
        file = tmp_path / "school.link"
        file.write_text(f"{link}\n")
        file.chmod(0o600)
        by_file = accounts.also_read(subscribed(published, link_file=str(file)), {})
        by_name = accounts.also_read(subscribed(published), {"MENTOR_AGENT_SUBSCRIPTION_SCHOOL": link})

        for found in (by_file, by_name):
            assert list(found) == ["school"]
            assert len(found["school"].poll(None).changed) == 1


def test_a_link_that_anybody_may_know_stands_in_the_settings() -> None:
    with Published(contents={"lea.ics": event("lea")}) as published:
        found = accounts.also_read(subscribed(published, url=f"ics+{published.link}"), {})
        alone = settings("maildir:///none", "maildir:///none", calendar={"url": f"ics+{published.link}"})

        assert len(found["school"].poll(None).changed) == 1
        assert accounts.calendar(alone, {}).check() == found["school"].check()


def test_a_secret_link_that_is_nowhere_or_open_to_others_is_asked_for(tmp_path: Path) -> None:
    published = Published()
    with pytest.raises(ConfigError) as caught:
        accounts.also_read(subscribed(published), {})
    for words in ("calendar.subscriptions.school.link_file", "MENTOR_AGENT_SUBSCRIPTION_SCHOOL", "chmod 600"):
        assert words in str(caught.value)

    file = tmp_path / "school.link"
    file.write_text(published.link)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        accounts.also_read(subscribed(published, link_file=str(file)), {})


def test_several_calendars_of_an_account_are_each_read_and_the_first_is_written_to(tmp_path: Path) -> None:
    with Radicale(tmp_path / "radicale", password="letmein") as server:
        for name in ("Mentorat", "Personnel", "Autre"):
            RemoteCalendar(server, name).put(f"{name}.ics", event(name))
        table = {"url": f"caldav+http://mentor@127.0.0.1:{server.port}/", "calendars": ["Mentorat", "Personnel"]}
        found = settings("maildir:///none", "maildir:///none", calendar=table)
        environment = {"MENTOR_AGENT_CALENDAR_PASSWORD": "letmein"}

        own, further = accounts.calendar(found, environment), accounts.also_read(found, environment)
        own.create("ma.ics", event("ma"))

        assert [item.href for item in own.poll(None).changed] == [
            "/mentor/Mentorat/Mentorat.ics",
            "/mentor/Mentorat/ma.ics",
        ]
        assert [item.href for item in further["Personnel"].poll(None).changed] == ["/mentor/Personnel/Personnel.ics"]


def test_a_private_authority_is_trusted_by_calendars_too(certificate: Certificate) -> None:
    body = event("lea").encode()
    with web_server(200, body, certificate.server()) as port:
        table = {"url": "dir:///none", "subscriptions": {"school": {"url": f"ics+https://127.0.0.1:{port}/x.ics"}}}
        alone = settings("maildir:///none", "maildir:///none", calendar=table)
        named = settings("maildir:///none", "maildir:///none", calendar=table, ca_file=str(certificate.path))

        with pytest.raises(TerminalError, match="certificate"):
            accounts.also_read(alone, {})["school"].check()
        assert accounts.also_read(named, {})["school"].check()

    with web_server(404, tls=certificate.server()) as port:
        url = f"caldav+https://claire@127.0.0.1:{port}/cal/"
        environment = {"MENTOR_AGENT_CALENDAR_PASSWORD": "letmein"}
        for more, said in (({}, "certificate"), ({"ca_file": str(certificate.path)}, "does not exist")):
            one = settings("maildir:///none", "maildir:///none", calendar={"url": url}, **more)
            with pytest.raises(TerminalError, match=said):
                accounts.calendar(one, environment).check()
