"""Microsoft 365 as a mentor sets it up: the app, the code, and what the doctor says of it in a bad month."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import accounts, config
from tests.commands.conftest import Run
from tests.commands.places import MENTOR, options, toml
from tests.servers.graph import GraphServer, certificate, graph_server

URL = f"graph://{MENTOR}"
APP = 'client_id = "client-1"'


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server(MENTOR) as made:
        made.login.tenant = "mentor.example"
        yield made


def cloud(server: GraphServer) -> list[str]:
    return ["--graph-url", server.base, "--graph-login-url", server.root]


def settings(folder: Path, server: GraphServer, auth: str = "device") -> Path:
    """A settings file for the whole account, written by hand."""
    file = toml(
        folder,
        mailbox=f'url = "{URL}"',
        smtp="",
        calendar="",
        graph=f'{APP}\nauth = "{auth}"\nurl = "{server.base}"\nlogin_url = "{server.root}"',
    )
    file.write_text(f'ca_file = "{certificate().path}"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def test_one_account_a_code_and_everything_is_set_up(run: Run, server: GraphServer, tmp_path: Path) -> None:
    given = options(tmp_path, mailbox=URL, smtp=None, calendar=None, graph_client_id="client-1")

    done = run(*given, *cloud(server), SSL_CERT_FILE=str(certificate().path))

    assert done.exit_code == 0, done.output
    assert "enter the code ABCD-EFGH" in done.output
    written = tomllib.loads((tmp_path / "agent.toml").read_text(encoding="utf-8"))
    assert written["mailbox"]["url"] == URL
    assert written["graph"]["client_id"] == "client-1"
    assert not {"smtp", "calendar"} & set(written)
    kept = tmp_path / "state" / "microsoft365.tokens"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert server.mail.accepted == []


def test_the_conversation_asks_for_the_app_and_for_no_password(run: Run, server: GraphServer, tmp_path: Path) -> None:
    answers = ["Claire Martin", MENTOR, "", "", "support@school.example", "", URL, "client-1", "", ""]

    done = run("init", *cloud(server), answers=answers, SSL_CERT_FILE=str(certificate().path))

    assert done.exit_code == 0, done.output
    assert "assword" not in done.output
    assert config.load(tmp_path / "agent.toml").smtp.url == URL


def test_a_second_set_up_does_not_ask_to_sign_in_again(run: Run, server: GraphServer, tmp_path: Path) -> None:
    given = options(tmp_path, mailbox=URL, smtp=None, calendar=None, graph_client_id="client-1")
    trust = str(certificate().path)
    assert run(*given, *cloud(server), SSL_CERT_FILE=trust).exit_code == 0

    again = run(*given, *cloud(server), SSL_CERT_FILE=trust)

    assert again.exit_code == 0, again.output
    assert "ABCD-EFGH" not in again.output


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (URL, "--graph-client-id: a mailbox in Microsoft 365 needs the ID of the app that reads it"),
        ("graph://mentor.example", "--mailbox: 'graph://mentor.example' must name one mailbox"),
        (f"{URL}/inbox", "must name one mailbox"),
    ],
)
def test_what_is_missing_is_said_by_the_option_s_name(run: Run, tmp_path: Path, url: str, told: str) -> None:
    done = run(*options(tmp_path, mailbox=url, smtp=None, calendar=None))

    assert done.exit_code == 2
    assert told in done.output


def test_the_doctor_finds_mailbox_way_out_and_calendar_in_the_one_account(
    run: Run, server: GraphServer, tmp_path: Path
) -> None:
    settings(tmp_path, server, auth="app")

    done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD="app-secret")

    for name in ("mailbox", "sent folder", "smtp", "calendar"):
        assert f"ok    {name:12}" in done.stdout, done.output


def test_the_doctor_says_to_sign_in_where_nobody_has_or_it_holds_no_more(
    run: Run, server: GraphServer, tmp_path: Path
) -> None:
    settings(tmp_path, server)

    done = run("doctor")

    assert done.exit_code == 1
    assert "WRONG mailbox      nobody has signed in" in done.stdout
    assert "mentor-agent login" in done.stdout

    signed = run("login")

    assert signed.exit_code == 0, signed.output
    assert "enter the code ABCD-EFGH" in signed.output
    assert "ok    calendar" in signed.output
    assert run("doctor").exit_code == 0
    server.login.revoke()
    assert "AADSTS50173" in run("doctor").stdout
    server.login.refused = None
    assert run("login").exit_code == 0
    assert run("doctor").exit_code == 0


@pytest.mark.parametrize(
    ("domain", "tenant"),
    [
        ("mentor.example", "mentor.example"),
        ("outlook.com", "consumers"),
        ("hotmail.co.uk", "consumers"),
        ("live.fr", "consumers"),
        ("outlook.com.mentor.example", "outlook.com.mentor.example"),
    ],
)
def test_personal_accounts_sign_in_where_they_all_do(tmp_path: Path, domain: str, tenant: str) -> None:
    file = toml(tmp_path, mailbox=f'url = "graph://claire@{domain}"', smtp="", calendar="", graph=APP)

    assert accounts.graph(config.load(file), {}).tenant == tenant


def test_where_nobody_has_to_sign_in_login_says_so(run: Run, tmp_path: Path) -> None:
    toml(tmp_path)

    done = run("login")

    assert done.exit_code == 2
    assert "graph.auth" in done.output


def test_a_secret_of_the_app_that_is_not_to_be_found_is_asked_for_by_name(
    run: Run, server: GraphServer, tmp_path: Path
) -> None:
    settings(tmp_path, server, auth="app")

    assert "MENTOR_AGENT_MAILBOX_PASSWORD" in run("doctor").output
