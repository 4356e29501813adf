"""Signing in as the settings say: with which provider, and where the token is kept."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from agent import accounts, config, probe, signin
from agent.cli import main
from agent.commands import login
from agent.commands.interview import Interview
from agent.connectors.oauth import Token
from agent.errors import ConfigError, RefusedLoginError
from tests.commands.keyrings import MemoryKeyring, in_use
from tests.connectors.mail_worlds import START, mail
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, SECRET, OAuthServer
from tests.servers.smtp_in import SmtpIn
from tests.stage import settings_data

MENTOR = "mentor1@example.org"


@pytest.fixture
def no_desktop() -> Iterator[None]:
    """A server without a keyring."""
    with in_use(None):
        yield


@pytest.fixture
def desktop() -> Iterator[MemoryKeyring]:
    here = MemoryKeyring()
    with in_use(here):
        yield here


def settings(folder: Path, **oauth2: Any) -> config.Settings:
    url = "imaps://mentor1%40example.org@imap.example"
    changes: dict[str, Any] = {"mailbox": {"url": url, "auth": "oauth2"}, "state_dir": "state"}
    if oauth2:
        changes["oauth2"] = {"client_id": CLIENT, **oauth2}
    return config.parse(settings_data(**changes), folder)


def ways(shown: list[str] | None = None) -> signin.Ways:
    """A mentor who types the code at once."""
    said = shown if shown is not None else []
    return signin.Ways(said.append, said.append, lambda _: None, lambda: 1_800_000_000.0)


def own(provider: OAuthServer) -> dict[str, Any]:
    """A provider that is not shipped, as the settings name it."""
    return {"token_url": f"{provider.url}/token", "device_url": f"{provider.url}/device", "scopes": ["mail"]}


def test_the_shipped_providers_are_named_and_their_parts_can_be_replaced(tmp_path: Path, no_desktop: None) -> None:
    google = signin.client(settings(tmp_path, provider="google"), {"MENTOR_AGENT_OAUTH2_SECRET": "s"})
    assert (google.client_secret, google.device_url) == ("s", None)
    assert google.scopes == ("https://mail.google.com/",)
    assert (google.parameters or {})["access_type"] == "offline"
    tenant = "https://login.example/tenant/token"
    microsoft = signin.client(settings(tmp_path, provider="microsoft", token_url=tenant), {})
    assert (microsoft.token_url, microsoft.client_secret) == (tenant, None)
    assert "offline_access" in microsoft.scopes
    assert (microsoft.device_url or "").startswith("https://login.microsoftonline.com/")


@pytest.mark.parametrize(
    ("oauth2", "said"),
    [
        ({}, r"needs the table \[oauth2\]"),
        ({"provider": "yahoo"}, "oauth2.provider"),
        ({"scopes": ["mail"]}, "token_url and scopes"),
        ({"token_url": "https://login.example/token", "scopes": ["mail"]}, "authorization_url or device_url"),
        ({"provider": "google", "token_url": "http://login.example/token"}, "oauth2.token_url.*https"),
    ],
)
def test_settings_that_cannot_sign_in_say_what_is_missing(tmp_path: Path, oauth2: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(tmp_path, **oauth2)


def test_without_a_keyring_the_token_lies_in_a_file_for_its_owner_alone(
    tmp_path: Path, certificate: Certificate, no_desktop: None
) -> None:
    with OAuthServer(certificate, MENTOR) as provider:
        chosen = settings(tmp_path, **own(provider)).model_copy(update={"ca_file": certificate.path})
        environment = {"MENTOR_AGENT_OAUTH2_SECRET": SECRET}
        with pytest.raises(RefusedLoginError, match="nobody has signed in"):
            signin.tokens(chosen, environment)()

        shown: list[str] = []
        signin.sign_in(chosen, environment, ways(shown))

        file = tmp_path / "state" / "oauth2.token"
        assert "WDJB-MJHT" in shown[0]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert SECRET not in file.read_text()
        expired = json.loads(file.read_text()) | {"expires_at": 0}
        file.write_text(json.dumps(expired))
        assert provider.holder(signin.tokens(chosen, environment)()) == MENTOR  # renewed, by a child process
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(file.read_text())["refresh"] != expired["refresh"]  # the rotated one was kept
        assert sorted(path.name for path in file.parent.iterdir()) == ["oauth2.lock", "oauth2.token"]


def test_with_a_keyring_no_file_is_written(tmp_path: Path, certificate: Certificate, desktop: MemoryKeyring) -> None:
    with OAuthServer(certificate, MENTOR) as provider:
        chosen = settings(tmp_path, **own(provider)).model_copy(update={"ca_file": certificate.path})
        environment = {"MENTOR_AGENT_OAUTH2_SECRET": SECRET}

        signin.sign_in(chosen, environment, ways())

        assert provider.holder(signin.tokens(chosen, environment)()) == MENTOR
        assert [account for _, account in desktop.kept] == [f"oauth2:{MENTOR}"]
        assert not (tmp_path / "state" / "oauth2.token").exists()


def test_a_token_that_lies_in_the_file_stays_there_when_a_desktop_comes(tmp_path: Path, desktop: MemoryKeyring) -> None:
    vault = signin.Vault(tmp_path, "oauth2:x")
    vault.file.write_text("old")
    vault.save("new")
    assert (vault.load(), desktop.kept) == ("new", {})


def test_nobody_else_renews_meanwhile(tmp_path: Path) -> None:
    vault, order = signin.Vault(tmp_path, "oauth2:x"), list[str]()

    def other() -> None:
        with vault.lock():
            order.append("other")

    with vault.lock():
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.1)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "other"]


SETTINGS = """
state_dir = "state"
ca_file = "{ca}"

