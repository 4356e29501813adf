"""Setting up: nothing is written that does not work, and what is written works."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import config
from agent.commands.settings_file import is_remote, render, toml_value
from agent.errors import ConfigError
from agent.model import Language
from tests.commands.conftest import Run
from tests.commands.keyrings import MemoryKeyring
from tests.commands.places import MENTOR, options
from tests.servers import chat
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.published import Published
from tests.servers.smtp_in import SmtpIn

LOCAL_ANSWERS = ["Claire Martin", MENTOR, "", "", "support@school.example", ""]
"""Name, address, then Enter for the zone, the language and the school's domain."""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_options_alone_set_up_a_mentor_on_local_folders(run: Run, tmp_path: Path) -> None:
    done = run(*options(tmp_path))
    assert done.exit_code == 0, done.output
    settings = config.load(tmp_path / "agent.toml")
    assert (settings.mentor.name, settings.mentor.address) == ("Claire Martin", MENTOR)
    assert (settings.mode, settings.mentor.timezone.key, settings.mentor.language) == (
        "shadow",
        "Europe/Paris",
        Language.FR,
    )
    assert settings.state_dir == tmp_path / "state"
    assert mode_of(tmp_path / "agent.toml") == 0o600
    assert mode_of(tmp_path / "Mail") == mode_of(tmp_path / "sessions") == mode_of(tmp_path / "state") == 0o700
    assert 'trust = "local"' in done.output
    assert settings.mailbox.trust == "local"
    assert f"mentor-agent --config {tmp_path}/agent.toml doctor" in done.output
    assert run("run", "--once").exit_code == 0


def test_in_the_usual_place_the_state_lies_in_the_users_data_directory(run: Run, tmp_path: Path) -> None:
    usual = tmp_path / "config" / "mentor-agent" / "agent.toml"
    done = run(*options(tmp_path), config=usual)
    assert config.load(usual).state_dir == tmp_path / "data" / "mentor-agent"
    assert "  mentor-agent doctor" in done.output


def test_every_missing_option_is_named_at_once(run: Run, tmp_path: Path) -> None:
    done = run("init", "--non-interactive")
    assert done.exit_code == 2
    for option in ("mentor-name", "mentor-address", "mailbox", "smtp", "calendar", "support", "school-domain"):
        assert f"config: --{option}: is missing" in done.stderr.splitlines()
    assert not (tmp_path / "agent.toml").exists()


def test_wrong_answers_are_all_named_by_their_options(run: Run, tmp_path: Path) -> None:
    wrong = {
        "mentor_address": "claire",
        "timezone": "Paris",
        "mailbox": "pop3://mail.mentor.example",
        "smtp": "smtp://claire:secret@mail.mentor.example",
        "calendar": None,
        "llm": "http://127.0.0.1:9/v1",
    }
    done = run(*options(tmp_path, **wrong))
    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    for option in ("mentor-address", "timezone", "mailbox", "smtp", "calendar", "model"):
        assert len([line for line in lines if line.startswith(f"config: --{option}:")]) == 1, done.stderr
    assert "secret" not in done.output


def test_the_same_settings_again_change_nothing_and_others_are_refused(run: Run, tmp_path: Path) -> None:
    run(*options(tmp_path))
    before, inode = (tmp_path / "agent.toml").read_bytes(), (tmp_path / "agent.toml").stat().st_ino
    again = run(*options(tmp_path))
    assert (again.exit_code, "unchanged" in again.output) == (0, True)
    other = run(*options(tmp_path, mode="live"))
    assert (other.exit_code, "exists" in other.stderr) == (1, True)
    assert ((tmp_path / "agent.toml").read_bytes(), (tmp_path / "agent.toml").stat().st_ino) == (before, inode)


def test_a_folder_with_somebodys_files_is_not_made_into_a_mailbox(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Mail").mkdir()
    (tmp_path / "Mail" / "letter.odt").touch()
    done = run(*options(tmp_path))
    assert (done.exit_code, "mailbox" in done.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "Mail").iterdir()] == ["letter.odt"]
    assert not (tmp_path / "agent.toml").exists()


def test_every_server_that_is_away_is_named_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    imap, smtp, dav, llm = free_ports(4)
    done = run(
        *options(
            tmp_path,
            mailbox=f"imap://claire@127.0.0.1:{imap}",
            smtp=f"smtp://127.0.0.1:{smtp}",
            calendar=f"caldav+http://claire@127.0.0.1:{dav}/",
            llm=f"http://127.0.0.1:{llm}/v1",
            model="test",
        ),
        MENTOR_AGENT_MAILBOX_PASSWORD="x",
        MENTOR_AGENT_CALENDAR_PASSWORD="x",
    )
    assert done.exit_code == 1
    for name in ("mailbox", "smtp", "calendar", "writer"):
        assert f"  WRONG {name}: " in done.stderr
    assert not (tmp_path / "agent.toml").exists()


