"""An account on an Exchange server as a mentor sets it up: named once, tried once, and what the doctor says of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from agent import config
from tests.commands import keyrings
from tests.commands.conftest import Run
from tests.commands.places import MENTOR, options, toml
from tests.servers.certificates import Certificate
from tests.servers.ews import PASSWORD, EwsServer, Person

LOGIN = "MENTOR\\claire"


@pytest.fixture
def server(certificate: Certificate) -> Iterator[EwsServer]:
    """An Exchange server with the mentor's mailbox."""
    with EwsServer(certificate) as running:
        running.mailbox(MENTOR, user=LOGIN)
        yield running


@pytest.fixture
def url(server: EwsServer) -> str:
    """What the mentor writes."""
    return f"ews://{quote(LOGIN)}@{server.host}/"


def written(folder: Path) -> dict[str, object]:
    return tomllib.loads((folder / "agent.toml").read_text(encoding="utf-8"))


def settings(folder: Path, certificate: Certificate, mailbox: str, exchange: str = "") -> Path:
    """A settings file for the whole account, written by hand."""
    file = toml(folder, mailbox=mailbox, smtp="", calendar="", exchange=exchange)
    file.write_text(f'ca_file = "{certificate.path}"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def test_one_url_and_one_password_set_up_all_three(
    run: Run, url: str, certificate: Certificate, tmp_path: Path
) -> None:
    given = options(tmp_path, mailbox=url, smtp=None, calendar=None)

    done = run(*given, SSL_CERT_FILE=str(certificate.path), MENTOR_AGENT_MAILBOX_PASSWORD=PASSWORD)

    assert done.exit_code == 0, done.output
    assert not {"smtp", "calendar"} & set(written(tmp_path))
    assert config.load(tmp_path / "agent.toml").calendar.url == url
    assert done.output.count("MENTOR_AGENT_MAILBOX_PASSWORD is not kept") == 1
    assert "SMTP_PASSWORD" not in done.output


def test_the_conversation_asks_once_and_keeps_the_password_once(
    run: Run, url: str, certificate: Certificate, tmp_path: Path, desktop_keyring: keyrings.MemoryKeyring
) -> None:
    answers = ["Claire Martin", MENTOR, "", "", "support@school.example", "", url, PASSWORD, ""]

    done = run("init", answers=answers, SSL_CERT_FILE=str(certificate.path))

    assert done.exit_code == 0, done.output
    assert done.output.count("Password for") == 1
    assert "Sending (" not in done.output
    assert config.load(tmp_path / "agent.toml").smtp.url == url


def test_a_wrong_password_is_tried_once_for_all_three(
    run: Run, server: EwsServer, url: str, certificate: Certificate, tmp_path: Path
) -> None:
    settings(tmp_path, certificate, f'url = "{url}"')

    done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD="wrong")

    assert done.exit_code == 1
    assert done.stdout.count("refused the user name or the password") == 1
    assert done.stdout.count("not tried") == 2
    assert "MENTOR_AGENT_MAILBOX_PASSWORD" in done.stdout
    assert server.requests == []


def test_the_doctor_finds_mailbox_way_out_and_calendar_in_the_one_account(
    run: Run, server: EwsServer, url: str, certificate: Certificate, tmp_path: Path
) -> None:
    server.mailbox("mentoring@mentor.example", user=LOGIN)
    settings(tmp_path, certificate, f'url = "{url}"', 'address = "mentoring@mentor.example"\nauth = "basic"')

    done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD=PASSWORD)

    for name in ("mailbox", "sent folder", "smtp", "calendar"):
        assert f"ok    {name:12}" in done.stdout, done.output
    assert "sends as mentoring@mentor.example" in done.stdout


def test_a_mailbox_that_one_may_not_open_is_said_with_what_to_ask_for(
    run: Run, server: EwsServer, certificate: Certificate, tmp_path: Path
) -> None:
    server.people["robot"] = Person(PASSWORD)
    settings(tmp_path, certificate, f'url = "ews://robot@{server.host}/"', 'access = "impersonation"')

    done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD=PASSWORD)

    assert done.exit_code == 1
    assert "role ApplicationImpersonation" in done.stdout


def test_what_is_missing_for_an_application_is_said(run: Run, certificate: Certificate, tmp_path: Path) -> None:
    settings(tmp_path, certificate, 'url = "ews://mail.mentor.example"', 'auth = "oauth2"')

    done = run("doctor")

    assert done.exit_code == 2
    assert 'exchange: auth = "oauth2" needs client_id and tenant' in done.stdout


def test_an_address_that_leads_to_no_exchange_is_said(run: Run, tmp_path: Path) -> None:
    done = run(*options(tmp_path, mailbox="ews://mail.mentor.example/owa/", smtp=None, calendar=None))

    assert done.exit_code == 2
    assert "--mailbox:" in done.output
    assert "/EWS/Exchange.asmx" in done.output
