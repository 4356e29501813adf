"""The doctor names everything that is wrong, what to do about it, and changes nothing but a wait that is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from agent.store import Store
from tests.commands.conftest import Run
from tests.commands.keyrings import MemoryKeyring
from tests.commands.places import options, toml
from tests.servers import chat
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.published import Published, reply
from tests.servers.smtp_in import SmtpIn

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor on local folders, whose agent has run once."""
    assert run(*options(tmp_path)).exit_code == 0
    assert run("run", "--once").exit_code == 0
    return tmp_path


def lines(done: Result) -> dict[str, list[str]]:
    """The findings that are wrong or notes, by name."""
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith(("WRONG", "note")):
            found.setdefault(line[6:18].strip(), []).append(line)
    return found


def verdicts(done: Result) -> dict[str, str]:
    """The last verdict on each thing that was looked at."""
    return {line[6:18].strip(): line[:6].strip() for line in done.stdout.splitlines() if line[:1] != " "}


@contextmanager
def memory(folder: Path) -> Iterator[Store]:
    """What the agent remembers, to look at or to change."""
    store = Store(folder / "state" / "agent.sqlite3")
    yield store
    store.close()


def waits(folder: Path) -> dict[str, datetime]:
    """Until when each source is left alone."""
    with memory(folder) as store:
        return {source.name: source.next_try for source in store.sources.all() if source.next_try}


def test_a_sound_set_up_is_fine(run: Run, settled: Path) -> None:
    done = run("doctor")
    assert done.exit_code == 0, done.output
    found = verdicts(done)
    assert "WRONG" not in found.values()
    fine = ("config file", "settings", "mode", "guidelines", "mailbox", "sent folder", "smtp", "calendar", "writer")
    assert {found[name] for name in (*fine, "state_dir", "database", "clock", "trust", "put aside")} == {"ok"}
    assert set(lines(done)) == {"recognisers", "keyring"}  # invented examples; no keyring on this machine


def test_before_the_first_run_nothing_is_made(run: Run, tmp_path: Path) -> None:
    run(*options(tmp_path))
    (tmp_path / "state").rmdir()
    done = run("doctor")
    assert (done.exit_code, verdicts(done)["state_dir"]) == (0, "note")
    assert not (tmp_path / "state").exists()


def test_programs_read_the_same_findings(run: Run, settled: Path) -> None:
    (settled / "sessions").rmdir()
    done = run("doctor", "--json")
    said = json.loads(done.stdout)
    wrong = [check for check in said["checks"] if check["verdict"] == "WRONG"]
    assert (done.exit_code, said["fine"]) == (1, False)
    assert [check["name"] for check in wrong] == ["calendar"]
    assert "calendar.url" in wrong[0]["remedy"]


def test_five_mistakes_in_the_settings_are_five_lines(run: Run, tmp_path: Path) -> None:
    toml(
        tmp_path,
        mentor='name = ""\naddress = "claire"\ntimezone = "Paris"',
        smtp='url = "pigeon://roof"',
        limits="per_hour = 0",
    )
    for words in (["doctor"], ["doctor", "--json"]):
        done = run(*words)
        assert done.exit_code == 2
        for path in ("mentor.name:", "mentor.address:", "mentor.timezone:", "smtp.url:", "limits.per_hour:"):
            assert done.stdout.count(path) == 1


def test_without_settings_it_says_what_writes_them(run: Run) -> None:
    done = run("doctor")
    assert (done.exit_code, "mentor-agent init" in done.stdout) == (2, True)


def test_a_server_that_is_away_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    imap, smtp = free_ports(2)
    toml(
        tmp_path,
        mailbox=f'url = "imap://claire@127.0.0.1:{imap}"',
        smtp=f'url = "smtp://127.0.0.1:{smtp}"',
        writer='url = "http://127.0.0.1:9/v1"\nmodel = "test"',
    )
    (tmp_path / "sessions").mkdir()
    done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD="x")
    found = verdicts(done)
    assert done.exit_code == 1
    assert [found[name] for name in ("mailbox", "smtp", "calendar", "writer")] == ["WRONG", "WRONG", "ok", "WRONG"]
    assert f"is port {imap} right?" in done.stdout