[mentor]
name = "Claire Martin"
address = "{address}"
timezone = "Europe/Paris"

[school]
domains = ["school.example"]
support = "support@school.example"

[mailbox]
url = "imaps://127.0.0.1:{imap}"
auth = "oauth2"

[smtp]
url = "smtp://127.0.0.1:{smtp}"
auth = "oauth2"

[calendar]
url = "dir://{calendar}"

[oauth2]
client_id = "{client}"
token_url = "{provider}/token"
authorization_url = "{provider}/authorize"
scopes = ["mail"]
"""


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server stays on this machine
def test_login_signs_in_by_browser_and_then_mail_is_read_and_sent(
    tmp_path: Path, dovecot: Dovecot, certificate: Certificate, no_desktop: None
) -> None:
    with (
        OAuthServer(certificate, MENTOR) as provider,
        Dovecot(certificate=certificate.path, key=certificate.key, tokens=provider.url) as server,
        SmtpIn(server, tokens=provider.holder) as smtp,
    ):
        account = server.account()
        file = tmp_path / "agent.toml"
        file.write_text(
            SETTINGS.format(
                ca=certificate.path,
                address=account.address,
                imap=server.tls_port,
                smtp=smtp.port,
                client=CLIENT,
                provider=provider.url,
                calendar=tmp_path,
            )
        )
        environment = {"MENTOR_AGENT_OAUTH2_SECRET": SECRET, "BROWSER": str(_browser(tmp_path, certificate))}

        done = CliRunner().invoke(main, ["--config", str(file), "login"], env=os.environ | environment)

        assert (done.exit_code, done.exception) == (0, None)
        assert f"Signed in as {account.address}." in done.output
        assert "ok    mailbox" in done.output
        assert "ok    smtp" in done.output

        chosen = config.load(file)
        mailbox = accounts.mailbox(chosen, environment)
        accounts.transport(chosen, environment).send(mail(), account.address, (account.address,), lambda: None)
        assert len(mailbox.poll(None, START).heads) == 1
        mailbox.close()

        provider.revoke()
        provider.expire()
        found = probe.check("mailbox", chosen, environment, set())[0]
        assert found.verdict is probe.Verdict.WRONG
        assert "mentor-agent login" in found.remedy
        assert Token.parse(signin.vault(chosen).load()) is not None


def _browser(folder: Path, certificate: Certificate) -> Path:
    """What the mentor's BROWSER does: opens the page, and goes where it is sent."""
    script = folder / "browser"
    script.write_text(
        "#!/usr/bin/env python3\nimport ssl, sys, urllib.request\n"
        f"context = ssl.create_default_context(cafile={str(certificate.path)!r})\n"
        "handler = urllib.request.HTTPSHandler(context=context)\n"
        "urllib.request.build_opener(handler).open(sys.argv[1], timeout=10).read()\n"
    )
    script.chmod(0o700)
    return script


