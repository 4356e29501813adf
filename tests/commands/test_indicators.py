"""`indicators` as a mentor types it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.commands.common import opened
from agent.model import Session, SessionStatus
from agent.store import SessionRow
from tests.commands.conftest import Run
from tests.commands.places import toml

WATCHED = datetime(2026, 1, 5, tzinfo=UTC)
SESSIONS = {
    datetime(2026, 9, 8, 16, 0, tzinfo=UTC): SessionStatus.ABSENT,
    datetime(2026, 10, 6, 16, 0, tzinfo=UTC): SessionStatus.ABSENT,
    datetime(2026, 10, 13, 16, 0, tzinfo=UTC): SessionStatus.COMPLETED,
    datetime(2026, 10, 31, 23, 30, tzinfo=UTC): SessionStatus.ABSENT,  # 0:30 on 1 November in Paris
}


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor who has been followed since January, and Anne's autumn."""
    file = toml(tmp_path)
    assert run("learners", "add", "Anne Petit", "anne@learner.example").exit_code == 0
    with opened(file) as world:
        world.store.watch_since(WATCHED)
        learner = replace(world.store.people.all()[0], assigned_at=WATCHED)
        world.store.people.change(learner)
        for number, (start, status) in enumerate(SESSIONS.items()):
            row = SessionRow(
                f"s{number}", "a.ics", learner.id, "Anne", start, start + timedelta(minutes=45), "Session", gone=False
            )
            world.store.people.put_session(row, start)
            world.store.people.set_status(session(world.store.people.sessions(learner.id), start), status, None, start)
    return tmp_path


def session(known: list[Session], start: datetime) -> Session:
    return next(one for one in known if one.start == start)


def test_a_month_is_counted_in_the_mentor_s_zone_and_compared_with_the_one_before(run: Run, settled: Path) -> None:
    done = json.loads(run("indicators", "--month", "2026-10", "--now", "2026-12-01T00:00Z", "--json").stdout)
    assert done["period"] == {"start": "2026-09-30T22:00:00+00:00", "end": "2026-10-31T23:00:00+00:00"}
    found = {one["name"]: one for one in done["indicators"]}
    absences = found["absences"]
    assert (absences["count"], absences["of"], absences["share"]) == (1, 2, 0.5)
    assert (absences["before"]["count"], absences["trend"]) == (1, "same")
    assert (found["reports"]["count"], found["reports"]["of"], found["reports"]["learners"]) == (0, 2, ["Anne Petit"])
    assert "Anne Petit" in found["reports"]["next"]
    assert found["first_contacts"]["of"] is None  # Anne was followed before the agent: nobody assigned her to it


def test_without_a_month_the_current_one_is_shown_so_far(run: Run, settled: Path) -> None:
    shown = run("indicators", "--now", "2026-10-08T12:00+02:00", COLUMNS="200")
    assert shown.exit_code == 0
    assert "2026-10, so far (Thu 2026-10-08 12:00)" in shown.stdout
    assert "Absences injustifiées" in shown.stdout
    assert "Anne Petit" in shown.stdout
    counted = json.loads(run("indicators", "--now", "2026-10-08T12:00+02:00", "--json").stdout)
    assert counted["month"] == "2026-10"
    assert [one["of"] for one in counted["indicators"] if one["name"] == "absences"] == [1]


def test_a_mentor_who_reads_english_gets_it_in_english(run: Run, settled: Path) -> None:
    file = settled / "agent.toml"
    file.write_text(file.read_text().replace('timezone = "Europe/Paris"', 'timezone = "Europe/Paris"\nlanguage = "en"'))
    shown = run("indicators", "--month", "2026-10", COLUMNS="200").stdout
    assert "Unjustified absences" in shown
    assert "Absences injustifiées" not in shown


@pytest.mark.parametrize("month", ["2026-13", "2026", "octobre", "2026-1", "0000-01", ""])
def test_what_is_no_month_ends_with_2(run: Run, settled: Path, month: str) -> None:
    done = run("indicators", "--month", month)
    assert (done.exit_code, "--month" in done.stderr) == (2, True)


def test_an_agent_without_learners_has_figures_of_nothing(run: Run, tmp_path: Path) -> None:
    toml(tmp_path)
    done = run("indicators", "--json")
    assert done.exit_code == 0, done.output
    assert {one["count"] for one in json.loads(done.stdout)["indicators"]} == {0}
    assert run("indicators").exit_code == 0
