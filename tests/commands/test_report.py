"""`report`: a draft from notes at hand, and what would leave this machine for it, to the byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.places import options, toml
from tests.papers import event
from tests.servers import chat

NOTES = """Revu les jointures SQL.
Son collègue Paul l'a aidée à installer Docker.
Elle est dyslexique.
Bloque sur GROUP BY, lui écrire à anne@learner.test.
Prochaine fois : finir la partie 2.
"""


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor with one learner, whose session was two hours ago; the calendar has been read."""
    assert run(*options(tmp_path)).exit_code == 0
    toml(tmp_path)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    entry = event("a", "Session de mentorat avec Anne Petit", start, start + timedelta(minutes=45))
    (tmp_path / "sessions" / "a.ics").write_text(entry, encoding="utf-8")
    assert run("learners", "add", "Anne Petit", "anne@learner.test").exit_code == 0
    assert run("learners", "add", "Karim Benali", "karim@learner.test").exit_code == 0
    done = run("run", "--once")
    assert done.exit_code == 0, done.output
    (tmp_path / "notes.txt").write_text(NOTES, encoding="utf-8")
    return tmp_path


def with_model(folder: Path, url: str) -> None:
    """The same settings with a model at this URL."""
    toml(folder, writer=f'url = "{url}"\nmodel = "test"')


def test_notes_in_a_file_become_a_draft_that_can_be_kept(run: Run, settled: Path) -> None:
    done = run("report", "Anne", "--notes", str(settled / "notes.txt"), "--keep", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["writer"], said["removed"]) == ("builtin", [])
    assert "jointures SQL" in said["text"]
    assert "à vérifier" in said["text"]  # what touches health is marked
    kept = Path(said["file"]).read_text(encoding="utf-8")
    assert "jointures SQL" in kept
    assert "à vérifier" not in kept


@pytest.mark.parametrize("form", ["text", "markdown", "html", "sources"])
def test_the_draft_is_printed_in_the_form_asked_for(run: Run, settled: Path, form: str) -> None:
    done = run("report", "draft", "Anne", "--notes", str(settled / "notes.txt"), "--form", form)
    assert done.exit_code == 0, done.output
    assert "jointures" in done.stdout


def test_notes_come_from_standard_input_and_in_another_language(run: Run, settled: Path) -> None:
    done = run("report", "Anne", "--notes", "-", "--language", "en", answers=["We reviewed the SQL joins together."])
    assert done.exit_code == 0, done.output
    assert "Session of" in done.stdout


def test_nothing_leaves_with_the_built_in_writer_and_that_is_said(run: Run, settled: Path) -> None:
    done = run("report", "Anne", "--notes", str(settled / "notes.txt"), "--show-prompt")
    assert done.stdout == "nothing leaves this machine for this report\n"


def test_the_prompt_shown_is_what_the_server_gets_byte_for_byte(run: Run, settled: Path) -> None:
    with chat.chat_server(chat.good) as server:
        with_model(settled, server.base_url)
        shown = run("report", "Anne", "--notes", str(settled / "notes.txt"), "--show-prompt", "--json")
        assert shown.exit_code == 0, shown.output
        assert server.requests == []
        plain = run("report", "Anne", "--notes", str(settled / "notes.txt"), "--show-prompt")
        done = run("report", "Anne", "--notes", str(settled / "notes.txt"))
        assert done.exit_code == 0, done.output
    (messages,) = json.loads(shown.stdout)["requests"]
    assert server.requests[0]["messages"] == messages
    assert plain.stdout == "".join(f"{message['content']}\n" for message in messages)
    assert not [
        word
        for word in ("Anne", "Petit", "Paul", "dyslex", "learner.test")
        if word in shown.stdout.split('"removed"')[0]
    ]
    assert "dyslexique" in plain.stderr  # the mentor alone is told
    assert "son collègue Paul" in plain.stderr


def test_a_long_transcript_s_requests_are_shown_piece_by_piece(run: Run, settled: Path) -> None:
    turns = "".join(f"<v Anne Petit>phrase {n} sur les jointures et les agrégats du projet</v>\n" for n in range(600))
    (settled / "hour.vtt").write_text(f"WEBVTT\n\n00:00:01.000 --> 00:59:00.000\n{turns}", encoding="utf-8")
    with chat.chat_server(chat.good) as server:
        with_model(settled, server.base_url)
        shown = run("report", "Anne", "--notes", str(settled / "hour.vtt"), "--show-prompt", "--json")
        assert shown.exit_code == 0, shown.output
        done = run("report", "Anne", "--notes", str(settled / "hour.vtt"))
    requests = json.loads(shown.stdout)["requests"]
    assert len(requests) > 2
    assert "Anne" not in json.dumps(requests)
    assert server.requests[0]["messages"] == requests[0], done.output


def test_a_session_that_is_not_there_is_an_error_that_helps(run: Run, settled: Path) -> None:
    assert "no session with Karim" in run("report", "Karim", "--notes", "-", answers=["Vu SQL."]).stderr
    done = run("report", "Anne", "--session", "2020-01-01")
    assert (done.exit_code, "on 2020-01-01" in done.stderr) == (1, True)
    assert run("report", "Anne", "--notes", str(settled / "absent.txt")).exit_code == 1


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.8.9.10/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost.school.example/v1", False),
        ("http://localhost@school.example/v1", False),
        ("http://127.0.0.1.school.example/v1", False),
        ("http://0.0.0.0:11434/v1", False),
        ("http://127.1/v1", False),
        ("http://2130706433/v1", False),
        ("http://192.168.1.20:11434/v1", False),
        ("https://api.school.example/v1", False),
    ],
)
def test_a_model_elsewhere_needs_an_explicit_word(run: Run, settled: Path, url: str, here: bool) -> None:
    with_model(settled, url)
    done = run("learners")
    if here:
        assert done.exit_code == 0
        return
    assert done.exit_code == 2
    assert "allow_remote = true" in done.stderr
    toml(settled, writer=f'url = "{url}"\nmodel = "test"\nallow_remote = true')
    assert run("learners").exit_code == 0