def test_a_password_that_is_nowhere_is_a_matter_of_the_settings(run: Run, tmp_path: Path) -> None:
    done = run(*options(tmp_path, smtp=f"smtp://claire@127.0.0.1:{free_ports(1)[0]}"))
    assert (done.exit_code, "MENTOR_AGENT_SMTP_PASSWORD" in done.stderr) == (2, True)
    assert not (tmp_path / "agent.toml").exists()


def test_real_servers_are_tried_and_their_passwords_written_nowhere(run: Run, tmp_path: Path, dovecot: Dovecot) -> None:
    account = dovecot.account()
    with (
        SmtpIn(dovecot, login=(account.address, account.password)) as smtp,
        Radicale(tmp_path / "radicale", password="cal-password") as dav,
        chat.chat_server(chat.good) as llm,
    ):
        RemoteCalendar(dav, "sessions")
        passwords = {
            "MENTOR_AGENT_MAILBOX_PASSWORD": account.password,
            "MENTOR_AGENT_SMTP_PASSWORD": account.password,
            "MENTOR_AGENT_CALENDAR_PASSWORD": dav.password,
            "MENTOR_AGENT_LLM_KEY": "sk-invented",
        }
        words = options(
            tmp_path,
            mailbox=f"imap://{account.address}@127.0.0.1:{dovecot.port}",
            smtp=f"smtp://{account.address}@127.0.0.1:{smtp.port}",
            calendar=f"caldav+{dav.home.replace('//', '//mentor@', 1)}",
            llm=llm.base_url,
            model="test",
        )
        done = run(*words, **passwords)
        assert done.exit_code == 0, done.output
        assert run("doctor", **passwords).exit_code == 0
        assert (smtp.logins, len(llm.requests), smtp.accepted) == (2, 2, [])
    text = (tmp_path / "agent.toml").read_text()
    assert not [word for word in passwords.values() if word in text + done.output]
    assert "learnt from the first run" in done.output
    assert config.load(tmp_path / "agent.toml").mailbox.trust == "authentication-results"


def test_a_refused_password_is_tried_once_at_one_server(run: Run, tmp_path: Path, dovecot: Dovecot) -> None:
    account = dovecot.account()
    with SmtpIn(login=(account.address, account.password)) as smtp:
        words = options(
            tmp_path,
            mailbox=f"imap://{account.address}@127.0.0.1:{dovecot.port}",
            smtp=f"smtp://{account.address}@127.0.0.1:{smtp.port}",
        )
        wrong = {"MENTOR_AGENT_MAILBOX_PASSWORD": "wrong", "MENTOR_AGENT_SMTP_PASSWORD": "wrong"}
        done = run(*words, **wrong)
        assert (done.exit_code, smtp.logins) == (1, 0)
        assert "refuses the login" in done.stderr
        assert "not tried" in done.stderr
        right = {"MENTOR_AGENT_MAILBOX_PASSWORD": account.password, "MENTOR_AGENT_SMTP_PASSWORD": "wrong"}
        assert (run(*words, **right).exit_code, smtp.logins) == (1, 1)
    assert not (tmp_path / "agent.toml").exists()


def test_a_model_on_another_machine_is_said_to_take_the_notes_away(run: Run, tmp_path: Path) -> None:
    with chat.chat_server(chat.good) as llm:  # 127.1 is this machine too, but not one of the names known for it
        done = run(*options(tmp_path, llm=llm.base_url.replace("127.0.0.1", "127.1"), model="test"))
    assert (done.exit_code, "notes will leave" in done.output) == (0, True), done.output
    assert config.load(tmp_path / "agent.toml").writer.allow_remote
    assert not is_remote(llm.base_url)


def test_a_conversation_asks_again_for_what_is_no_address(run: Run, tmp_path: Path) -> None:
    about = ["Claire Martin", "claire", MENTOR, "Paris", "", "", "support@school.example", ",", ""]
    folders = [f"maildir://{tmp_path}/Mail", "y", "", f"dir://{tmp_path}/sessions", ""]
    done = run("init", answers=[*about, *folders])
    assert done.exit_code == 0, done.output
    assert "'claire' is not an e-mail address" in done.stderr
    assert "'Paris' is not an IANA time zone" in done.stderr
    settings = config.load(tmp_path / "agent.toml")
    assert (settings.mentor.address, settings.school.domains) == (MENTOR, ("school.example",))
    assert settings.mailbox.trust == "local"
    assert settings.smtp.url == f"maildir://{tmp_path}/Mail-outgoing"


def test_a_folder_that_mail_from_outside_gets_into_is_not_trusted(run: Run, tmp_path: Path) -> None:
    folders = [f"maildir://{tmp_path}/Mail", "n", "", f"dir://{tmp_path}/sessions", ""]
    assert run("init", answers=[*LOCAL_ANSWERS, *folders]).exit_code == 0
    assert config.load(tmp_path / "agent.toml").mailbox.trust == "authentication-results"


def test_leaving_the_conversation_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("init", answers=[*LOCAL_ANSWERS, f"maildir://{tmp_path}/Mail", "y"])
    assert done.exit_code == 1
    assert not list(tmp_path.glob("*.toml")) + list(tmp_path.glob("*.password"))


