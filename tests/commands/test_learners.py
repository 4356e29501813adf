"""`learners set` and `learners show` as a mentor types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.commands.common import opened
from agent.store import SessionRow
from tests.commands.conftest import Run
from tests.commands.places import toml

START = datetime(2026, 11, 3, 17, 0, tzinfo=UTC)


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor with two learners; Anne has had a session and was written to."""
    file = toml(tmp_path)
    assert run("learners", "add", "Anne Petit", "anne@learner.example").exit_code == 0
    assert run("learners", "add", "Tom Moreau", "tom@learner.example").exit_code == 0
    with opened(file) as world:
        row = SessionRow("s", "a.ics", 1, "Anne", START, START + timedelta(minutes=45), "Session", gone=False)
        world.store.people.put_session(row, START)
    return tmp_path


def shown(run: Run, who: str = "anne") -> dict[str, Any]:
    done = run("learners", "show", who, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_everything_that_is_known_of_a_learner_can_be_changed(run: Run, settled: Path) -> None:
    given = {
        "path": "Data analyst",
        "project": "Projet 4",
        "funding": "apprenticeship",
        "language": "en",
        "timezone": "Indian/Reunion",
        "funded-from": "2026-09-01",
        "funded-until": "2027-08-31",
    }
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    assert run("learners", "set", "anne", *words, "--informal", "--evenings").exit_code == 0
    now = shown(run)
    assert {name: now[name.replace("-", "_")] for name in given} == given
    assert (now["informal"], now["evenings"], now["left_at"]) == (True, True, None)
    assert shown(run, "tom")["path"] is None


def test_what_is_not_mentioned_stays(run: Run, settled: Path) -> None:
    assert run("learners", "set", "anne", "--path", "Data", "--informal").exit_code == 0
    assert run("learners", "set", "anne", "--project", "Projet 2").exit_code == 0
    now = shown(run)
    assert (now["path"], now["project"], now["informal"]) == ("Data", "Projet 2", True)
    assert run("learners", "set", "anne", "--formal", "--path", "").exit_code == 0
    now = shown(run)
    assert (now["path"], now["project"], now["informal"]) == (None, "Projet 2", False)


def test_a_learner_who_changes_address_keeps_the_history_and_the_old_address_stays_on_record(
    run: Run, settled: Path
) -> None:
    before = shown(run)
    assert run("learners", "set", "anne", "--address", "Anne.Petit@new.example").exit_code == 0
    after = shown(run)
    assert after["address"] == "anne.petit@new.example"
    assert (after["id"], after["sessions"], after["letters"]) == (before["id"], before["sessions"], before["letters"])
    assert (len(after["sessions"]), len(after["letters"])) == (1, 1)
    with opened(settled / "agent.toml") as world:
        changes = world.store.facts.of_kind("address", before["id"])
        assert [dict(one.detail) for one in changes] == [
            {"from": "anne@learner.example", "to": "anne.petit@new.example"}
        ]


def test_an_address_given_anew_is_written_to_again_though_letters_came_back(run: Run, settled: Path) -> None:
    with opened(settled / "agent.toml") as world:
        world.store.remember("undeliverable:anne@learner.example", "R01/first-contact/1")
    assert run("learners", "set", "anne", "--address", "anne@learner.example").exit_code == 0
    with opened(settled / "agent.toml") as world:
        assert world.store.setting("undeliverable:anne@learner.example") is None


def test_an_address_that_is_somebody_else_s_is_refused_and_nothing_changes(run: Run, settled: Path) -> None:
    done = run("learners", "set", "anne", "--address", "tom@learner.example", "--path", "Data")
    assert (done.exit_code, "Tom Moreau" in done.stderr) == (1, True)
    assert (shown(run)["address"], shown(run)["path"]) == ("anne@learner.example", None)


@pytest.mark.parametrize("address", ["claire.martin@mentor.example", "support@school.example"])
def test_a_learner_is_not_given_the_mentor_s_address_or_support_s(run: Run, settled: Path, address: str) -> None:
    assert run("learners", "set", "anne", "--address", address).exit_code == 2
    assert shown(run)["address"] == "anne@learner.example"


def test_one_who_left_is_owed_nothing_and_may_come_back(run: Run, settled: Path) -> None:
    assert run("learners", "set", "anne", "--left").exit_code == 0
    left = shown(run)["left_at"]
    assert left is not None
    assert run("learners", "set", "anne", "--left").exit_code == 0
    assert shown(run)["left_at"] == left  # said twice, left once
    assert run("learners", "set", "anne", "--back").exit_code == 0
    assert shown(run)["left_at"] is None


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--address", "nobody"),
        ("--address", ""),
        ("--timezone", "Paris"),
        ("--timezone", "../etc/passwd"),
        ("--funded-from", "1er septembre"),
        ("--funded-from", "2027-01-01", "--funded-until", "2026-01-01"),
        ("--funding", "lottery"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_ends_with_2_and_changes_nothing(run: Run, settled: Path, words: tuple[str, ...]) -> None:
    before = shown(run)
    done = run("learners", "set", "anne", *words)
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    assert shown(run) == before


def test_a_stranger_cannot_be_changed(run: Run, settled: Path) -> None:
    assert run("learners", "set", "nobody", "--left").exit_code == 1


def test_show_tells_the_progress_and_what_was_agreed(run: Run, settled: Path) -> None:
    words = (
        "--informal",
        "--timezone",
        "Indian/Reunion",
        "--funded-from",
        "2000-01-01",
        "--funded-until",
        "2001-01-01",
    )
    assert run("learners", "set", "anne", *words).exit_code == 0
    text = run("learners", "show", "anne").stdout
    assert "informal (tu)" in text
    assert "Indian/Reunion" in text
    assert "2000-01-01 to 2001-01-01" in text
    assert "attendu : 100" in text.replace("\u00a0", " ")
    assert shown(run)["progress"] == {"real": None, "expected": 100.0, "behind": None}
