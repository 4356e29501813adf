"""From the settings to connections: whom they trust."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import accounts, config
from agent.errors import ConfigError, TerminalError
from tests.connectors.mail_worlds import mail
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
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
