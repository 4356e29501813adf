"""The demo: three weeks end well, everything can be looked at, and it fails when the agent lets somebody down."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.commands.common import opened
from agent.demo import account
from agent.demo.mail import body, parse
from agent.demo.place import SUPPORT
from agent.demo.script import Script
from agent.demo.story import PAUL, TABLE, THOMAS
from agent.demo.town import StoryError, Town
from agent.model import Learner, SessionStatus
from agent.world import World


def mentor_agent(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def people(world: World) -> list[Learner]:
    return world.store.people.all()


def mails(folder: Path) -> list[EmailMessage]:
    return [parse(path.read_bytes()) for path in sorted((folder / "mails").glob("*.eml"))]


def plainly(mail: EmailMessage) -> str:
    return " ".join(body(mail).split())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where three weeks were played, and what was printed."""
    folder = tmp_path_factory.mktemp("demo") / "three weeks"
    result = mentor_agent("demo", "--keep", folder)
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_three_weeks_end_well_and_no_letter_is_sent_twice(told: tuple[Path, str]) -> None:
    folder, output = told
    assert "18 to learners, 2 to support" in output
    assert "nothing sent twice" in output
    assert "12 letters to others, none late" in output
    assert "5 of 5 within 48 h" in output
    letters = Counter((str(mail["To"]), str(mail["Subject"]), body(mail)) for mail in mails(folder))
    assert max(letters.values()) == 1
    assert len({str(mail["Message-ID"]) for mail in mails(folder)}) == sum(letters.values())


def test_every_mail_is_a_file_and_stands_in_the_page(told: tuple[Path, str]) -> None:
    folder, output = told
    names = sorted(path.name for path in (folder / "mails").iterdir())
    assert names == [f"{number:03}.eml" for number in range(1, len(names) + 1)]
    assert f"All {len(names)} mails" in output
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert [name for name in names if f"mails/{name}" not in page] == []
    dates = [mail["Date"].datetime for mail in mails(folder)]
    assert dates == sorted(dates)


def test_every_letter_of_the_agent_stands_in_the_timeline_with_its_rule_and_each_rule_with_its_clause(
    told: tuple[Path, str],
) -> None:
    folder, output = told
    copies = "Envoyé à "
    own = [mail for mail in mails(folder) if mail["X-Mentor-Agent-Key"] and not mail["Subject"].startswith(copies)]
    told_of = [re.search(r"^  \d\d:\d\d  \d{3}  ([RP]\d+) +agent → ", line) for line in output.splitlines()]
    rules = [found[1] for found in told_of if found]
    assert len(rules) == len(own)
    clauses = re.findall(r"^ {19}([RP]\d+): \w", output, re.MULTILINE)
    assert clauses == list(dict.fromkeys(rules))
    assert len(clauses) > 12


def test_a_learner_s_choice_is_one_session_whoever_enters_it_first(told: tuple[Path, str]) -> None:
    with opened(told[0] / "agent.toml") as world:
        kept = {one.name: [s for s in world.store.people.sessions(one.id) if not s.gone] for one in people(world)}
    assert {name: len(sessions) for name, sessions in kept.items()} == {
        "Camille Petit": 3,  # the fourth is cancelled: her absence is justified
        "Thomas Girard": 4,
        "Inès Lambert": 4,
        "Lina Roche": 1,
        "Hugo Fontaine": 3,
    }
    keys = [session.key for sessions in kept.values() for session in sessions]
    assert all(key.endswith("@plateforme.ecole.example") for key in keys)  # never the agent's provisional entry


def test_every_confirmation_has_an_invitation_and_one_line_of_what_to_book(told: tuple[Path, str]) -> None:
    found = mails(told[0])
    confirmed = [mail for mail in found if str(mail["Subject"]).startswith("Confirmé")]
    invited = [mail for mail in confirmed if any(part.get_content_type() == "text/calendar" for part in mail.walk())]
    booked = [mail for mail in found if str(mail["Subject"]).startswith("À réserver sur la plateforme")]
    assert len(confirmed) == len(invited) == len(booked) == 6


def test_the_digest_shows_progress_in_words_and_as_bars(told: tuple[Path, str]) -> None:
    digests = [mail for mail in mails(told[0]) if str(mail["Subject"]).startswith("Votre semaine")]
    assert len(digests) == 2
    assert "Camille Petit : 57 % (attendu : 60 %)" in plainly(digests[1])
    html = digests[1].get_body(("html",))
    assert html is not None
    assert 'class="done" width="57%"' in html.get_content()


def test_every_session_has_its_report_within_48_hours_or_was_dropped_by_the_mentor(told: tuple[Path, str]) -> None:
    with opened(told[0] / "agent.toml") as world:
        ended = {
            session.id: session.end
            for learner in world.store.people.all()
            for session in world.store.people.sessions(learner.id)
            if session.status in {SessionStatus.COMPLETED, SessionStatus.ABSENT}
        }
        rows = {number: world.store.outbox.get(f"R07/handover/{number}") for number in ended}
    without = [number for number, row in rows.items() if row is None]
    waits = [row.settled_at - ended[number] for number, row in rows.items() if row is not None and row.settled_at]
    assert len(ended) == 10
    assert len(without) == 1  # the report that she answered “non” to
    assert len(waits) == 9
    assert timedelta(hours=40) < max(waits) <= timedelta(hours=48)  # one came only after three reminders