def test_a_missing_password_is_a_matter_of_the_settings_and_the_rest_is_checked(run: Run, tmp_path: Path) -> None:
    toml(tmp_path, mailbox='url = "imap://claire@127.0.0.1"')
    (tmp_path / "sessions").mkdir()
    done = run("doctor")
    assert (done.exit_code, verdicts(done)["calendar"]) == (2, "ok")
    assert "MENTOR_AGENT_MAILBOX_PASSWORD" in lines(done)["mailbox"][0]


def test_a_broken_recognisers_file_is_named_with_every_mistake(run: Run, settled: Path) -> None:
    (settled / "mine.toml").write_text('[[assignment]]\nname = "x"\nsubject = "("\nbody = []\nsurprise = 1\n')
    file = settled / "agent.toml"
    file.write_text('recognisers = "mine.toml"\n' + file.read_text())
    done = run("doctor")
    assert done.exit_code == 2
    assert len(lines(done)["recognisers"]) >= 3
    assert "assignment[0].surprise" in done.stdout


def test_who_else_may_read_or_change_the_files_is_told(run: Run, settled: Path) -> None:
    file = settled / "agent.toml"
    file.chmod(0o644)
    assert (run("doctor").exit_code, verdicts(run("doctor"))["config file"]) == (0, "note")
    file.chmod(0o660)
    (settled / "state").chmod(0o755)
    done = run("doctor")
    assert (done.exit_code, verdicts(done)["config file"], verdicts(done)["state_dir"]) == (1, "WRONG", "WRONG")
    assert f"chmod 600 {file}" in done.stdout
    assert f"chmod 700 {settled}/state" in done.stdout


def test_a_damaged_database_is_told_and_left_alone(run: Run, settled: Path) -> None:
    file = settled / "state" / "agent.sqlite3"
    for beside in settled.glob("state/agent.sqlite3-*"):
        beside.unlink()
    file.write_bytes(b"not a database" * 500)
    done = run("doctor")
    assert (done.exit_code, verdicts(done)["database"], verdicts(done)["mailbox"]) == (1, "WRONG", "ok")
    assert file.read_bytes() == b"not a database" * 500


def test_a_state_directory_that_cannot_be_made_is_wrong(run: Run, tmp_path: Path) -> None:
    run(*options(tmp_path))
    (tmp_path / "state").rmdir()
    (tmp_path / "state").touch()
    assert verdicts(run("doctor"))["state_dir"] == "WRONG"


def test_a_password_that_is_right_again_ends_the_wait(run: Run, tmp_path: Path, dovecot: Dovecot) -> None:
    account = dovecot.account()
    with SmtpIn(login=(account.address, "other")) as smtp:
        toml(
            tmp_path,
            mailbox=f'url = "imap://{account.address}@127.0.0.1:{dovecot.port}"',
            smtp=f'url = "smtp://{account.address}@127.0.0.1:{smtp.port}"',
        )
        (tmp_path / "sessions").mkdir()
        wrong = {"MENTOR_AGENT_MAILBOX_PASSWORD": "wrong", "MENTOR_AGENT_SMTP_PASSWORD": "wrong"}
        assert run("run", "--once", **wrong).exit_code == 1
        refused = run("doctor", **wrong)
        assert (refused.exit_code, len(lines(refused)["smtp"])) == (1, 1)
        assert "the variable MENTOR_AGENT_MAILBOX_PASSWORD" in refused.stdout
        before = waits(tmp_path)
        assert min(before["mailbox"], before["smtp"]) > NOW + timedelta(hours=5)
        tried = smtp.logins

        done = run("doctor", MENTOR_AGENT_MAILBOX_PASSWORD=account.password, MENTOR_AGENT_SMTP_PASSWORD="wrong")
        assert (done.exit_code, verdicts(done)["mailbox"], verdicts(done)["smtp"]) == (1, "ok", "WRONG")
        assert waits(tmp_path) == {"smtp": before["smtp"]}
        assert smtp.logins == tried + 1


