"""`init` from the mail address alone: what is found is suggested, what is not is explained."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from agent import config
from agent.commands.servers import AUTO
from agent.discovery.values import Internet, NoAnswerError, Target
from tests.commands.conftest import Nowhere, Run
from tests.commands.places import MENTOR, options
from tests.discovery.test_autoconfig import file, server
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_in import SmtpIn

ABOUT = ["Claire Martin", MENTOR, "", "", "support@school.example", ""]


class Findable(Nowhere):
    """A web that has one autoconfig file, and a DNS that has SRV records."""

    def __init__(self) -> None:
        self.file: bytes | None = None
        self.records: dict[str, Target] = {}

    def fetch(self, url: str) -> bytes:
        if self.file is None or not url.startswith("https://autoconfig.mentor.example/"):
            raise NoAnswerError("no such name")
        return self.file

    def services(self, name: str) -> tuple[Target, ...]:
        found = self.records.get(name.partition(".")[0])
        return (found,) if found else ()


@pytest.fixture
def findable() -> Findable:
    return Findable()


@pytest.fixture
def internet(findable: Findable) -> Internet:
    return findable


def test_from_the_address_and_a_password_to_settings_that_work(
    run: Run, tmp_path: Path, findable: Findable, certificate: Certificate
) -> None:
    with (
        Dovecot(certificate=certificate.path, key=certificate.key) as dovecot,
        SmtpIn(login=(MENTOR, "letmein"), tls=certificate.server()) as smtp,
    ):
        dovecot.account("claire.martin", address=MENTOR)
        findable.file = file(server("imap", "127.0.0.1", dovecot.tls_port), server("smtp", "127.0.0.1", smtp.port))
        trust = {"SSL_CERT_FILE": str(certificate.path)}
        answers = [*ABOUT, "", "letmein", "", "", f"dir://{tmp_path}/sessions", ""]
        done = run("init", answers=answers, **trust)
        assert done.exit_code == 0, done.output
        assert smtp.logins == 1
        assert run("doctor", **trust).exit_code == 0
    settings = config.load(tmp_path / "agent.toml")
    user = quote(MENTOR, safe="")
    assert settings.mailbox.url == f"imaps://{user}@127.0.0.1:{dovecot.tls_port}"
    assert settings.smtp.url == f"smtps://{user}@127.0.0.1:{smtp.port}"
    assert "found: mailbox, smtp; from the configuration that autoconfig.mentor.example publishes" in done.output


def test_what_was_found_is_tried_like_any_answer_and_can_be_corrected(
    run: Run, tmp_path: Path, findable: Findable
) -> None:
    findable.file = file(server("imap", "127.0.0.1", 1))
    folders = [f"maildir://{tmp_path}/Mail", "y", "", f"dir://{tmp_path}/sessions", ""]
    done = run("init", answers=[*ABOUT, "", "letmein", *folders])
    assert done.exit_code == 0, done.output
    assert "Connection refused" in done.stderr
    assert "is the name spelt right" in done.stderr
    assert config.load(tmp_path / "agent.toml").mailbox.url == f"maildir://{tmp_path}/Mail"


def test_a_certificate_of_a_private_authority_is_refused_with_advice_and_taken_once_it_is_named(
    run: Run, tmp_path: Path, findable: Findable, certificate: Certificate
) -> None:
    with Dovecot(certificate=certificate.path, key=certificate.key) as dovecot:
        dovecot.account("claire.martin", address=MENTOR)
        findable.file = file(server("imap", "127.0.0.1", dovecot.tls_port))
        refused = run("init", answers=[*ABOUT, "", "letmein"])
        assert "start with --ca-file FILE" in refused.stderr
        folders = [f"maildir://{tmp_path}/outgoing", f"dir://{tmp_path}/sessions", ""]
        done = run("init", "--ca-file", str(certificate.path), answers=[*ABOUT, "", "letmein", *folders])
        assert done.exit_code == 0, done.output
    assert config.load(tmp_path / "agent.toml").ca_file == certificate.path


def test_a_host_elsewhere_that_only_the_dns_names_is_suggested_once_it_is_confirmed(
    run: Run, findable: Findable
) -> None:
    findable.records["_imaps"] = Target("imap.host.test", 993)
    refused = run("init", answers=[*ABOUT, "n"])
    assert "names imap.host.test, which does not belong to mentor.example" in refused.output
    assert "imap.host.test]" not in refused.output
    agreed = run("init", answers=[*ABOUT, "y"])
    assert "@imap.host.test]" in agreed.output


def test_the_calendar_is_suggested_too(run: Run, tmp_path: Path, findable: Findable) -> None:
    findable.records["_caldavs"] = Target("dav.mentor.example", 8443)
    done = run("init", answers=[*ABOUT, f"maildir://{tmp_path}/Mail", "y", ""])
    assert f"[caldav+https://{quote(MENTOR, safe='')}@dav.mentor.example:8443/]" in done.output


def test_where_nothing_is_found_each_try_is_told_and_what_to_do(run: Run) -> None:
    done = run("init", answers=ABOUT)
    assert "MX of mentor.example: no network" in done.output
    assert "autoconfig at autoconfig.mentor.example: no such name" in done.output
    assert "imap.mentor.example:993: no network" in done.output
    assert "Your provider's help page on mail programs names the servers" in done.output


def test_where_no_password_is_taken_it_is_said_before_one_is_asked_for(run: Run) -> None:
    answers = [MENTOR if answer == MENTOR else answer for answer in ABOUT]
    answers[1] = "claire.martin@outlook.fr"
    assert "Microsoft takes no password here, only a sign-in with OAuth2" in run("init", answers=answers).output


def test_options_that_name_every_server_are_not_searched_for(run: Run, tmp_path: Path, findable: Findable) -> None:
    given = options(tmp_path)
    given.remove("--non-interactive")
    done = run(*given, answers=["", "", "", "", "", "", "", "y", "", "", ""])
    assert (done.exit_code, "Looking for" in done.output) == (0, False), done.output


def test_without_questions_what_is_found_is_taken_only_where_it_is_asked_for(
    run: Run, tmp_path: Path, findable: Findable, certificate: Certificate
) -> None:
    with Dovecot(certificate=certificate.path, key=certificate.key) as dovecot:
        dovecot.account("claire.martin", address=MENTOR)
        findable.file = file(server("imap", "127.0.0.1", dovecot.tls_port), server("smtp", "127.0.0.1", 1))
        variables = {"SSL_CERT_FILE": str(certificate.path), "MENTOR_AGENT_MAILBOX_PASSWORD": "letmein"}
        done = run(*options(tmp_path, mailbox=AUTO), **variables)
        assert done.exit_code == 0, done.output
        settings = config.load(tmp_path / "agent.toml")
        assert settings.mailbox.url.endswith(f"@127.0.0.1:{dovecot.tls_port}")
        assert settings.smtp.url == f"maildir://{tmp_path}/outgoing"


def test_without_questions_nothing_uncertain_is_taken_and_every_gap_is_named(
    run: Run, tmp_path: Path, findable: Findable
) -> None:
    findable.records["_imaps"] = Target("imap.host.test", 993)
    done = run(*options(tmp_path, mailbox=AUTO, calendar=AUTO, timezone="Paris"))
    assert done.exit_code == 2
    lines = {line.partition(": ")[2].partition(":")[0]: line for line in done.stderr.splitlines()}
    assert set(lines) == {"--mailbox", "--calendar", "--timezone"}
    assert "if imap.host.test is yours, give that URL itself" in lines["--mailbox"]
    assert "SRV _caldavs._tcp.mentor.example: none" in lines["--calendar"]
    assert not (tmp_path / "agent.toml").exists()