def test_login_where_nothing_signs_in_says_which_setting_would(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    text = SETTINGS.format(
        ca="ca.pem", address=MENTOR, imap=1, smtp=1, client=CLIENT, provider="https://p.example", calendar="/x"
    )
    file.write_text(text.replace('auth = "oauth2"', ""))

    done = CliRunner().invoke(main, ["--config", str(file), "login"])

    assert done.exit_code == 2
    assert 'auth = "oauth2"' in done.output


OFFERS = [
    ("imaps://me@imap.gmail.com", "n\n", None),
    ("imaps://me@imap.gmail.com", "\n", None),  # an app password is simpler
    ("imaps://me@imap.gmail.com", "y\nc.example\n", {"provider": "google", "client_id": "c.example"}),
    ("imaps://me@outlook.office365.com", "\nc.example\n", {"provider": "microsoft", "client_id": "c.example"}),
    ("imaps://me@imap.other.example", "", None),
]


@pytest.mark.parametrize(("url", "typed", "oauth2"), OFFERS)
def test_init_offers_it_where_a_provider_is_known_to_take_it(url: str, typed: str, oauth2: Any) -> None:
    data: dict[str, Any] = {"mailbox": {"url": url}, "smtp": {"url": url.replace("imap", "smtp")}}

    def both() -> None:
        login.offer(data, "mailbox")
        if oauth2:
            login.offer(data, "smtp")

    done = CliRunner().invoke(click.command()(both), input=typed)

    assert done.exception is None, done.output
    assert data.get("oauth2") == oauth2
    assert data["mailbox"].get("auth") == data["smtp"].get("auth") == ("oauth2" if oauth2 else None)
    assert done.output.count("Sign in with OAuth2?") == (1 if typed else 0)
    data["mailbox"]["url"] = "imaps://me@imap.other.example"
    login.offer(data, "mailbox")
    assert "auth" not in data["mailbox"]  # that was another host


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server stays on this machine
def test_init_signs_in_once_and_tries_both_servers_with_it(
    tmp_path: Path, dovecot: Dovecot, certificate: Certificate, no_desktop: None
) -> None:
    with (
        OAuthServer(certificate, MENTOR) as provider,
        Dovecot(certificate=certificate.path, key=certificate.key, tokens=provider.url) as server,
        SmtpIn(server, tokens=provider.holder) as smtp,
    ):
        account = server.account()
        part = {"auth": "oauth2"}
        url = {"authorization_url": f"{provider.url}/authorize", "token_url": f"{provider.url}/token"}
        data: dict[str, Any] = {
            "state_dir": str(tmp_path / "state"),
            "ca_file": str(certificate.path),
            "mentor": {"name": "Claire", "address": account.address, "timezone": "Europe/Paris", "language": "fr"},
            "school": {"support": "support@school.example"},
            "mailbox": {**part, "url": f"imaps://127.0.0.1:{server.tls_port}"},
            "smtp": {**part, "url": f"smtp://127.0.0.1:{smtp.port}"},
            "calendar": {"url": f"dir://{tmp_path}/calendar"},
            "writer": {"url": "none"},
            "oauth2": {"client_id": CLIENT, "scopes": ["mail"], **url},
        }
        (tmp_path / "calendar").mkdir()
        environment = {"MENTOR_AGENT_OAUTH2_SECRET": SECRET, "BROWSER": str(_browser(tmp_path, certificate))}
        interview = Interview(data, tmp_path, lambda *_: None, lambda found: click.echo(str(found)), lambda _: {})

        done = CliRunner().invoke(click.command()(interview.hold), input="\n" * 20, env=os.environ | environment)

        assert (done.exception, done.output.count("Signed in as")) == (None, 1), done.output
        assert interview.passwords == {}
        assert len(provider.asked("authorization_code")) == 1
        assert smtp.logins == 1