def test_a_calendar_that_was_suddenly_empty_waits_for_the_mentor_whatever_answers(run: Run, settled: Path) -> None:
    until = NOW + timedelta(minutes=15)
    with memory(settled) as store:
        store.sources.failed("mailbox", "away", until, NOW)
        store.sources.failed("calendar", "empty", until, NOW, halted="the calendar is suddenly empty")
    done = run("doctor")
    assert (done.exit_code, verdicts(done)["calendar log"], verdicts(done)["mailbox log"]) == (1, "WRONG", "note")
    assert waits(settled) == {"calendar": until}
    with memory(settled) as store:
        assert store.sources.get("calendar").halted == "the calendar is suddenly empty"


def test_an_agent_that_stopped_and_a_clock_that_is_behind_are_noticed(run: Run, settled: Path) -> None:
    with memory(settled) as store:
        store.sources.succeeded("mailbox", None, NOW - timedelta(hours=3))
    done = run("doctor")
    assert (done.exit_code, "is the agent running?" in done.stdout) == (0, True)
    with memory(settled) as store:
        store.sources.succeeded("mailbox", None, NOW + timedelta(hours=3))
    assert (run("doctor").exit_code, verdicts(run("doctor"))["clock"]) == (1, "WRONG")


def test_what_was_put_aside_is_counted(run: Run, settled: Path) -> None:
    with memory(settled) as store:
        store.parking.park("mail:1", "a mail", "31 MB", "open it yourself", NOW)
    assert lines(run("doctor"))["put aside"] == ["note  put aside    1 item(s) could not be read"]


def test_whose_word_counts_is_told_when_set_learnt_or_not_yet_known(run: Run, settled: Path) -> None:
    def trust(line: str) -> str:
        toml(settled, mailbox=f'url = "maildir://{settled}/Mail"\n{line}')
        return next(said for said in run("doctor").stdout.splitlines() if said[6:11] == "trust")

    assert trust("").startswith("note")
    assert "mx.set.example, as set" in trust('authserv_id = "mx.set.example"')
    with memory(settled) as store:
        store.remember("authserv_id", "mx.learnt.example")
    assert "mx.learnt.example, learnt" in trust("")


def test_a_model_elsewhere_is_named_as_leaving_the_machine(run: Run, settled: Path) -> None:
    with chat.chat_server(chat.good) as llm:  # 127.1 is this machine too, but not one of the names known for it
        url = llm.base_url.replace("127.0.0.1", "127.1")
        toml(settled, writer=f'url = "{url}"\nmodel = "test"\nallow_remote = true')
        done = run("doctor")
    assert done.exit_code == 0
    assert "leave this machine for 127.1" in lines(done)["writer"][0]


def test_a_password_in_plain_sight_on_the_network_is_noted(run: Run, settled: Path) -> None:
    with SmtpIn(login=("claire", "x")) as smtp:
        toml(settled, smtp=f'url = "smtp://claire@127.1:{smtp.port}"')
        done = run("doctor", MENTOR_AGENT_SMTP_PASSWORD="x")
    assert "unencrypted" in lines(done)["smtp"][0]


def test_the_keyring_in_use_is_named(run: Run, settled: Path, desktop_keyring: MemoryKeyring) -> None:
    assert verdicts(run("doctor"))["keyring"] == "ok"


def test_a_subscription_is_looked_at_beside_the_calendar_and_its_link_is_never_shown(run: Run, settled: Path) -> None:
    with Published() as published:
        url = f"ics+http://127.0.0.1:{published.port}"
        lines = f'url = "dir://{settled}/sessions"\nsubscriptions = {{ school = {{ url = "{url}" }} }}'
        toml(settled, calendar=lines)
        assert "MENTOR_AGENT_SUBSCRIPTION_SCHOOL" in run("doctor").stdout

        well = run("doctor", MENTOR_AGENT_SUBSCRIPTION_SCHOOL=published.link)
        assert "calendar published at 127.0.0.1, read only: 0 entries" in well.stdout
        published.play = lambda request: reply(request, 404, b"", {})
        wrong = run("doctor", MENTOR_AGENT_SUBSCRIPTION_SCHOOL=published.link)
        assert (well.exit_code, wrong.exit_code) == (0, 1)
        assert "copy the link from there again" in wrong.stdout
        assert "mend calendar.subscriptions.school" in wrong.stdout
        assert "3f9c2e" not in well.stdout + wrong.stdout