def test_the_alert_leaves_when_the_learner_s_48_hours_have_run_out_also_over_the_change_of_the_clocks(
    told: tuple[Path, str],
) -> None:
    plagiarism, alert = [mail for mail in mails(told[0]) if mail["To"] == SUPPORT]
    assert "projet 4. Son code est celui d'un dépôt public" in plainly(plagiarism)
    assert plainly(plagiarism).count("proposé un premier rendez-vous") == 1  # its confirmation is no second proposal
    assert "confirmé un rendez-vous le mardi 13 octobre" in plainly(plagiarism)
    second_absence_ended = datetime(2026, 10, 23, 7, 45, tzinfo=UTC)
    assert alert["Date"].datetime == second_absence_ended + timedelta(hours=48)
    assert "vendredi 23 octobre 2026, de 9\u00a0h\u00a000 à 9\u00a0h\u00a045" in body(alert)


def test_the_forged_assignment_makes_the_agent_write_to_nobody(told: tuple[Path, str]) -> None:
    forged = [mail for mail in mails(told[0]) if "Paul Leroy" in body(mail)]
    assert [mail["From"].addresses[0].domain for mail in forged] == ["ec0le.example"]
    assert not any(PAUL.address in str(mail["To"]) for mail in mails(told[0]))


def test_the_settings_it_leaves_work_with_the_other_commands(told: tuple[Path, str]) -> None:
    settings = told[0] / "agent.toml"
    status = mentor_agent("--config", settings, "status", "--json")
    assert status.exit_code == 0, status.output
    known = json.loads(status.output)
    assert [one["name"] for one in known["learners"]] == [
        "Camille Petit",
        "Thomas Girard",
        "Inès Lambert",
        "Lina Roche",
        "Hugo Fontaine",
    ]
    assert known["parked"] == []
    explained = mentor_agent("--config", settings, "explain", "thomas", "--now", "2026-10-24T09:00+02:00")
    assert explained.exit_code == 0, explained.output
    assert "R10" in explained.output
    assert "absent on 2026-10-15" in explained.output


def test_a_demo_cut_short_still_counts_right(tmp_path: Path) -> None:
    result = mentor_agent("demo", "--keep", tmp_path, "--days", "9")
    assert result.exit_code == 0, result.output
    assert "13 to learners, 0 to support" in result.output
    assert "3 of 3 ready within 48 h" in result.output
    assert "1 not due yet" in result.output


def test_the_same_days_give_the_same_mails(tmp_path: Path) -> None:
    runs = []
    for _ in range(2):  # into the same folder: some mails to the mentor name a file in it
        assert mentor_agent("demo", "--keep", tmp_path, "--days", "2").exit_code == 0
        runs.append([path.read_bytes() for path in sorted((tmp_path / "mails").iterdir())])
    assert len(runs[0]) > 15
    assert runs[0] == runs[1]


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    result = mentor_agent("demo", "--keep", tmp_path, "--days", "1")
    assert result.exit_code == 2
    assert "is not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    assert mentor_agent("demo", "--keep", tmp_path, "--days", "2").exit_code == 0
    before = len(mails(tmp_path))
    assert mentor_agent("demo", "--keep", tmp_path, "--days", "1").exit_code == 0
    assert 0 < len(mails(tmp_path)) < before


def test_it_fails_when_an_expected_question_does_not_come(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.settings_file.open("a", encoding="utf-8") as settings:
        settings.write('\n[rules]\nR07 = "off"\n')
    town.restart()
    until = town.now + timedelta(days=2)
    Script(town).begin()
    with pytest.raises(StoryError, match=r"expected a mail about .*Camille Petit"):
        list(town.play(until))
    town.close()


def test_a_learner_whom_nobody_wrote_to_is_a_missed_deadline(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.settings_file.open("a", encoding="utf-8") as settings:
        settings.write('\n[rules]\nR01 = "approve"\n')  # and the mentor of this story does not look into her inbox
    town.restart()
    script = Script(town)
    script.school.assigns(PAUL, "Nom : {name}\nE-mail : {address}\n")
    list(town.play(town.now + timedelta(hours=49)))
    found = account.figures(town)
    town.close()
    assert found.problems == [f"first contact late or missing: {PAUL.name}"]


def test_a_letter_that_the_mentor_approves_too_late_is_told(tmp_path: Path) -> None:
    town = Town(tmp_path)
    script = Script(town)
    script.school.assigns(THOMAS, TABLE)
    town.later(timedelta(hours=3), lambda: script.scenes.books_alone(THOMAS, 1, "Le 1 me va. Thomas"))
    town.later(timedelta(hours=60), lambda: script.scenes.approves("Notre session du 13 octobre", THOMAS.name))
    list(town.play(town.now + timedelta(hours=61)))
    found = account.figures(town)
    town.close()
    (problem,) = found.problems
    assert problem.startswith("approved, and sent late: Notre session du 13 octobre")