def test_an_existing_file_stays_unless_the_mentor_says_otherwise(run: Run, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("mine")
    assert run("init", answers=["n"]).exit_code == 1
    assert (tmp_path / "agent.toml").read_text() == "mine"
    folders = [f"maildir://{tmp_path}/Mail", "y", "", f"dir://{tmp_path}/sessions", ""]
    assert run("init", answers=["y", *LOCAL_ANSWERS, *folders]).exit_code == 0
    assert config.load(tmp_path / "agent.toml").mentor.address == MENTOR


def _server_answers(folder: Path, address: str, imap: int, smtp: int, password: str) -> list[str]:
    """A wrong password first, then Enter for the same server and the right one; Enter again: SMTP has the same."""
    mailbox = f"imap://{address}@127.0.0.1:{imap}"
    sending = f"smtp://{address}@127.0.0.1:{smtp}"
    return [*LOCAL_ANSWERS, mailbox, "wrong", "", password, sending, "", f"dir://{folder}/sessions", ""]


def test_without_a_keyring_the_right_password_goes_to_a_private_file(
    run: Run, tmp_path: Path, dovecot: Dovecot
) -> None:
    account = dovecot.account()
    with SmtpIn(dovecot, login=(account.address, account.password)) as smtp:
        done = run(
            "init", answers=_server_answers(tmp_path, account.address, dovecot.port, smtp.port, account.password)
        )
        assert done.exit_code == 0, done.output
        assert smtp.logins == 1
        assert run("doctor").exit_code == 0  # with nothing but the files
    file = tmp_path / "agent.mailbox.password"
    assert (file.read_text().strip(), mode_of(file)) == (account.password, 0o600)
    assert str(file) in done.output
    assert account.password not in done.output + (tmp_path / "agent.toml").read_text()
    assert done.stderr.count("refuses the login") == 1
    assert "most providers want an app password" in done.stderr
    assert "MENTOR_AGENT_MAILBOX_PASSWORD" not in done.stderr


def test_with_a_keyring_the_password_is_kept_there_alone(
    run: Run, tmp_path: Path, dovecot: Dovecot, desktop_keyring: MemoryKeyring
) -> None:
    account = dovecot.account()
    with SmtpIn(dovecot, login=(account.address, account.password)) as smtp:
        done = run(
            "init", answers=_server_answers(tmp_path, account.address, dovecot.port, smtp.port, account.password)
        )
        assert done.exit_code == 0, done.output
        assert run("doctor").exit_code == 0
    assert desktop_keyring.kept == {("mentor-agent", f"{account.address}@127.0.0.1"): account.password}
    assert not list(tmp_path.glob("*.password"))


def test_two_passwords_of_one_user_at_one_host_do_not_overwrite_each_other(
    run: Run, tmp_path: Path, dovecot: Dovecot, desktop_keyring: MemoryKeyring
) -> None:
    account = dovecot.account()
    with SmtpIn(login=(account.address, "another")) as smtp:
        answers = _server_answers(tmp_path, account.address, dovecot.port, smtp.port, account.password)
        answers[answers.index("", len(LOCAL_ANSWERS) + 4)] = "another"
        assert run("init", answers=answers).exit_code == 0
        assert run("doctor").exit_code == 0
    assert list(desktop_keyring.kept.values()) == [account.password]
    assert (tmp_path / "agent.smtp.password").read_text() == "another\n"


@given(st.text())
def test_any_text_survives_the_settings_file(text: str) -> None:
    assert tomllib.loads(render({"top": text, "table": {"one": text, "many": [text, "x"], "yes": True}})) == {
        "top": text,
        "table": {"one": text, "many": [text, "x"], "yes": True},
    }


@pytest.mark.parametrize("value", ["\x7f", "\\u007f", 'a "b" \\', "\u2028", "\U0001f600", "\x00\x1f\x85"])
def test_awkward_characters_survive_the_settings_file(value: Any) -> None:
    assert tomllib.loads(f"v = {toml_value(value)}") == {"v": value}


def test_what_is_no_text_is_refused_with_its_key() -> None:
    with pytest.raises(ConfigError, match=r"mentor\.name"):
        render({"mentor": {"name": "Claire \udcff"}})


def test_a_published_calendar_is_tried_and_its_secret_link_is_not_written_into_the_settings(
    run: Run, tmp_path: Path
) -> None:
    with Published() as published:
        host = f"ics+http://127.0.0.1:{published.port}"
        done = run(*options(tmp_path, calendar=host), MENTOR_AGENT_CALENDAR_PASSWORD=published.link)

        assert done.exit_code == 0
        assert "read only: 0 entries" in done.stdout
        assert "3f9c2e" not in done.stdout + (tmp_path / "agent.toml").read_text(encoding="utf-8")
        assert run("run", "--once", MENTOR_AGENT_CALENDAR_PASSWORD=published.link).exit_code == 0
